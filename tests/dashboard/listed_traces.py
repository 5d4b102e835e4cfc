"""Five thousand traces as the archive holds them, and what a list of them must be, in plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dashboard.archive import Archive, schema
from dashboard.filters import OUTCOMES, SIZES, SORTS, Filters
from tests.dashboard.archive_frames import Frames, frame, opened
from tests.dashboard.archived import END, START

TRACES = 5_000
#: What senders may call things.
HOSTILE = (
    "=1+1", "+cmd|' /C calc'!A1", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "100%", "100 percent", "a_b",
    "axb", 'it\'s "quoted"', "a,b;c", "two\nlines", "한글 이름", "<script>alert(1)</script>", "😀",
    "\u202egnp.exe", "'; DROP TABLE traces; --", "back\\slash", "UPPER", "upper", "",
)  # fmt: skip
MODELS = ("gpt-4o", "claude", "a,b", "100%", "-")
AGENTS = ("planner", "writer", "=agent", "it's")
TAGS = ("prod", "Team_1", "teamX1", "50%", "@tag", "태그")
SERVICES = ("api", "batch", "")


@dataclass(frozen=True)
class World:
    archive: Archive
    traces: dict[str, dict[str, Any]]
    kinds: dict[str, set[str]]

    def expected(self, filters: Filters) -> list[str]:
        """Ids of the list, in order."""
        kept = [row for row in self.traces.values() if self._meets(row, filters)]
        kept.sort(key=lambda row: row["trace_id"])
        keys = {row["trace_id"]: sort_key(row, filters.sort) for row in kept}
        known = [row["trace_id"] for row in kept if keys[row["trace_id"]] is not None]
        unknown = [row["trace_id"] for row in kept if keys[row["trace_id"]] is None]
        return sorted(known, key=lambda i: keys[i], reverse=filters.descending) + unknown

    def _meets(self, row: dict[str, Any], filters: Filters) -> bool:
        kinds = self.kinds[row["trace_id"]]
        cost, low, high = cost_usd(row), filters.cost_min_usd, filters.cost_max_usd
        lasted, shortest, longest = row["duration_s"], filters.duration_min_s, filters.duration_max_s
        wanted = filters.text.lower()
        texts = (row["trace_id"], row["name"], *row["tags"])
        return (
            START <= row["started_at"] < END
            and (not filters.statuses or row["outcome"] in filters.statuses)
            and (filters.kind != "agent" or "agent" in kinds)
            and (filters.kind != "llm" or ("llm" in kinds and "agent" not in kinds))
            and all(
                not asked or bool(asked & set(row[field] or [""]))
                for field, asked in (
                    ("models", filters.models),
                    ("agents", filters.agents),
                    ("tags", filters.tags),
                )
            )
            and (not filters.services or row["service"] in filters.services)
            and (low is None or (cost is not None and cost >= low))
            and (high is None or (cost is not None and cost <= high))
            and (shortest is None or (lasted is not None and lasted >= shortest))
            and (longest is None or (lasted is not None and lasted <= longest))
            and (not filters.has_errors or row["errors"] > 0)
            and any(wanted in text.lower() for text in texts)
        )


def sort_key(row: dict[str, Any], sort: str) -> Any:
    """What a row is sorted by; None is unknown."""
    value = cost_usd(row) if sort == "cost_usd" else row[sort]
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, str) and sort != "trace_id":
        return value.lower() or None
    return value


def cost_usd(row: dict[str, Any]) -> float | None:
    """Both shares together, exact to the last stored digit."""
    shares = [row[name] for name in ("reported_usd", "estimated_usd") if row[name] is not None]
    return float(sum(Decimal(repr(share)) for share in shares)) if shares else None


def world(archive: Archive | None = None) -> World:
    """The same each time, put into `archive` (by default one of its own). Many values are alike or missing,
    a fifth of the traces began elsewhere."""
    chance = random.Random(4)
    traces, kinds, spans = {}, {}, []
    for _ in range(TRACES):
        row = _trace(chance)
        trace_id, at = row["trace_id"], row["started_at"]
        traces[trace_id] = row
        kinds[trace_id] = set()
        for kind in chance.choices(("agent", "llm", "tool", "other"), k=chance.randrange(4)):
            duplicate = chance.random() < 0.1
            kinds[trace_id] |= set() if duplicate else {kind}
            spans.append({"trace_id": trace_id, "kind": kind, "started_at": at, "duplicate": duplicate})
    archive = archive or opened()
    archive.put(
        Frames(
            frame(schema.SPANS, [_stored(row) for row in spans]),
            frame(schema.TRACES, [_stored(row) for row in traces.values()]),
        )
    )
    return World(archive, traces, kinds)


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    """Times without zone, and blanks where nothing is known."""
    times = {k: v.replace(tzinfo=None) for k, v in row.items() if isinstance(v, datetime)}
    return {k: v for k, v in (row | times).items() if v is not None}


def _trace(chance: random.Random) -> dict[str, Any]:
    def maybe(value: Any, share: float = 0.8) -> Any:
        return value if chance.random() < share else None

    def some(values: tuple[str, ...]) -> list[str]:
        return chance.sample(values, chance.choice((0, 0, 1, 2)))

    return {
        "trace_id": f"{chance.getrandbits(128):032x}",
        "name": chance.choice(HOSTILE),
        "service": chance.choice(SERVICES),
        "started_at": START + timedelta(minutes=15 * chance.randrange(-10, 110)),
        "duration_s": maybe(chance.randrange(40) / 4),
        "outcome": chance.choice(OUTCOMES),
        "outcome_by": chance.choice(("end_state", "root", "last_span", "none")),
        "spans": chance.randrange(1, 9),
        "errors": chance.choice((0, 0, 1, 3)),
        "tags": some(TAGS),
        "agents": some(AGENTS),
        "models": some(MODELS),
        "tools": some(("search", "mail")),
        "prompt_tokens": maybe(chance.randrange(50)),
        "completion_tokens": maybe(chance.randrange(50)),
        "total_tokens": maybe(chance.randrange(90)),
        "reported_usd": maybe(chance.randrange(20) / 10, 0.5),
        "estimated_usd": maybe(chance.randrange(20) / 10, 0.5),
        "unpriced_tokens": chance.choice((0, 7)),
        "read_at": END,
    }


def asked(chance: random.Random) -> Filters:
    """Filters as a reader might put together: mostly a few, sometimes none that matches."""

    def perhaps(value: Any, otherwise: Any, share: float = 0.25) -> Any:
        return value if chance.random() < share else otherwise

    def some(values: tuple[str, ...]) -> frozenset[str]:
        return perhaps(frozenset(chance.sample((*values, ""), chance.randrange(1, 4))), frozenset())

    cheapest, shortest = chance.randrange(20) / 10, chance.randrange(20) / 4
    return Filters(
        statuses=perhaps(frozenset(chance.sample(OUTCOMES, 2)), frozenset()),
        kind=perhaps(chance.choice(("agent", "llm")), "all"),
        models=some(MODELS),
        agents=some(AGENTS),
        tags=some(TAGS),
        services=some(SERVICES),
        cost_min_usd=perhaps(cheapest, None),
        cost_max_usd=perhaps(cheapest + chance.randrange(20) / 10, None),
        duration_min_s=perhaps(shortest, None),
        duration_max_s=perhaps(shortest + chance.randrange(20) / 4, None),
        has_errors=perhaps(True, False),
        text=perhaps(chance.choice(("%", "_", "'", '"', "\\", "up", "AB", "team_1", "한글", ";", "=")), ""),
        sort=chance.choice(SORTS),
        descending=chance.random() < 0.5,
        size=chance.choice(SIZES),
    )
