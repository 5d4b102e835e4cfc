"""AgentOps' answers as frozen values: flat friendly names, UTC-aware times, units in the names.

New fields are ignored and wrong types refused; a missing optional field is None, never 0. Where a
name here differs from the wire's, the wire's name is its alias (so errors speak of the wire's), and
both are understood. Long lists that nobody asks for are not kept.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Annotated, Any, Literal

from pydantic import (
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

_NUMBER = re.compile(r"-?0+(?:\.0*)?|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
#: A number of dollars beyond this is no cost, and an exponent like it only eats memory.
_COST_MAX = Decimal("1e15")
_PROJECT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _time(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value
    else:
        # dates alone and numbers are refused: both would be guesses
        if not isinstance(value, str) or len(value) < 19 or value[10] not in "T ":
            raise ValueError("should be an ISO date and time")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("should be an ISO date and time") from None
    try:
        # meterics gives naive times and means UTC
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError("should be a time that a calendar holds") from None


def _cost(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("should be a number of dollars")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("should be a finite number of dollars")
    text = str(value) if not isinstance(value, float) else repr(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError("should be a number of dollars, not below 0")
    try:
        cost = Decimal(text)
    except InvalidOperation:
        raise ValueError("should be a number of dollars") from None
    if cost > _COST_MAX:
        raise ValueError("should be a believable number of dollars")
    return abs(cost)  # "-0.0" is nothing


def _or_empty_dict(value: Any) -> Any:
    return {} if value is None else value


def _or_empty_tuple(value: Any) -> Any:
    return () if value is None else tuple(value) if isinstance(value, list) else value


def _or_empty_text(value: Any) -> Any:
    return "" if value is None else value


def _or_false(value: Any) -> Any:
    return False if value is None else value


Time = Annotated[datetime, BeforeValidator(_time)]
CostUsd = Annotated[Decimal, BeforeValidator(_cost)]
#: 64 bits are what every store downstream of us can hold.
Count = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Text = Annotated[str, BeforeValidator(_or_empty_text)]
Attributes = Annotated[dict[str, Any], BeforeValidator(_or_empty_dict)]
Flag = Annotated[bool, Field(strict=True), BeforeValidator(_or_false)]
Id = Annotated[str, Field(min_length=1, max_length=128)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )


class Token(_Wire):
    """What the API key was exchanged for. The JWT's payload holds the key: never show or log it."""

    jwt: SecretStr = Field(alias="token")
    project_id: str = Field(pattern=_PROJECT_ID)
    plan: str | None = Field(None, alias="project_prem_status")
    expires_at: Time | None = None

    @field_validator("jwt", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        # it goes into a header
        if isinstance(value, str):
            if not re.fullmatch(r"[\x21-\x7e]+", value):
                raise ValueError("should be a token of visible ASCII characters")
            return SecretStr(value)
        return value


class TokenCheck(_Wire):
    """AgentOps' verdict on our token. The API key that the answer repeats is dropped."""

    message: Text = ""
    project_id: str = Field(
        validation_alias=AliasPath("payload", "project_id"),
        pattern=_PROJECT_ID,
    )
    plan: str | None = Field(None, validation_alias=AliasPath("payload", "project_prem_status"))
    expires_at: Time | None = None


class Health(_Wire):
    """A listening process; it says nothing about AgentOps' databases.

    ``embedded`` is what our own stand-in calls itself (header ``x-agentops-lite``), None for a real
    AgentOps.
    """

    message: str
    embedded: str | None = None


class TraceListMetrics(_Wire):
    """Totals of a list question over all its pages. Costs here are nearly only tools' costs, and
    ``total_tokens`` counts cached and reasoning tokens twice: believe ProjectMetrics for both.

    Success, fail and indeterminate are **per trace**, by the status of its last-started span.
    """

    trace_count: Count
    success_count: Count
    fail_count: Count
    indeterminate_count: Count
    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    cache_read_input_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    span_count: Count | None = None  #: in lists this is the trace count; in one trace, its spans
    prompt_cost_usd: CostUsd | None = Field(None, alias="prompt_cost")
    completion_cost_usd: CostUsd | None = Field(None, alias="completion_cost")
    average_cost_per_trace_usd: CostUsd | None = Field(None, alias="average_cost_per_trace")
    total_cost_usd: CostUsd | None = Field(None, alias="total_cost")


class TraceSummary(_Wire):
    """One row of the list. ``duration_ns`` is last span start − first span start (0 for one span),
    and ``ended_at`` is derived from it."""

    trace_id: Id
    name: Text = Field("", alias="root_span_name")
    service_name: Text = Field("", alias="root_service_name")
    started_at: Time = Field(alias="start_time")
    ended_at: Time | None = Field(None, alias="end_time")
    duration_ns: Count = Field(alias="duration")
    span_count: Count
    error_count: Count
    tags: Annotated[tuple[str, ...], BeforeValidator(_or_empty_tuple)] = ()
    total_cost_usd: CostUsd | None = Field(None, alias="total_cost")
    freeplan_truncated: Flag = False


class TracePage(_Wire):
    """One page of the list; ``metrics`` and ``total`` concern all pages.

    ``limit`` and ``offset`` are what the answer says, else what was asked.
    """

    traces: Annotated[tuple[TraceSummary, ...], BeforeValidator(lambda v: tuple(v) if type(v) is list else v)]
    metrics: TraceListMetrics
    total: Count
    limit: Count | None = None
    offset: Count | None = None
    freeplan_truncated: Flag = False


class ProjectMetrics(_Wire):
    """Totals of a project over a range. Success, fail and indeterminate are **per span**.

    ``cost_usd`` is the stored prompt and completion cost, rounded upstream to 5 decimals; tools'
    costs are not in it. ``started_at`` and ``ended_at`` are the first and last span's start, None
    where nothing was recorded (upstream then says 1970).
    """

    project_id: str
    trace_count: Count
    spans_total: Count = Field(validation_alias=AliasPath("span_count", "total"))
    spans_success: Count = Field(validation_alias=AliasPath("span_count", "success"))
    spans_fail: Count = Field(validation_alias=AliasPath("span_count", "fail"))
    spans_indeterminate: Count = Field(validation_alias=AliasPath("span_count", "indeterminate"))
    cost_usd: CostUsd = Field(validation_alias=AliasPath("token_metrics", "total_cost"))
    average_cost_per_session_usd: CostUsd | None = Field(
        None, validation_alias=AliasPath("token_metrics", "average_cost_per_session")
    )
    prompt_tokens: Count = Field(validation_alias=AliasPath("token_metrics", "prompt_tokens"))
    completion_tokens: Count = Field(validation_alias=AliasPath("token_metrics", "completion_tokens"))
    total_tokens: Count = Field(validation_alias=AliasPath("token_metrics", "total_tokens", "all"))
    total_tokens_success: Count | None = Field(
        None, validation_alias=AliasPath("token_metrics", "total_tokens", "success")
    )
    total_tokens_fail: Count | None = Field(
        None, validation_alias=AliasPath("token_metrics", "total_tokens", "fail")
    )
    min_duration_ns: Count | None = Field(
        None, validation_alias=AliasPath("duration_metrics", "min_duration_ns")
    )
    max_duration_ns: Count | None = Field(
        None, validation_alias=AliasPath("duration_metrics", "max_duration_ns")
    )
    avg_duration_ns: Count | None = Field(
        None, validation_alias=AliasPath("duration_metrics", "avg_duration_ns")
    )
    total_duration_ns: Count | None = Field(
        None, validation_alias=AliasPath("duration_metrics", "total_duration_ns")
    )
    started_at: Time | None = Field(None, alias="start_time")
    ended_at: Time | None = Field(None, alias="end_time")
    freeplan_truncated: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _objects(cls, wire: Any) -> Any:
        # a path into something that is no object would pass for "missing"
        if isinstance(wire, dict):
            for name in ("span_count", "token_metrics", "duration_metrics"):
                if not isinstance(wire.get(name), dict | None):
                    raise ValueError(f"{name}: should be an object")
        return wire

    @field_validator("started_at", "ended_at", mode="after")
    @classmethod
    def _nothing_recorded(cls, value: datetime | None) -> datetime | None:
        return None if value is not None and value.timestamp() == 0 else value


class SpanMetrics(_Wire):
    """Upstream's reckoning for one span; it knows the older attribute names only."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    prompt_cost_usd: CostUsd | None = Field(None, alias="prompt_cost")
    completion_cost_usd: CostUsd | None = Field(None, alias="completion_cost")
    total_cost_usd: CostUsd | None = Field(None, alias="total_cost")


class SpanEvent(_Wire):
    """Something that happened within a span; what upstream left out is None or empty."""

    at: datetime | None
    name: str
    attributes: dict[str, Any]


class SpanLink(_Wire):
    trace_id: str
    span_id: str
    attributes: dict[str, Any]


def _items(value: Any) -> Any:
    return [] if value is None else value


_Times = Annotated[list[Time | None], BeforeValidator(_items)]
_Texts = Annotated[list[Text], BeforeValidator(_items)]
_Dicts = Annotated[list[Attributes], BeforeValidator(_items)]

_STATUS = {"OK": "OK", "ERROR": "ERROR"}


class Span(_Wire):
    """One span. ``span_attributes`` is nested, its leaves are texts; ``parent_span_id`` is None for
    a root (and may name a span that never arrived). A status that is neither OK nor ERROR is UNSET.
    """

    span_id: Id
    parent_span_id: str | None = None
    name: Text = Field("", alias="span_name")
    kind: Text = Field("", alias="span_kind")
    span_type: str | None = None
    service_name: Text = ""
    started_at: Time = Field(alias="start_time")
    ended_at: Time = Field(alias="end_time")
    duration_ns: Count = Field(alias="duration")
    status: Literal["OK", "ERROR", "UNSET"] = Field(alias="status_code")
    status_message: Text = ""
    attributes: Attributes = Field(default_factory=dict)
    span_attributes: Attributes = Field(default_factory=dict)
    resource_attributes: Attributes = Field(default_factory=dict)
    event_timestamps: _Times = Field(default_factory=list, repr=False)
    event_names: _Texts = Field(default_factory=list, repr=False)
    event_attributes: _Dicts = Field(default_factory=list, repr=False)
    link_trace_ids: _Texts = Field(default_factory=list, repr=False)
    link_span_ids: _Texts = Field(default_factory=list, repr=False)
    link_attributes: _Dicts = Field(default_factory=list, repr=False)
    metrics: SpanMetrics | None = None
    freeplan_truncated: Flag = False

    @field_validator("parent_span_id", mode="after")
    @classmethod
    def _root_has_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("status", mode="before")
    @classmethod
    def _one_of_three(cls, value: Any) -> Any:
        # older collectors write STATUS_CODE_ERROR, other exporters Ok and Error
        if isinstance(value, str):
            return _STATUS.get(value.upper().removeprefix("STATUS_CODE_"), "UNSET")
        raise ValueError("should be a text")

    @property
    def events(self) -> tuple[SpanEvent, ...]:
        """Upstream's three parallel arrays, zipped; a shorter one leaves None or empty."""
        rows = zip_longest(self.event_timestamps, self.event_names, self.event_attributes)
        return tuple(SpanEvent(at=at, name=name or "", attributes=more or {}) for at, name, more in rows)

    @property
    def links(self) -> tuple[SpanLink, ...]:
        rows = zip_longest(self.link_trace_ids, self.link_span_ids, self.link_attributes)
        return tuple(
            SpanLink(trace_id=t or "", span_id=s or "", attributes=more or {}) for t, s, more in rows
        )


class Trace(_Wire):
    """One trace with all its spans, in upstream's order. ``project_id`` says whose it is: a stock
    build answers for every project that the session's user may read."""

    trace_id: Id
    project_id: str | None = None
    tags: Annotated[tuple[str, ...], BeforeValidator(_or_empty_tuple)] = ()
    spans: Annotated[tuple[Span, ...], BeforeValidator(lambda v: tuple(v) if type(v) is list else v)]
    metrics: TraceListMetrics | None = None
    freeplan_truncated: Flag = False


class TraceLog(_Wire):
    """The log that the SDK uploaded at process exit; ``content`` as stored."""

    trace_id: Id
    content: str
    freeplan_truncated: Flag = False

    @property
    def text(self) -> str:
        """The log's lines: the SDK wraps them as ``{"body": "…"}``."""
        try:
            wrapped = json.loads(self.content)
        except (ValueError, RecursionError):
            return self.content
        body = wrapped.get("body") if isinstance(wrapped, dict) else None
        return body if isinstance(body, str) else self.content
