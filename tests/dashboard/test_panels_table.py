"""Tables: what stands where in the markup, hostile text, addresses."""

from __future__ import annotations

import pytest

from dashboard.panels import Cell, Column, level_cell, trace_cell
from dashboard.panels.table import table_markup
from tests.dashboard.markup import elements, one

NAME = Column("name", "Model")
COST = Column("cost", "Cost, USD", align="right", definition=("Sum.", "Once."), bar=True)
HOSTILE = '"><img src=x onerror=alert(1)>{evil}</td>'


def field(cell: Cell | str, **options: object) -> str:
    """The markup of a table with that one cell."""
    return table_markup([Column("x", "X", **options)], [{"x": cell}], label="t")


def test_headings_rows_and_names() -> None:
    page = table_markup(
        [NAME, COST],
        [{"cost": "$2", "name": "a"}, {"name": "b", "cost": "$1"}],
        label="Models",
        caption="Top 2",
    )
    assert [(th["scope"], th.text[:9]) for th in elements(page, "th")] == [
        ("col", "Model"), ("col", "Cost, USD"), ("row", "a"), ("row", "b"),
    ]  # fmt: skip
    assert [td.text for td in elements(page, "td")] == ["$2", "$1"]
    assert one(page, "caption").text == "Top 2"
    box = one(page, "ao-table")
    assert (box["role"], box["aria-label"], box["tabindex"]) == ("region", "Models", "0")
    assert one(page, "table")["aria-label"] == "Models"


def test_alignment_and_kind_are_the_columns() -> None:
    page = table_markup([Column("id", "Id", mono=True), COST], [{"id": "1", "cost": "$2"}], label="t")
    assert [e["class"] for e in elements(page, "th")] == ["left mono", "right bars", "left mono"]
    assert one(page, "td")["class"] == "right bars"


def test_a_definition_is_behind_a_mark_and_not_in_the_headings_name() -> None:
    page = table_markup([COST], [], label="t")
    assert one(page, "ao-info")["aria-label"] == "Sum. Once."
    assert one(page, "th")["aria-label"] == "Cost, USD"


def test_an_empty_table_keeps_its_headings_and_says_why() -> None:
    page = table_markup([NAME, COST], [], label="t", empty="No call.")
    assert len(elements(page, "th")) == 2
    nothing = one(page, "td")
    assert (nothing["colspan"], nothing.text) == ("2", "No call.")


def test_a_row_without_a_column_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="cost"):
        table_markup([NAME, COST], [{"name": "a"}], label="t")


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.25, "0.2500"), (0.0, "0.0000"), (1.2, "1.0000"), (-1.0, "0.0000")]
)
def test_a_share_is_the_length_of_a_bar(share: float, drawn: str) -> None:
    assert one(field(Cell("25 %", share=share), bar=True), "bar")["style"] == f"--ao-share:{drawn}"


@pytest.mark.parametrize("share", [None, float("nan")])
def test_an_unknown_share_has_no_bar(share: float | None) -> None:
    assert "style" not in one(field(Cell("–", share=share), bar=True), "bar").attributes


def test_only_a_column_with_bars_draws_them() -> None:
    assert elements(field(Cell("25 %", share=0.25)), "bar") == []


def test_a_trace_is_its_first_eight_characters() -> None:
    link = one(field(trace_cell("0123456789abcdef", href="?trace=0123456789abcdef"), mono=True), "a")
    assert (link.text, link["title"]) == ("01234567", "0123456789abcdef")
    assert link["href"] == "?trace=0123456789abcdef"
    assert "target" not in link.attributes


def test_a_level_is_sign_and_word() -> None:
    page = field(level_cell("97.2 %", "good", mood="good", note="of 1,188"))
    assert one(page, "ao-mark")["class"] == "ao-mark good"
    assert one(page, "ao-mark").text == "● 97.2 % good"
    assert one(page, "sign")["aria-hidden"] == "true"
    assert one(page, "small").text == "of 1,188"
    assert level_cell("–", "", mood="").text == "–"


@pytest.mark.parametrize(
    ("text", "reachable"),
    [("a" * 20, False), ("a" * 21, True), ("가" * 10, False), ("가" * 11, True)],
)
def test_a_long_name_can_be_focused_and_has_its_whole_text(text: str, reachable: bool) -> None:
    found = [(e["tabindex"], e["title"], e.text) for e in elements(field(text), "cut")]
    assert found == ([("0", text, text)] if reachable else [])


def test_an_exact_figure_is_shown_on_hover_without_a_stop_for_the_keyboard() -> None:
    cell = one(field(Cell("$0.0043", exact="$0.004321")), "cut")
    assert cell["title"] == "$0.004321"
    assert "tabindex" not in cell.attributes


def test_hostile_text_stays_text_everywhere() -> None:
    cell = Cell(HOSTILE, exact=HOSTILE, note=HOSTILE, mood="bad", href="?m=1")
    column = Column("x", HOSTILE, definition=(HOSTILE,))
    page = table_markup([column], [{"x": cell}], label=HOSTILE, caption=HOSTILE)
    assert elements(page, "img") == []
    assert one(page, "a")["title"] == HOSTILE
    assert one(page, "small").text == HOSTILE
    assert one(page, "caption").text == HOSTILE
    assert one(page, "table")["aria-label"] == HOSTILE
    assert one(table_markup([column], [], label="t", empty=HOSTILE), "td").text == HOSTILE


def test_half_a_surrogate_pair_reaches_the_page_as_a_question_mark() -> None:
    page = field("가\ud800b")
    assert one(page, "ao-text").text == "가?b"
    page.encode()


@pytest.mark.parametrize(
    "href",
    ["?trace=1", "traces?trace=1#top", "/traces", "./x?at=12:30", "http://a.example/x", "https://a.example"],
)
def test_addresses_that_may_be_linked(href: str) -> None:
    link = one(field(Cell("x", href=href)), "a")
    assert link["href"] == href
    assert (link.attributes.get("rel") == "noopener noreferrer") is href.startswith("http")


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "data:text/html,x", "//evil.example/x", "\\\\evil.example", "/\\evil.example", "ftp://a.example",
        "https:evil.example", "http://[bad", "vbscript:x",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(href: str) -> None:
    with pytest.raises(ValueError, match="not an address to link"):
        Cell("x", href=href)
