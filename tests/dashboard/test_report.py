"""The report's two files: what stands in them; nothing of others becomes markup, nothing is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from dashboard.report import Drawing, Fact, Figure, Link, Report, Table, to_html, to_markdown

HOSTILE = "</script><script>window.hit=1</script> [x](javascript:hit) | `a` <!-- \u202e"


def report(text: str = "gpt-4o") -> Report:
    figure = json.dumps({"data": [{"name": text}], "layout": {}})
    to_trace = Link(text, "https://x.example/trace?trace=1")
    return Report(
        title=f"AgentOps: {text}",
        language="en",
        facts=(Fact("Source", "http://localhost:8003"), Fact("Page", "open", "https://x.example/trace?a=1&b=2")),
        notes=(text,),
        figures=(Figure("Cost", "$1.50", text, "Sum of the costs."),),
        drawings=(Drawing("Cost per hour", text, "Sum.", figure),),
        tables=(
            Table("Errors", ("Error", "Trace"), ((text, to_trace),), "None."),
            Table("Failed", ("Trace",), (), "None."),
        ),
        formulas="Formulas",
    )  # fmt: skip


def test_html_says_all_of_it() -> None:
    page = to_html(report(), plotly_js="var Plotly = {};").decode()
    for said in (
        "<h1>AgentOps: gpt-4o</h1>",
        "<dt>Source</dt>",
        "<b>$1.50</b>",
        "Sum of the costs.",
        "None.",
    ):
        assert said in page
    assert 'href="https://x.example/trace?trace=1"' in page
    assert 'href="https://x.example/trace?a=1&amp;b=2"' in page


def test_html_asks_nothing_of_anybody() -> None:
    page = to_html(report(), plotly_js="").decode()
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"<(?:link|img|iframe)|\ssrc=|@import|url\(", page)


def test_what_others_wrote_is_no_markup() -> None:
    page = to_html(report(HOSTILE), plotly_js="a('</script><!--')").decode()
    # style apart, the scripts are the figure's, plotly's and ours, and each ends where it should
    assert page.count("<script") == 3
    assert page.count("</script>") == 3
    (data,) = re.findall(r'id="figure-0">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data)["data"][0]["name"] == HOSTILE
    assert "<!--" not in page


def test_a_link_that_is_none_is_text() -> None:
    table = Table("T", ("A",), ((Link("name", "javascript:alert(1)"),),), "")
    shady = replace(report(), tables=(table,))
    assert b"javascript" not in to_html(shady, plotly_js="")
    assert "javascript" not in to_markdown(shady)


def test_half_a_surrogate_pair_is_written_as_a_question() -> None:
    assert "AgentOps: x?" in to_html(report("x\ud83d"), plotly_js="").decode()


def test_markdown_escapes_every_sign() -> None:
    text = to_markdown(report(HOSTILE))
    assert "<script" not in text.replace("\\<", "")
    row = next(line for line in text.splitlines() if "javascript" in line and line.startswith("| "))
    assert re.sub(r"\\.", "", row).count("|") == 3  # two fields
    assert "[x](javascript" not in text
    assert "](<https://x.example/trace?trace=1>)" in text
