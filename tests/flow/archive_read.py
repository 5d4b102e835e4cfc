"""The archive of an AgentOps: its traces read by a real follower, whose waiting takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from agentops_client import AgentOpsClient, AgentOpsSettings
from dashboard.archive import Archive, reading
from dashboard.archive.follower import Follower
from dashboard.pricing import PriceBook, price_book
from dashboard.upstream import Upstream
from tests.flow.processes import Lite

#: A trace is read after a quiet minute. Who looks from here finds everything just sent quiet enough.
AHEAD = timedelta(minutes=2)
#: All that a flow sends is younger.
LOOK_BACK = timedelta(minutes=20)
#: Each step is one request or none; more of them is a follower that runs in circles.
STEPS = 2_000

P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    """Goes as the clock on the wall goes, or stands at `at`; waiting moves it on and takes no time."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at
        self._waited = timedelta()

    def __call__(self) -> datetime:
        return (self._at or datetime.now(UTC) + AHEAD) + self._waited

    def monotonic(self) -> float:
        return self().timestamp()

    def wait(self, seconds: float) -> None:
        self._waited += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Usage:
    """Of a model, an agent or a tool. ``usd`` with every digit; None is none reported and none estimated."""

    calls: int
    failed: int
    prompt: int
    completion: int
    usd: Decimal | None
    cached: int = 0
    reasoning: int = 0


def used(
    calls: int, prompt: int = 0, completion: int = 0, usd: str = "", *, failed: int = 0, **more: int
) -> Usage:
    """As a table of expectations says it."""
    return Usage(calls, failed, prompt, completion, Decimal(usd) if usd else None, **more)


@dataclass(frozen=True)
class Read:
    """All traces of one AgentOps, read."""

    archive: Archive
    client: AgentOpsClient
    start: datetime
    end: datetime

    def ask(
        self, question: Callable[Concatenate[Any, datetime, datetime, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """A question of ``dashboard.archive.reading`` about all that was read."""
        with self.archive.reading() as db:
            return question(db, self.start, self.end, *args, **kw)

    @property
    def totals(self) -> reading.Totals:
        return self.ask(reading.totals)

    def by_model(self) -> dict[str, Usage]:
        return _usage(self.ask(reading.models), "model", failed="failures")

    def by_agent(self) -> dict[str, Usage]:
        """What each agent's spans used, with the tools that it called; ``failed`` counts errors."""
        return _usage(self.ask(reading.agents), "agent", failed="errors")

    def by_tool(self) -> dict[str, tuple[int, int, Decimal | None]]:
        """Calls, failed ones, and cost."""
        rows = self.ask(reading.tools).to_dict("records")
        return {row["tool"]: (row["calls"], row["failures"], exact(row["cost_usd"])) for row in rows}

    def links(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Calls and failed ones from a caller to a node; "" is the way in."""
        rows = self.ask(reading.edges).frame.to_dict("records")
        return {(row["caller"], row["node"]): (row["calls"], row["errors"]) for row in rows}


@contextmanager
def archive_read(
    lite: Lite, *, clock: Clock | None = None, between: tuple[datetime, datetime] | None = None
) -> Iterator[Read]:
    """Everything that `lite` has now, of the last twenty minutes or `between` two moments. Whoever calls
    knows that all has arrived."""
    clock = clock or Clock()
    settings = AgentOpsSettings(_env_file=None, api_key=lite.api_key, api_endpoint=lite.endpoint)
    client = AgentOpsClient(settings)
    book = _prices()
    with closing(Upstream(client, endpoint=lite.endpoint, now=clock)) as upstream:
        project_id = client.project_id
        archive = Archive.open(None, endpoint=lite.endpoint, project_id=project_id, book=book)
        with closing(archive):
            follower = Follower(
                upstream, archive, book, project_id=project_id, follow=timedelta(),
                monotonic=clock.monotonic, wait=clock.wait,
            )  # fmt: skip
            start, end = between or (clock() - LOOK_BACK, clock())
            follower.complete(start, end)
            for _ in range(STEPS):
                if follower.step() and not follower.asked(start, end):
                    break
            held = archive.coverage(start, end, now=clock(), quiet=timedelta())
            assert not follower.asked(start, end), f"{held} after {STEPS} steps"
            assert (held.read, held.failed, follower.off) == (held.known, 0, "")
            yield Read(archive, client, start, end)


@cache
def _prices() -> PriceBook:
    return price_book(None)


def exact(usd: float) -> Decimal | None:
    """A cost as decimal digits: a double has fifteen, and no cost here has more."""
    return None if pd.isna(usd) else Decimal(repr(float(usd)))


def _usage(frame: pd.DataFrame, key: str, *, failed: str) -> dict[str, Usage]:
    columns = ["prompt_tokens", "completion_tokens", "cache_read_tokens", "reasoning_tokens"]
    tokens = frame[columns].fillna(0).astype(int)
    return {
        str(name): Usage(int(calls), int(failures), prompt, completion, exact(usd), cached, reasoning)
        for name, calls, failures, usd, (prompt, completion, cached, reasoning) in zip(
            frame[key], frame["calls"], frame[failed], frame["cost_usd"], tokens.to_numpy().tolist(),
            strict=True,
        )
    }  # fmt: skip
