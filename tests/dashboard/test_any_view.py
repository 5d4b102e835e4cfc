"""Whatever is asked and whatever comes back, a view can be drawn: cards, notes, axes and figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agentops_client import AgentOpsError, ProjectMetrics, TracePage, UpstreamFailed
from dashboard import cards, figures, metrics, reading
from dashboard.components.chart_view import figure_json
from dashboard.panels import Page
from dashboard.queries import NoData, overview
from dashboard.scope import Scope
from dashboard.text import Formats, Words
from dashboard.upstream import Upstream
from dashboard.windows import ROLLING
from tests.dashboard.figure_frames import checked

ZONES = ("Asia/Seoul", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
PROJECT = "b0000000-0000-4000-8000-00000000a9e1"


class AnyAnswer:
    """An AgentOps that answers anything it may, by a seeded chance."""

    project_id = PROJECT

    def __init__(self, chance: random.Random, failing: float) -> None:
        self.chance, self.failing = chance, failing

    def project_metrics(self, start: datetime, end: datetime) -> ProjectMetrics:
        self._maybe_fail()
        spans = self.chance.choice([0, 0, 1, 40])
        prompt, completion = (self.chance.randrange(1000) * spans for _ in range(2))
        return ProjectMetrics.model_validate(
            {
                "project_id": PROJECT,
                "trace_count": spans,
                "span_count": {"total": spans, "success": spans, "fail": 0, "unknown": 0, "indeterminate": 0},
                "token_metrics": {
                    "total_cost": self.chance.choice(["0.00000", "0.00012", "12345.67890"])
                    if spans
                    else "0.00000",
                    "prompt_tokens": prompt,
                    "completion_tokens": completion,
                    "total_tokens": {
                        "all": prompt + completion + self.chance.choice([0, 30]),
                        "success": 0,
                        "fail": 0,
                    },
                },
                "duration_metrics": {},
                "start_time": start.isoformat(),
                "end_time": end.isoformat(),
                "freeplan_truncated": self.chance.random() < 0.1,
            }
        )

    def traces(self, *_: Any, **__: Any) -> TracePage:
        self._maybe_fail()
        counts = [self.chance.randrange(5) for _ in range(3)]
        optional = {"cache_read_input_tokens": 5, "reasoning_tokens": 3} if self.chance.random() < 0.5 else {}
        return TracePage.model_validate(
            {
                "traces": [],
                "metrics": {
                    "span_count": sum(counts), "trace_count": sum(counts), "success_count": counts[0],
                    "fail_count": counts[1], "indeterminate_count": counts[2],
                    "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0,
                    **optional,
                },
                "total": sum(counts), "limit": 1, "offset": 0, "freeplan_truncated": False,
            }
        )  # fmt: skip

    def health(self) -> Any:
        raise UpstreamFailed(status=500)

    def close(self) -> None:
        pass

    def _maybe_fail(self) -> None:
        if self.chance.random() < self.failing:
            raise UpstreamFailed(status=500)


def scopes(chance: random.Random) -> Iterator[tuple[Scope, datetime]]:
    for _ in range(15):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.random() * 366 * 86_400)
        common: dict[str, Any] = {
            "zone": chance.choice(ZONES), "language": chance.choice(["ko", "en"]), "refresh_s": 30
        }  # fmt: skip
        if chance.random() < 0.5:
            scope = Scope(range=chance.choice(list(ROLLING)), **common)
        else:
            length = timedelta(seconds=int(10 ** chance.uniform(0, 7.8)))
            start = (now - length * chance.uniform(0.5, 3)).replace(microsecond=0)
            scope = Scope(range="custom", start=start, end=start + length, **common)
        yield Scope(**{**scope.__dict__, "bucket": chance.choice([None, *scope.buckets])}), now


@pytest.mark.parametrize("failing", [0.0, 0.05, 0.6])
@pytest.mark.parametrize("seed", [1, 2])
def test_any_view_can_be_drawn(seed: int, failing: float) -> None:
    chance = random.Random(f"{seed} {failing}")
    drawn = 0
    for scope, now in scopes(chance):
        source = Upstream(AnyAnswer(chance, failing), now=lambda now=now: now)  # type: ignore[arg-type,misc]
        try:
            view = overview(source, scope, wait_s=10)
        except (NoData, AgentOpsError):
            continue
        finally:
            source.close()
        page = Page(scope, Words(scope.language), Formats(scope.language, scope.tz), now, None)  # type: ignore[arg-type]
        windows, axis = reading.labelled(view.windows, page), reading.time_axis(view, page)
        shown = cards.overview_cards(view, page.words, page.formats)
        assert [c.label for c in shown] == cards.labels(page.words)
        assert all(c.value for c in shown)
        common: dict[str, Any] = {"axis": axis, "bands": reading.failed_bands(view, page), "y_title": "y"}
        drawings = (
            figures.cost_over_time(windows, name="c", usd=page.formats.usd, **common),
            figures.tokens_over_time(
                windows,
                metrics.token_parts(windows),
                names=reading.token_names(metrics.token_parts(windows), page),
                count=str,
                **common,
            ),
            figures.outcomes_over_time(windows, names=reading.outcome_names(page), count=str, **common),
        )
        for figure in drawings:
            assert figure_json(checked(figure)) and figure_json(figure)
        assert scope.to_query(scope) is not None
        drawn += 1
    assert drawn >= (1 if failing > 0.5 else 7)
