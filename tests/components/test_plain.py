from __future__ import annotations

import html

import pytest

from dashboard.components.plain import plain


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("gpt-4o mini", "gpt-4o mini"),
        ("<b>", "&lt;b&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;", "&amp;lt;"),
        ("%{x}", "&#37;{x}"),
        ("$\\alpha$", "&#36;\\alpha&#36;"),
        ("two\r\n\tlines", "two lines"),
        ("\u202egnp.exe\u2066\u200f", "gnp.exe"),
        ("에이전트 👩‍💻", "에이전트 👩‍💻"),
        ("", ""),
    ],
)
def test_inert(text, inert):
    assert plain(text) == inert


def test_all_characters_come_back_when_plotly_decodes():
    text = "<a href=\"javascript:x\">%{y} $1 & 'q'"
    assert html.unescape(plain(text)) == text
