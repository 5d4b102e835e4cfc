"""Filters: what the list of traces is narrowed to, in which order and portion; a frozen value that is a URL.

URL parameters: ``status``, ``model``, ``agent``, ``tag``, ``service`` (values separated by commas; ``-`` is
*none given*, and a backslash makes the next character plain), ``kind`` (``agent``, ``llm``), ``cost_min``,
``cost_max`` (USD), ``duration_min``, ``duration_max`` (seconds), ``errors`` (``1``), ``text``, ``sort`` (a
column, after ``-`` the largest first), ``size`` and ``page``. What equals the default is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from .scope import Problem

OUTCOMES: Final = ("success", "failed", "indeterminate")
KINDS: Final = ("all", "agent", "llm")
#: Columns that the list can be sorted by: all that it has.
SORTS: Final = (
    "started_at", "trace_id", "name", "service", "agents", "duration_s", "outcome", "outcome_by", "spans",
    "errors", "prompt_tokens", "completion_tokens", "total_tokens", "cost_usd", "reported_usd",
    "estimated_usd", "unpriced_tokens", "tags", "models", "tools",
)  # fmt: skip
SIZES: Final = (20, 50, 100)
#: The query parameters that belong to filters.
PARAMETERS: Final = (
    "status", "kind", "model", "agent", "tag", "service", "cost_min", "cost_max", "duration_min",
    "duration_max", "errors", "text", "sort", "size", "page",
)  # fmt: skip
#: So many values may be chosen of one kind, and so long may a value or a text be.
VALUES_MAX, TEXT_MAX = 50, 200

#: Parameter → field, for choices among values of which one must be met.
_CHOICES: Final = {"model": "models", "agent": "agents", "tag": "tags", "service": "services"}
#: What can be taken away alone → its fields.
_NAMES: Final = {
    "status": ("statuses",),
    "kind": ("kind",),
    **{name: (field,) for name, field in _CHOICES.items()},
    "cost": ("cost_min_usd", "cost_max_usd"),
    "duration": ("duration_min_s", "duration_max_s"),
    "errors": ("has_errors",),
    "text": ("text",),
}
_BOUNDS: Final = {"cost": "usd", "duration": "s"}

_ITEM = re.compile(r"(?:\\.|[^\\,]|\\\Z)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,20})?")
_PAGE = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Filters:
    """A trace is in the list when it meets all of these; an empty set and None ask for nothing.

    Attributes:
        statuses: outcomes, of `OUTCOMES`.
        kind: ``all``; ``agent``: with a span of an agent; ``llm``: with a call of a model and no agent.
        models, agents, tags, services: one of these is among the trace's; "" is *has none*.
        cost_min_usd, cost_max_usd: bounds, both included; a trace without a cost is in no range.
        duration_min_s, duration_max_s: the same.
        has_errors: with a span that failed.
        text: part of the id, the root's name or a tag; letter case is ignored, no character is special.
        sort, descending: a column of `SORTS`, and whether the largest comes first.
        size, page: rows a page, of `SIZES`; the page, from 1.
    """

    statuses: frozenset[str] = frozenset()
    kind: str = "all"
    models: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    cost_min_usd: float | None = None
    cost_max_usd: float | None = None
    duration_min_s: float | None = None
    duration_max_s: float | None = None
    has_errors: bool = False
    text: str = ""
    sort: str = "started_at"
    descending: bool = True
    size: int = SIZES[0]
    page: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.strip())

    @property
    def active(self) -> tuple[str, ...]:
        """What narrows the list, as names for :meth:`without`."""
        return tuple(name for name, of in _NAMES.items() if any(getattr(self, f) != _DEFAULTS[f] for f in of))

    @property
    def is_default(self) -> bool:
        """Whether nothing is filtered. Order and page are no filters."""
        return not self.active

    def changed(self, **fields_: Any) -> Filters:
        """With other fields, from the first page on."""
        return replace(self, **({"page": 1} | fields_))

    def without(self, name: str) -> Filters:
        """Without one filter, named as in ``active``; order and size of a page stay."""
        return self.changed(**{field: _DEFAULTS[field] for field in _NAMES[name]})

    def to_query(self) -> dict[str, str]:
        """URL parameters that :meth:`from_query` turns back into this value."""
        query: dict[str, str] = {}
        if self.statuses:
            query["status"] = ",".join(status for status in OUTCOMES if status in self.statuses)
        if self.kind != "all":
            query["kind"] = self.kind
        query |= {name: _packed(values) for name, f in _CHOICES.items() if (values := getattr(self, f))}
        for name, unit in _BOUNDS.items():
            for end in ("min", "max"):
                bound = getattr(self, f"{name}_{end}_{unit}")
                if bound is not None:
                    query[f"{name}_{end}"] = _plain(bound)
        if self.has_errors:
            query["errors"] = "1"
        if self.text:
            query["text"] = self.text
        if (self.sort, self.descending) != (_DEFAULTS["sort"], _DEFAULTS["descending"]):
            query["sort"] = f"{'-' if self.descending else ''}{self.sort}"
        if self.size != _DEFAULTS["size"]:
            query["size"] = str(self.size)
        if self.page != 1:
            query["page"] = str(self.page)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Filters, tuple[Problem, ...]]:
        """The filters that a URL asks for, and what of it cannot be used.

        A parameter that cannot be used is replaced by its default and reported; nothing is dropped in
        silence. Parameters of others are not looked at.
        """
        problems: list[Problem] = []
        found: dict[str, Any] = {}

        def read(name: str, expected: str, understood: Callable[[str], dict[str, Any] | None]) -> None:
            value = query.get(name, "")
            if not value:
                return
            said = understood(value)
            if said is None:
                problems.append(Problem(name, value, expected))
            else:
                found.update(said)

        read("status", ", ".join(OUTCOMES), _statuses)
        read("kind", ", ".join(KINDS), lambda value: {"kind": value} if value in KINDS else None)
        for name, field in _CHOICES.items():
            read(name, f"a,b,c (≤ {VALUES_MAX} × ≤ {TEXT_MAX})", partial(_values, field))
        for name, unit in _BOUNDS.items():
            for end in ("min", "max"):
                read(f"{name}_{end}", "0.25", partial(_bound, f"{name}_{end}_{unit}"))
            low, high = (found.get(f"{name}_{end}_{unit}") for end in ("min", "max"))
            if low is not None and high is not None and low > high:
                value = f"{query[f'{name}_min']} … {query[f'{name}_max']}"
                problems.append(Problem(f"{name}_min … {name}_max", value, f"{name}_min ≤ {name}_max"))
                del found[f"{name}_min_{unit}"], found[f"{name}_max_{unit}"]
        read("errors", "1", lambda value: {"has_errors": True} if value == "1" else None)
        read("text", f"≤ {TEXT_MAX}", lambda value: {"text": value} if _is_text(value) else None)
        read("sort", ", ".join((*SORTS, "-started_at", "…")), _order)
        sizes = tuple(map(str, SIZES))
        read("size", ", ".join(sizes), lambda value: {"size": int(value)} if value in sizes else None)
        read("page", "1, 2, 3, …", lambda value: {"page": int(value)} if _PAGE.fullmatch(value) else None)
        return cls(**found), tuple(problems)


_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Filters)}


def _statuses(value: str) -> dict[str, Any] | None:
    wanted = frozenset(value.split(","))
    return {"statuses": wanted} if wanted <= frozenset(OUTCOMES) else None


def _values(field: str, value: str) -> dict[str, Any] | None:
    values = frozenset(_unpacked(value))
    good = 0 < len(values) <= VALUES_MAX and all(map(_is_text, values))
    return {field: values} if good else None


def _bound(field: str, value: str) -> dict[str, Any] | None:
    return {field: float(value)} if _NUMBER.fullmatch(value) else None


def _order(value: str) -> dict[str, Any] | None:
    column = value.removeprefix("-")
    return {"sort": column, "descending": value.startswith("-")} if column in SORTS else None


def _is_text(value: str) -> bool:
    """Whether `value` can be asked for: short enough, and without lone surrogates."""
    return len(value) <= TEXT_MAX and not any("\ud800" <= character <= "\udfff" for character in value)


def _packed(values: Iterable[str]) -> str:
    return ",".join(_item(value) for value in sorted(values))


def _item(value: str) -> str:
    if value in ("", "-"):
        return "\\-" if value else "-"
    return value.replace("\\", "\\\\").replace(",", "\\,")


def _unpacked(text: str) -> list[str]:
    return ["" if item == "-" else _ESCAPED.sub(r"\1", item) for item in _ITEM.findall(text)]


def _plain(number: float) -> str:
    """Without an exponent; as many digits as it takes to read the same number back."""
    digits = format(Decimal(repr(float(number))), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
