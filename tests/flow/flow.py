"""A flow as the tests look at it: what was sent, what AgentOps says of it, what the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page

from agentops_client import AgentOpsClient, AgentOpsSettings, Span, Trace
from tests.browser import Watch
from tests.flow.processes import Lite, Sender, until

#: OpenAI's list prices, USD per million tokens (prompt, completion).
PRICES = {
    "gpt-4o": (Decimal("2.5"), Decimal(10)),
    "gpt-4o-2024-08-06": (Decimal("2.5"), Decimal(10)),
    "gpt-4o-mini-2024-07-18": (Decimal("0.15"), Decimal("0.6")),
    "o3-mini-2025-01-31": (Decimal("1.1"), Decimal("4.4")),
    "o4-mini-2025-04-16": (Decimal("1.1"), Decimal("4.4")),
}
#: Senders export once a second; the rest is for a busy machine.
ARRIVES_WITHIN_S = 30.0


@dataclass(frozen=True)
class Flow:
    """One sender, one AgentOps, one page."""

    sender: Sender
    client: AgentOpsClient
    page: Page
    watch: Watch

    @property
    def sent(self) -> Sent:
        return Sent(self.sender.sent["calls"])


@dataclass(frozen=True)
class Sent:
    """The model calls that a sender says it made."""

    calls: list[dict[str, Any]]

    @property
    def prompt(self) -> int:
        return sum(call["prompt_tokens"] for call in self.calls)

    @property
    def completion(self) -> int:
        return sum(call["completion_tokens"] for call in self.calls)

    @property
    def cost_usd(self) -> Decimal:
        """At list prices, with every digit."""
        return sum((cost_of(call) for call in self.calls), Decimal(0))


def cost_of(call: dict[str, Any]) -> Decimal:
    prompt, completion = PRICES[call["model"]]
    return (call["prompt_tokens"] * prompt + call["completion_tokens"] * completion) / 1_000_000


@contextmanager
def client_of(lite: Lite) -> Iterator[AgentOpsClient]:
    settings = AgentOpsSettings(_env_file=None, api_key=lite.api_key, api_endpoint=lite.endpoint)
    with AgentOpsClient(settings) as client:
        yield client


def traces(client: AgentOpsClient, *, spans: int) -> list[Trace]:
    """All traces with their spans, oldest first, once `spans` spans have arrived.

    It asks trace by trace, since AgentOps keeps the answers about a whole range for a while.
    """

    def arrived() -> list[Trace] | None:
        found = [client.trace(row.trace_id) for row in client.iter_traces(None, None)]
        return found if sum(len(trace.spans) for trace in found) >= spans else None

    found = until(arrived, within_s=ARRIVES_WITHIN_S, what=f"{spans} spans at AgentOps")
    return sorted(found, key=lambda trace: min(span.started_at for span in trace.spans))


def spans_named(found: Iterable[Trace], name: str) -> list[Span]:
    return [span for trace in found for span in trace.spans if span.name == name]


def attribute(span: Span, path: str) -> Any:
    """An attribute by its dotted name, digits indexing lists; None where there is none."""
    place: Any = span.span_attributes
    for part in path.split("."):
        if isinstance(place, list):
            place = place[int(part)] if int(part) < len(place) else None
        else:
            place = place.get(part) if isinstance(place, dict) else None
    return place
