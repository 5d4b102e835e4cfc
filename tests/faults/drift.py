"""Schemas that drift: every field of every answer missing, null and of a wrong type.

The fields are found in a sound answer; which of them the client must have, and which it may do without, is
told here, apart from its models.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from tests.faults.acts import PROMPT
from tests.faults.faulty import Answer

Way = Literal["missing", "null", "wrong_type"]
WAYS: tuple[Way, ...] = get_args(Way)

_TOTALS: Final = (
    "trace_count success_count fail_count indeterminate_count prompt_tokens completion_tokens total_tokens"
)
_COSTS: Final = "prompt_cost completion_cost total_cost"
_MORE_TOTALS: Final = f"cache_read_input_tokens reasoning_tokens span_count average_cost_per_trace {_COSTS}"


def _under(place: str, names: str) -> set[str]:
    return {f"{place}.{name}" for name in names.split()}


#: Fields without which an answer means nothing. ``*`` is every item of a list.
NEEDED: Final[dict[str, set[str]]] = {
    "token": {"token", "project_id"},
    "login": set(),
    "list": {"traces", "metrics", "total"}
    | _under("traces.*", "trace_id start_time duration span_count error_count")
    | _under("metrics", _TOTALS),
    "metrics": {"project_id", "trace_count", "span_count", "token_metrics"}
    | _under("span_count", "total success fail indeterminate")
    | _under("token_metrics", "total_cost prompt_tokens completion_tokens total_tokens")
    | {"token_metrics.total_tokens.all"},
    "detail": {"trace_id", "spans"}
    | _under("spans.*", "span_id start_time end_time duration status_code")
    | _under("metrics", _TOTALS),
    "log": {"trace_id", "content"},
    "health": {"message"},
}
#: Fields that are read, and unknown where they are not there.
READ: Final[dict[str, set[str]]] = {
    "token": {"project_prem_status"},
    "login": set(),
    "list": {"limit", "offset", "freeplan_truncated"}
    | _under("traces.*", "root_span_name root_service_name end_time tags total_cost freeplan_truncated")
    | _under("metrics", _MORE_TOTALS),
    "metrics": {"duration_metrics", "start_time", "end_time", "freeplan_truncated"}
    | _under("token_metrics", "average_cost_per_session total_tokens.success total_tokens.fail")
    | _under("duration_metrics", "min_duration_ns max_duration_ns avg_duration_ns total_duration_ns"),
    "detail": {"project_id", "tags", "metrics", "freeplan_truncated"}
    | _under("metrics", _MORE_TOTALS)
    | _under("spans.*", "parent_span_id span_name span_kind span_type service_name status_message metrics")
    | _under("spans.*", "attributes span_attributes resource_attributes freeplan_truncated")
    | _under("spans.*", "event_timestamps event_names event_attributes")
    | _under("spans.*", "link_trace_ids link_span_ids link_attributes")
    | _under("spans.*.metrics", "prompt_tokens completion_tokens total_tokens reasoning_tokens")
    | _under("spans.*.metrics", f"cache_read_input_tokens {_COSTS}"),
    "log": {"freeplan_truncated"},
    "health": set(),
}
#: Texts by attribute names, which are anybody's.
_FREE: Final = ("attributes", "span_attributes", "resource_attributes")


@dataclass(frozen=True)
class Drift:
    """One field of an endpoint's answer, and what became of it."""

    endpoint: str
    place: str
    way: Way

    @property
    def name(self) -> str:
        return f"drift_{self.place}_{self.way}"

    @property
    def harmless(self) -> bool:
        """Whether the answer still says all that is needed; never so where a field that is read is of a
        wrong type."""
        if self.place in NEEDED[self.endpoint]:
            return False
        return self.place not in READ[self.endpoint] or self.way != "wrong_type"

    def apply(self, answer: Answer) -> None:
        said = copy.deepcopy(answer.json)
        *parents, name = self.place.split(".")
        holders = [said]
        for part in parents:
            inner = [item for holder in holders for item in (holder if part == "*" else [holder.get(part)])]
            holders = [item for item in inner if isinstance(item, dict | list)]
        for holder in holders:
            if self.way == "missing":
                holder.pop(name, None)
            elif name in holder:
                holder[name] = None if self.way == "null" else _odd(holder[name])
        answer.body = json.dumps(said).encode()


def drifts(endpoint: str, said: Any) -> Iterator[Drift]:
    """Every field of this answer, in every way."""
    for place in dict.fromkeys(_places(said, "")):
        for way in WAYS:
            yield Drift(endpoint, place, way)


def unmet(endpoint: str, said: Any) -> set[str]:
    """Fields that are told here and that no sound answer has."""
    return (NEEDED[endpoint] | READ[endpoint]) - set(_places(said, ""))


def changes(sound: Any, got: Any) -> list[Any]:
    """What `got` says where it differs from `sound`, leaf by leaf; both as plain values."""
    if isinstance(sound, dict) and isinstance(got, dict) and got:
        return [one for key in sound | got for one in changes(sound.get(key), got.get(key))]
    if isinstance(sound, list | tuple) and isinstance(got, list | tuple) and len(sound) == len(got):
        return [one for pair in zip(sound, got, strict=True) for one in changes(*pair)]
    return [] if sound == got and type(sound) is type(got) else [got]


def is_blank(value: Any) -> bool:
    """Whether a value says that nothing is known: no zero does."""
    return value is None or value is False or (isinstance(value, str | list | tuple | dict) and not value)


def _places(said: Any, above: str) -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield f"{above}{name}"
            if name not in _FREE and "." not in name and not name.isdigit():
                yield from _places(value, f"{above}{name}.")
    elif isinstance(said, list):
        for item in said:
            yield from _places(item, f"{above}*.")


def _odd(value: Any) -> Any:
    return [PROMPT] if isinstance(value, dict) else {"odd": PROMPT} if isinstance(value, str) else PROMPT
