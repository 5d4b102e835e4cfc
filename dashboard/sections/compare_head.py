"""What two traces came to, beside each other."""

from __future__ import annotations

from typing import Any, Final

from .. import panels
from ..alignment import Change
from ..alignment.verdicts import in_cost, in_time
from ..panels import Cell, Column, Mood, Page
from ..queries.trace import TraceView
from ..text import isolated
from .compare_steps import MOODS, signed
from .tables import Row, name, several

_OUTCOMES: Final[dict[str, Mood]] = {"success": "good", "failed": "bad"}


def head(view: TraceView, other: TraceView, page: Page, *, hrefs: tuple[str, str]) -> None:
    """What both came to, and the difference; neither is without spans. `hrefs` open the one and the other."""
    words, a, b = page.words, view.summary, other.summary
    assert a is not None and b is not None  # noqa: S101 - the caller has said so otherwise
    cut = [words(f"compare.{key}") for key, of in (("a", a), ("b", b)) if of["truncated"]]
    if cut:
        panels.note(words("compare.truncated", which=", ".join(cut)))
    columns = [
        Column("figure", words("compare.figure")),
        Column("a", words("compare.a")),
        Column("b", words("compare.b")),
        Column("difference", words("compare.difference")),
    ]
    panels.table(columns, _Head(page, a, b).rows(hrefs), label=words("compare.summary"))


class _Head:
    """Rows of the table of both traces, from their summaries."""

    def __init__(self, page: Page, a: dict[str, Any], b: dict[str, Any]) -> None:
        self.page, self.words, self.formats = page, page.words, page.formats
        self.a, self.b = a, b

    def rows(self, hrefs: tuple[str, str]) -> list[Row]:
        a, b, formats = self.a, self.b, self.formats
        made: tuple[tuple[str, str | Cell, str | Cell, str | Cell], ...] = (
            ("trace", self._trace(a, hrefs[0]), self._trace(b, hrefs[1]), self._names()),
            ("outcome", self._outcome(a), self._outcome(b), self._outcomes()),
            ("start", formats.moment(a["started_at"]), formats.moment(b["started_at"]), self._starts()),
            (
                "duration",
                formats.duration(a["duration_s"]),
                formats.duration(b["duration_s"]),
                self._durations(),
            ),
            self._counted("spans"),
            self._counted("errors"),
            ("tokens", self._tokens(a), self._tokens(b), self._more("total_tokens", share=True)),
            ("cost", self._cost(a), self._cost(b), self._costs()),
            ("models", several(list(a["models"])), several(list(b["models"])), self._models()),
        )
        return [
            {"figure": self.words(f"compare.{key}"), "a": one, "b": two, "difference": difference}
            for key, one, two, difference in made
        ]

    def _trace(self, of: dict[str, Any], href: str) -> Cell:
        return Cell(name(of["name"], self.page), exact=of["trace_id"], href=href, note=of["trace_id"][:8])

    def _names(self) -> str:
        return self.words(f"compare.{'unchanged' if self.a['name'] == self.b['name'] else 'changed'}")

    def _outcome(self, of: dict[str, Any]) -> Cell:
        word = self.words(f"outcome.{of['outcome']}").split(" ", 1)[1]
        return Cell(
            word, mood=_OUTCOMES.get(of["outcome"], ""), note=self.words(f"trace.by_{of['outcome_by']}")
        )

    def _outcomes(self) -> Cell:
        one, two = self.a["outcome"], self.b["outcome"]
        if one == two:
            return Cell(self.words("compare.unchanged"))
        if "failed" not in (one, two):
            return Cell(self.words("compare.changed"))
        change: Change = "newly_failed" if two == "failed" else "no_longer_failed"
        return Cell(self.words(f"compare.{change}"), mood=MOODS[change])

    def _starts(self) -> str:
        seconds = (self.b["started_at"] - self.a["started_at"]).total_seconds()
        if not seconds:
            return self.words("compare.unchanged")
        value = self.formats.duration(abs(seconds))
        return self.words(f"compare.{'later' if seconds > 0 else 'earlier'}", value=value)

    def _durations(self) -> Cell:
        one, two = self.a["duration_s"], self.b["duration_s"]
        if one is None or two is None:
            return Cell("–")
        change, amount = in_time(one, two), two - one
        if change is None:
            told = signed(amount, self.formats.duration)
            return Cell(
                self.words("compare.within_noise", value=told) if amount else self.words("compare.unchanged")
            )
        value = self.formats.duration(abs(amount))
        return Cell(
            self.words(f"compare.{change}_by", value=value), mood=MOODS[change], note=self._share(one, two)
        )

    def _counted(self, key: str) -> tuple[str, str, str, Cell]:
        one, two = (self.formats.count(of[key]) for of in (self.a, self.b))
        moods: tuple[Mood, Mood] = ("bad", "good") if key == "errors" else ("", "")
        return key, one, two, self._more(key, moods=moods)

    def _more(self, key: str, *, moods: tuple[Mood, Mood] = ("", ""), share: bool = False) -> Cell:
        """How many more or fewer; `moods` judge either, `share` tells it in percent besides."""
        one, two = self.a[key], self.b[key]
        if one is None or two is None:
            return Cell("–")
        if one == two:
            return Cell(self.words("compare.unchanged"))
        word, mood = ("more", moods[0]) if two > one else ("fewer", moods[1])
        amount = abs(two - one)
        return Cell(
            self.words(f"compare.{word}_by", value=self.formats.compact(amount)),
            exact=self.formats.count(amount), mood=mood, note=self._share(one, two) if share else "",
        )  # fmt: skip

    def _tokens(self, of: dict[str, Any]) -> Cell:
        formats = self.formats
        prompt, completion = (formats.compact(of[f"{part}_tokens"]) for part in ("prompt", "completion"))
        split = self.words("cost.kpi.tokens.note", prompt=prompt, completion=completion)
        return Cell(
            formats.compact(of["total_tokens"]), exact=formats.count(of["total_tokens"]),
            note=split if of["total_tokens"] is not None else "",
        )  # fmt: skip

    def _cost(self, of: dict[str, Any]) -> Cell:
        unpriced = of["unpriced_tokens"]
        note = self.words("compare.unpriced", tokens=self.formats.compact(unpriced)) if unpriced else ""
        usd = _cost_usd(of)
        return Cell(self.formats.usd(usd), exact=self.formats.usd_exact(usd), note=note)

    def _costs(self) -> Cell:
        one, two = _cost_usd(self.a), _cost_usd(self.b)
        if one is None or two is None:
            return Cell("–")
        change = in_cost(one, two)
        if change is None:
            return Cell(self.words("compare.unchanged"))
        value = self.formats.usd(abs(two - one))
        return Cell(
            self.words(f"compare.{change}_by", value=value), mood=MOODS[change], note=self._share(one, two)
        )

    def _models(self) -> Cell:
        one, two = set(self.a["models"]), set(self.b["models"])
        if one == two:
            return Cell(self.words("compare.unchanged"))
        parts = [
            self.words(f"compare.only_{key}", names=", ".join(isolated(model) for model in sorted(only)))
            for key, only in (("a", one - two), ("b", two - one))
            if only
        ]
        return Cell(self.words("compare.changed"), exact="; ".join(parts))

    def _share(self, one: float, two: float) -> str:
        """The change in percent of `one`; "" of nothing."""
        return f"{self.formats.signed(100 * (two - one) / one)} %" if one else ""


def _cost_usd(summary: dict[str, Any]) -> float | None:
    known = [summary[key] for key in ("reported_usd", "estimated_usd") if summary[key] is not None]
    return float(sum(known)) if known else None
