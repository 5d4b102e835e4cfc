"""TOML from plain values, and strategies for files of an operator's that are nearly right."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.odd_values import odd_text, whole


class Verbatim(str):
    """TOML as it stands."""

    __slots__ = ()


#: Values that TOML knows and JSON does not, and some that it should not swallow.
odd_value = st.one_of(
    st.sampled_from(
        [
            Verbatim(text)
            for text in (
                "nan",
                "-inf",
                "inf",
                "1e400",
                "-0.0",
                "9" * 400,
                "9" * 5_000,
                "0x" + "f" * 60,
                "1_000",
                "[]",
                "{}",
                "[" * 2_000 + "]" * 2_000,
                "{a=" * 300 + "1" + "}" * 300,
                "1979-05-27",
                "07:32:00",
                "[{}]",
                '"\\u0000"',
                "1979-05-27T07:32:00Z",
                "1979-13-45",
                "'''",
                "true",
                "[1, 'a', nan]",
                '"""\na\n"""',
                "\\",
                "",
            )
        ]
    ),
    st.booleans(),
    st.integers(-2, 2_000_000),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    odd_text,
    st.lists(odd_text, max_size=2),
)


def toml(document: dict[str, Any]) -> str:
    """A document; lists of dicts are written as ``[[tables]]``, dicts as ``[tables]``."""
    lines: list[str] = []
    tables: list[str] = []
    for name, value in document.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            tables += [f"[[{key(name)}]]\n{_pairs(item)}" for item in value]
        elif isinstance(value, dict):
            tables.append(f"[{key(name)}]")
            tables += [
                f"[{key(name)}.{key(inner)}]\n{_pairs(of)}"
                if isinstance(of, dict)
                else f"{key(inner)} = {written(of)}"
                for inner, of in sorted(value.items(), key=lambda item: isinstance(item[1], dict))
            ]
        else:
            lines.append(f"{key(name)} = {written(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _pairs(table: dict[str, Any]) -> str:
    return "\n".join(f"{key(name)} = {written(value)}" for name, value in table.items())


def key(name: str) -> str:
    return written(str(name))


def written(value: Any) -> str:
    match value:
        case Verbatim():
            return value
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(whole(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(written, value))}]"
    return f"{{{', '.join(f'{key(name)} = {written(of)}' for name, of in dict(value).items())}}}"
