"""In what failed or slow traces differ from the rest, as far as that is more than chance."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .. import figures, metrics, panels
from ..archive import reading
from ..archive.reading.differences import Bad
from ..choices import choice
from ..panels import Page
from ..queries.spans import SpanRange
from .tables import name, records

#: Differences that are drawn, the strongest first.
SHOWN = 10


def section(span: SpanRange, page: Page) -> None:
    """Draws the choice and the strongest differences, or says why there is none."""
    words, formats = page.words, page.formats
    options: dict[Bad, str] = {"failed": words("differ.failed"), "slow": words("differ.slow")}
    title = words("differ.title")
    least = formats.count(metrics.ENOUGH)
    panels.section(title, (words("differ.failed_help", least=least), words("differ.slow_help", least=least)))
    bad = choice("bad", options, label=words("differ.bad"))
    counts = span.ask(reading.differences, bad, zone=page.scope.tz)
    found = metrics.compare_shares(counts)
    sides = counts[["bad_total", "rest_total"]].head(1).sum()
    numbers = {"bad": formats.count(sides["bad_total"]), "rest": formats.count(sides["rest_total"])}
    if sides.min() < metrics.ENOUGH:
        panels.hint(words("differ.too_few", least=least, **numbers))
        return
    told = found[found["verdict"] == "significant"].head(SHOWN)
    if told.empty:
        compared = formats.count(found["p_value"].notna().sum())
        panels.hint(words("differ.none", compared=compared, **numbers))
        return
    shown = _rows(told, page)
    names = {
        "bad": f"{words(f'differ.bad_{bad}')} (n = {numbers['bad']})",
        "rest": f"{words('differ.rest')} (n = {numbers['rest']})",
    }
    figure = figures.comparison(shown, names=names, x_title=words("differ.chart"), text=formats.percent)
    described = "; ".join(f"{row['label']}: {row['words']}" for row in records(shown))
    panels.chart(
        figure, "differences", title=words("differ.chart"), description=described, words=words,
        zone=page.scope.zone, height=int(figure.layout["height"]),
    )  # fmt: skip


def _rows(told: pd.DataFrame, page: Page) -> pd.DataFrame:
    return told.assign(
        label=[_label(row, page) for row in records(told)],
        words=[_words(row, page) for row in records(told)],
        sure=True,
    )


def _label(row: dict[str, Any], page: Page) -> str:
    value = name(row["value"], page)
    if row["attribute"] == "hour" and row["value"]:
        value = f"{row['value']}:00–{row['value']}:59"
    return f"{page.words('differ.attribute_' + row['attribute'])}: {value}"


def _words(row: dict[str, Any], page: Page) -> str:
    return page.words("differ.points", value=page.formats.signed(row["points"]))
