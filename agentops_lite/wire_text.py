"""Text forms: how the collector writes attribute values, and how the database and the API read them back.

Every attribute is stored as text. The collector (Go) decides how a double or a list looks as text; the
database reads numbers with functions that answer 0 for anything odd; the API reads the same text with
Python's `int` and `Decimal` and fails. All three are needed to answer like upstream.
"""

from __future__ import annotations

import base64
import json
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - metrics answer naive UTC
_UNSIGNED = re.compile(r"\+?\d{1,20}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_MAX_UINT64 = 2**64 - 1
_NANOS_9 = Decimal("0.000000001")
_ZERO = Decimal(0)
_MAX_DECIMAL_9 = Decimal(10) ** 9


def go_float(value: float) -> str:
    """A double as the collector writes it: shortest digits, plain between 1e-6 and 1e21, else `7.5e-7`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    exact = Decimal(repr(value))
    if 1e-6 <= abs(value) < 1e21:
        text = format(exact, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - neither NaN nor infinite here
    mantissa = "".join(map(str, digits)).rstrip("0") or "0"
    power = exponent + len(digits) - 1
    fraction = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' if sign else ''}{mantissa[0]}{fraction}e{'+' if power > 0 else '-'}{abs(power)}"


def go_json(value: Any) -> str:
    """Compact JSON with `<`, `>` and `&` escaped, as Go's encoder writes lists and maps."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def any_value_text(value: AnyValue) -> str:  # noqa: PLR0911 - one return a kind
    """An OTLP attribute value as stored: text as is, `true`/`false`, numbers, lists and maps as
    compact JSON.
    """
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return "true" if value.bool_value else "false"
        case "int_value":
            return str(value.int_value)
        case "double_value":
            return go_float(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value" | "kvlist_value":
            return go_json(_raw(value))
        case _:
            return ""


def _raw(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case "array_value":
            return [_raw(item) for item in value.array_value.values]
        case "kvlist_value":
            return {item.key: _raw(item.value) for item in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "double_value":
            number = value.double_value
            return int(number) if number.is_integer() and abs(number) < 1e21 else number
        case None:
            return None
        case kind:
            return getattr(value, kind)


def unsigned_or_zero(text: str) -> int:
    """The database's `toUInt64OrZero`: `12` is 12; `12.0`, `-1`, `twelve` and the empty text are 0."""
    if not _UNSIGNED.fullmatch(text):
        return 0
    value = int(text)
    return value if value <= _MAX_UINT64 else 0


def float_or_zero(text: str) -> float:
    """The database's `toFloat64OrZero`; what is too large for a double is 0 here, too, as JSON cannot
    say it.
    """
    value = float(text) if _NUMBER.fullmatch(text) else 0.0
    return value if math.isfinite(value) else 0.0


def decimal9_or_zero(text: str) -> Decimal:
    """The database's `toDecimal64OrZero(…, 9)`: nine places, further digits cut."""
    if not _NUMBER.fullmatch(text):
        return Decimal(0)
    try:
        return decimal9(Decimal(text))
    except InvalidOperation:  # an exponent beyond any number
        return Decimal(0)


def decimal9(value: Decimal | float) -> Decimal:
    """A number in the database's Decimal64 with nine places; 0 where it does not fit."""
    if not value:
        return _ZERO
    try:
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        if abs(exact) >= _MAX_DECIMAL_9:
            return Decimal(0)
        return exact.quantize(_NANOS_9, rounding=ROUND_DOWN)
    except InvalidOperation:
        return Decimal(0)


def utc_text(ns: int, *, plus_ns: int = 0) -> str:
    """`2026-11-21T22:25:21.715814+00:00`: list and detail. Nanoseconds are cut, each addend on its
    own, as upstream.
    """
    return (_EPOCH + timedelta(microseconds=ns // 1000) + timedelta(microseconds=plus_ns // 1000)).isoformat()


def naive_text(ns: int) -> str:
    """`2026-11-21T22:25:21.715814`: every time in metrics and events is naive UTC."""
    return (_NAIVE_EPOCH + timedelta(microseconds=ns // 1000)).isoformat()


def cost_text(value: Decimal | float, places: int = 7) -> str:
    """Costs are text: seven places in list and detail, five in metrics."""
    return f"{float(value):.{places}f}"
