"""One fault at one endpoint under one page: whether the page needs the endpoint, and what it then meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tests.faults.table import Fault, Leaf

#: What each page cannot do without; a login besides where the build is read by session.
NEEDS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("overview", "on_call", "traces", "cost", "performance", "agents"),
        frozenset({"token", "list", "metrics"}),
    ),
    "trace": frozenset({"token", "detail"}),
    "trace_log": frozenset({"token", "detail", "log"}),
    "health": frozenset(),
}
#: What a sound view of each page asks for; a field of anything else cannot change under it.
ASKS: Final = {page: (needs or NEEDS["overview"]) | {"health"} for page, needs in NEEDS.items()}
PAGES: Final = tuple(NEEDS)
State = Literal["cold", "warm"]


@dataclass(frozen=True)
class PageCase:
    """One fault at one endpoint under one page; `cold`: the page is opened into it, `warm`: it was open."""

    page: str
    endpoint: str
    fault: Fault
    state: State

    @property
    def name(self) -> str:
        return f"{self.page}-{self.endpoint}-{self.fault.name}-{self.state}"

    def needed(self, *, by_session: bool) -> bool:
        """Whether the page cannot do without what is broken."""
        needs = NEEDS[self.page]
        if needs and by_session:
            needs |= {"login"}
        return bool(needs) and (self.fault.host != "open" or bool(self._met & needs))

    @property
    def needs_rows(self) -> bool:
        """Whether only an answer with a row in it shows the fault: a stretch without any stays known."""
        return self.endpoint == "list" and self.fault.name.startswith("drift_traces.*")

    def leaf(self, *, by_session: bool) -> Leaf | None:
        """What the page meets first: who opens it into a fault begins with the key, then signs in."""
        first = next((each for each in ("token", "login") if each in self._met), self.endpoint)
        return self.fault.leaf(
            first if first != "login" or by_session else self.endpoint, by_session=by_session
        )

    @property
    def _met(self) -> set[str]:
        return {self.endpoint, *(self.fault.also if self.state == "cold" else ())}
