"""Cost and tokens by model, provider, agent, service or tag: over time, and as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from .. import figures, metrics, panels
from ..archive import reading
from ..archive.reading.usage import By
from ..panels import Cell, Column, Page
from ..queries.spans import SpanRange
from .over_time import Frame, draw, per_window
from .tables import MOST, Row, more, number, records, usd

#: What can be grouped by, in the order of the buttons.
GROUPS: tuple[By, ...] = ("model", "provider", "agent", "service", "tag")
#: What can be measured: the column behind each.
MEASURES = {"cost": "cost_usd", "tokens": "total_tokens"}
#: The column of all that is not among the largest; no recorded name has a line break.
REST = "\n"


def over_time(span: SpanRange, frame: Frame, page: Page, *, by: By, measure: str) -> None:
    """Bars of cost or tokens a window, stacked by `by`: the eight largest and the rest."""
    words, formats = page.words, page.formats
    column = MEASURES[measure]
    usage = metrics.top_and_rest(span.ask_windows(reading.usage_over_time, by), column)
    usage["key"] = usage["key"].mask(usage["rest"], REST)
    wide = usage.pivot_table(index="bucket", columns="key", values=column, aggfunc="sum", sort=False)
    order = wide.sum().sort_values(ascending=False).index
    ordered = [k for k in order if k != REST] + [k for k in order if k == REST]
    series = wide[ordered].reindex(range(len(frame.windows)))
    text = formats.usd if measure == "cost" else formats.count
    by_word = words(f"by.{by}").lower()
    figure = figures.usage_over_time(
        frame.windows, series, axis=frame.axis, bands=frame.bands,
        names={key: words("by.others") if key == REST else key or words(f"by.none_{by}") for key in ordered},
        y_title=words("cost.usd_axis" if measure == "cost" else "cost.tokens_axis", per=frame.per),
        text=text, total=words("by.all"), rest=REST if REST in ordered else None,
        y_prefix="$" if measure == "cost" else "",
    )  # fmt: skip
    draw(
        figure, "usage", page, frame,
        title=words(f"cost.over_time_{measure}", per=frame.per, by=by_word),
        definition=[words("cost.over_time_help")],
        values=series.sum(axis=1, min_count=1), text=text, height=340,
    )  # fmt: skip


def table(span: SpanRange, page: Page, *, by: By) -> None:
    """The same as a table: share, calls, tokens by part, cost by source, cost per call and per 1k tokens."""
    words, formats = page.words, page.formats
    usage = span.ask(reading.usage_by, by)
    usage = usage.assign(
        share=metrics.shares(usage["cost_usd"]),
        per_call=metrics.cost_per_call(usage),
        per_1k=metrics.cost_per_1k_tokens(usage),
    )
    shown = usage.head(MOST)
    rows: list[Row] = [
        {
            "key": row["key"] or words(f"by.none_{by}"),
            "cost": usd(page, row["cost_usd"]),
            "share": Cell(formats.percent(row["share"]), share=row["share"]),
            "source": _source(row, page),
            "calls": number(page, row["calls"]),
            "tokens": number(page, row["total_tokens"], note=_split(row, page)),
            "cache": Cell(
                formats.percent(metrics.cache_hit_rate(row["cache_read_tokens"], row["prompt_tokens"]))
            ),
            "per_call": formats.usd(row["per_call"]),
            "per_1k": formats.usd(row["per_1k"]),
        }
        for row in records(shown)
    ]
    columns = [
        Column("key", words(f"by.{by}")),
        Column("cost", words("column.cost"), align="right"),
        Column("share", words("column.share"), align="right", bar=True),
        Column("source", words("column.cost_source")),
        Column("calls", words("column.calls"), align="right"),
        Column("tokens", words("column.tokens"), align="right", definition=(words("cost.split"),)),
        Column("cache", words("cost.kpi.cache.label"), align="right"),
        Column("per_call", words("column.per_call"), align="right"),
        Column("per_1k", words("column.per_1k"), align="right"),
    ]
    title = words("cost.table", by=words(f"by.{by}").lower())
    panels.section(title, (words("cost.table_help"),))
    caption = more(shown, len(usage), page)
    panels.table(columns, rows, label=title, caption=caption, empty=words("table.none"))


def parts(answer: pd.DataFrame, frame: Frame, page: Page) -> None:
    """Tokens a window by part."""
    words, formats = page.words, page.formats
    names = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "reasoning_tokens", "total_tokens")
    windows = frame.windows.assign(**{n: per_window(answer, frame, n) for n in names})
    split = metrics.token_parts(windows)
    shown = [part for part in metrics.TOKEN_PARTS if part != "unsplit" or split[part].sum() > 0]
    figure = figures.tokens_over_time(
        windows, split, axis=frame.axis, bands=frame.bands,
        names={part: words(f"overview.{part}") for part in shown},
        y_title=words("cost.tokens_axis", per=frame.per), count=formats.count,
    )  # fmt: skip
    draw(
        figure, "token_parts", page, frame, title=words("cost.parts", per=frame.per),
        definition=[words("cost.parts_help")], values=windows["total_tokens"], text=formats.count,
    )  # fmt: skip


def sources(answer: pd.DataFrame, frame: Frame, page: Page, *, prices_of: date) -> None:
    """Cost a window by where it comes from; `prices_of` is the date of the price library."""
    words, formats = page.words, page.formats
    columns = {"reported_usd": "reported", "own_usd": "own", "estimated_usd": "estimated"}
    windows = frame.windows.assign(**{n: per_window(answer, frame, n) for n in columns})
    names = {
        c: words(f"cost.{word}") for c, word in columns.items() if c == "reported_usd" or windows[c].sum() > 0
    }
    figure = figures.cost_by_source_over_time(
        windows, axis=frame.axis, bands=frame.bands, names=names,
        y_title=words("cost.usd_axis", per=frame.per), text=formats.usd, total=words("by.all"),
    )  # fmt: skip
    draw(
        figure, "sources", page, frame, title=words("cost.source_chart", per=frame.per),
        definition=[words("cost.source_chart_help", date=formats.day(prices_of))],
        values=per_window(answer, frame, "cost_usd"), text=formats.usd,
    )  # fmt: skip


def _split(row: dict[str, Any], page: Page) -> str:
    """Prompt + completion tokens, or "" where they are not told apart."""
    if pd.isna(row["prompt_tokens"]) and pd.isna(row["completion_tokens"]):
        return ""
    return f"{page.formats.compact(row['prompt_tokens'])} + {page.formats.compact(row['completion_tokens'])}"


def _source(row: dict[str, float], page: Page) -> Cell:
    """Whether a cost is reported or estimated, or in which shares; and tokens without any price."""
    words, formats = page.words, page.formats
    known = {name: row[name] for name in ("reported_usd", "estimated_usd", "own_usd") if pd.notna(row[name])}
    guessed = known.get("estimated_usd", 0.0) + known.get("own_usd", 0.0)
    unpriced = row["unpriced_tokens"]
    note = words("cost.kpi.priced.unpriced", tokens=formats.compact(unpriced)) if unpriced else ""
    if not guessed:
        return Cell(words("cost.reported") if "reported_usd" in known else "–", note=note)
    if "reported_usd" not in known:
        return Cell(words("cost.estimated" if "estimated_usd" in known else "cost.own"), note=note)
    reported, estimated = formats.usd(known["reported_usd"]), formats.usd(guessed)
    return Cell(words("cost.mixed", reported=reported, estimated=estimated), note=note)
