"""How long traces, model calls and tool calls take: key figures, lines, histogram, scatter."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from .. import figures, metrics, panels
from ..archive import reading
from ..archive.reading.latency import Of
from ..panels import Card, Page
from ..queries.spans import SpanRange
from .over_time import Frame, draw
from .tables import traces

#: What a duration can be of, in the order of the buttons.
SUBJECTS: tuple[Of, ...] = ("trace", "llm", "tool")
#: Traces drawn as points, at most.
POINTS = 2000


def cards(span: SpanRange, page: Page, *, of: Of, groups: reading.Limited) -> list[Card]:
    """p50, p95 and p99 of the range, success rate with its interval, failed traces, error groups."""
    words, formats = page.words, page.formats
    latency = span.ask(reading.latency_total, of)
    totals = span.ask(reading.totals)
    definition = words(f"performance.duration_{of}")
    least = formats.count(metrics.ENOUGH)
    n = words("performance.n", n=formats.count(latency.n))
    shown = []
    for quantile, value in (("p50", latency.p50_s), ("p95", latency.p95_s), ("p99", latency.p99_s)):
        hidden = quantile != "p50" and latency.n < metrics.ENOUGH
        shown.append(
            Card(
                words(f"performance.kpi.{quantile}.label"),
                "–" if hidden else formats.duration(value),
                (words(f"performance.kpi.{quantile}.help", definition=definition, least=least),),
                note=words("gate.too_few", n=formats.count(latency.n), least=least) if hidden else n,
            )
        )
    decided = totals.success + totals.failed
    low, high = metrics.wilson(totals.success, decided) or (None, None)
    interval = words(
        "performance.kpi.success.note",
        low=formats.percent(low), high=formats.percent(high), n=formats.count(decided),
    )  # fmt: skip
    return [
        *shown,
        Card(
            words("performance.kpi.success.label"),
            formats.percent(metrics.success_rate(totals.success, totals.failed)),
            (words("performance.kpi.success.help"),),
            note=interval if decided else "",
        ),
        Card(
            words("performance.kpi.failed.label"),
            formats.compact(totals.failed),
            (words("performance.kpi.failed.help"),),
            note=words("performance.kpi.failed.note", indeterminate=formats.count(totals.indeterminate)),
        ),
        Card(
            words("performance.kpi.errors.label"),
            formats.count(groups.total),
            (words("performance.kpi.errors.help"),),
            note=words("performance.kpi.errors.note", n=formats.count(_errors(groups))),
        ),
    ]


def over_time(span: SpanRange, frame: Frame, page: Page, *, of: Of) -> None:
    """p50, p95 and p99 of each window; p95 and p99 are gaps where too few were measured."""
    words, formats = page.words, page.formats
    answer = span.ask_windows(reading.latency_over_time, of).set_index("bucket")
    values = metrics.gated(answer.reindex(range(len(frame.windows))))
    figure = figures.latency_over_time(
        frame.windows, values, axis=frame.axis, bands=frame.bands,
        names={f"{q}_s": words(f"performance.{q}") for q in ("p50", "p95", "p99")},
        y_title=words("performance.latency_axis"), text=formats.duration,
        measured=lambda n: words("performance.n", n=formats.count(n)),
    )  # fmt: skip
    draw(
        figure, "latency", page, frame,
        title=words("performance.latency", of=words(f"performance.of_{of}"), per=frame.per),
        definition=[
            words(
                "performance.latency_help", least=formats.count(metrics.ENOUGH),
                definition=words(f"performance.duration_{of}"),
            )
        ],
        values=values["p50_s"], text=formats.duration, height=330,
    )  # fmt: skip


def histogram(span: SpanRange, page: Page, *, of: Of) -> None:
    """How many took how long, by outcome."""
    words, formats = page.words, page.formats
    bins = span.ask(reading.durations, of)
    latency = span.ask(reading.latency_total, of)
    marks = {"p50": latency.p50_s}
    if latency.n >= metrics.ENOUGH:
        marks["p95"] = latency.p95_s
    title = words("performance.histogram", of=words(f"performance.of_{of}"))
    figure = figures.histogram(
        bins, names=_outcomes(page), x_title=words("performance.histogram_axis"),
        y_title=words(f"performance.count_{of}"), text=formats.duration, count=formats.count,
        marks={q: v for q, v in marks.items() if v is not None},
    )  # fmt: skip
    definition = words("performance.histogram_help", definition=words(f"performance.duration_{of}"))
    panels.chart(
        figure, "histogram", title=title, description=f"{title}. {_percentiles(latency, page)}",
        definition=(definition,), words=words, zone=page.scope.zone, height=300,
    )  # fmt: skip


def scatter(span: SpanRange, frame: Frame, page: Page) -> None:
    """Traces by start and duration; those inside a drawn box are listed below, else the slowest."""
    words, formats = page.words, page.formats
    found = span.ask(reading.points, POINTS)
    points = found.frame.assign(label=_points_in_words(found.frame, page))
    figure = figures.scatter(
        points, axis=frame.axis, names=_outcomes(page, signs=False),
        y_title=words("performance.scatter_axis"), text=formats.duration,
    )  # fmt: skip
    definition = [words("performance.scatter_help", definition=words("performance.duration_trace"))]
    if found.left_out:
        sampled = words(
            "performance.scatter_sampled", shown=formats.count(len(points)), total=formats.count(found.total)
        )
        definition.append(sampled)
    chosen = panels.selectable_chart(
        figure, "scatter", title=words("performance.scatter"), description=_cloud(points, frame, page),
        definition=tuple(definition), words=words, zone=frame.axis.zone.key, height=300,
    )  # fmt: skip
    _remember(chosen)


def chosen_traces(span: SpanRange, page: Page) -> None:
    """The traces chosen in the scatter; without a choice, the slowest."""
    words, formats = page.words, page.formats
    ids: tuple[str, ...] = st.session_state.get(_CHOSEN, ())
    if ids:
        frame = span.ask_plain(reading.by_ids, ids)
        label = words("performance.selected", n=formats.count(len(frame)))
        panels.section(label)
        if st.button(words("performance.clear"), key="clear_chosen"):
            st.session_state[_CHOSEN] = ()
            st.rerun(scope="fragment")
    else:
        frame = span.ask(reading.slowest, 10)
        label = words("performance.slowest")
        panels.section(label, (words("performance.duration_trace"),))
    traces(frame, page, label=label)


_CHOSEN = "chosen_traces"


def _remember(chosen: tuple[str, ...] | None) -> None:
    """A selection lasts over refreshes, until another one (or an empty one) replaces it."""
    if chosen is not None:
        st.session_state[_CHOSEN] = chosen


def _errors(groups: reading.Limited) -> int:
    """Errors of all groups, also of those that are not shown."""
    first = groups.frame.head(1)
    return round((first["count"] / first["share"]).sum())


def _outcomes(page: Page, *, signs: bool = True) -> dict[str, str]:
    """Names of the outcomes; without their signs where the marks themselves have shapes."""
    told = {name: page.words(f"outcome.{name}") for name in ("success", "failed", "indeterminate")}
    return told if signs else {name: text.split(" ", 1)[1] for name, text in told.items()}


def _percentiles(latency: reading.Percentiles, page: Page) -> str:
    text = page.formats.duration
    return f"n = {latency.n}, p50 {text(latency.p50_s)}, p95 {text(latency.p95_s)}, p99 {text(latency.p99_s)}"


def _cloud(points: pd.DataFrame, frame: Frame, page: Page) -> str:
    """What the scatter shows, for whoever does not see it."""
    words, formats = page.words, page.formats
    counts = points["outcome"].value_counts()
    outcomes = ", ".join(
        f"{name} {formats.count(int(counts.get(outcome, 0)))}"
        for outcome, name in _outcomes(page, signs=False).items()
    )
    lasts = points["duration_s"].dropna()
    slowest, fastest = (None, None) if lasts.empty else (lasts.max(), lasts.min())
    return words(
        "performance.scatter_said", title=words("performance.scatter"), n=formats.count(len(points)),
        outcomes=outcomes, slowest=formats.duration(slowest), fastest=formats.duration(fastest),
        start=formats.moment(frame.axis.start), end=formats.moment(frame.axis.end), zone=frame.axis.title,
    )  # fmt: skip


def _points_in_words(points: pd.DataFrame, page: Page) -> list[str]:
    """What the hover says of each point: name and id, outcome, duration and cost, start."""
    formats, outcomes = page.formats, _outcomes(page)
    starts = points["started_at"].dt.to_pydatetime()  # quicker to format than pandas timestamps
    columns = (points[name] for name in ("name", "trace_id", "outcome", "duration_s", "cost_usd"))
    return [
        f"{name} · {trace_id[:8]}\n"
        f"{outcomes[outcome]} · {formats.duration(duration_s)} · {formats.usd(cost_usd)}\n"
        f"{formats.moment(start)}"
        for name, trace_id, outcome, duration_s, cost_usd, start in zip(*columns, starts, strict=True)
    ]
