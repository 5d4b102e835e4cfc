"""The sidebar: range, bucket, time zone, language and refresh.

The scope in the session is the truth: before each widget is drawn it is given the scope's value, and a
change of the widget changes the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from . import admission
from .scope import CUSTOM, LANGUAGES, Scope, check_bounds
from .scope_state import choose, choose_custom, current_scope, default_scope, problems, write_address
from .settings import REFRESH_CHOICES, zone_names
from .text import Words, inert
from .windows import ROLLING, automatic_bucket

#: Parameters that name something of one project.
OF_ONE_PROJECT = ("trace", "span", "with", "page")
_LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}


def sidebar(*, with_range: bool = True) -> None:
    """Draws the widgets of the scope, says what of the address was wrong, and mirrors it there.

    Args:
        with_range: whether the page is about the chosen range; the widgets of one that is not are left out,
            and the scope keeps its range for the other pages.
    """
    scope = current_scope()
    words = Words(scope.language)
    with st.sidebar:
        if scope.project:
            _select("project", admission.choices(), scope.project, words, shown=str, chosen=_choose_project)
        if with_range:
            _range(scope, words)
            _bucket(scope, words)
        _select("refresh_s", REFRESH_CHOICES, scope.refresh_s, words, shown=lambda s: _every(s, words))
        _select("zone", _zones(scope), scope.zone, words, shown=str)
        _select("language", LANGUAGES, scope.language, words, shown=lambda n: _LANGUAGE_NAMES[n])
        if scope != default_scope():
            st.button(words("scope.reset"), on_click=lambda: choose(default_scope()), key="scope_reset")
    for problem in problems():
        st.warning(
            words(
                "scope.bad_parameter",
                parameter=problem.parameter,
                value=inert(problem.value),
                expected=problem.expected,
            )
        )
    write_address()


def _range(scope: Scope, words: Words) -> None:
    names = (*ROLLING, CUSTOM)
    _select("range", names, scope.range, words, shown=lambda n: words(f"range.{n}"), chosen=_choose_range)
    if scope.range == CUSTOM:
        _custom_range(scope, words)


def _select(
    field: str,
    options: Sequence[Any],
    value: object,
    words: Words,
    *,
    shown: Callable[[Any], str],
    chosen: Callable[[Any], None] | None = None,
) -> None:
    key = f"scope_{field}"
    st.session_state[key] = value

    def changed() -> None:
        if chosen is not None:
            chosen(st.session_state[key])
        else:
            choose(replace(current_scope(), **{field: st.session_state[key]}))

    st.selectbox(words(f"scope.{field}"), options, format_func=shown, key=key, on_change=changed)


def _choose_project(name: str) -> None:
    """Another project has other traces: what the address names besides the view is not in it."""
    for parameter in [each for each in OF_ONE_PROJECT if each in st.query_params]:
        del st.query_params[parameter]
    choose(replace(current_scope(), project=name))


def _choose_range(name: str) -> None:
    scope = current_scope()
    if name == CUSTOM:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        choose_custom(now - scope.span, now)
    else:
        choose(replace(scope, range=name, start=None, end=None, bucket=None))


def _custom_range(scope: Scope, words: Words) -> None:
    """Two wall-clock times of the reporting zone."""
    bounds = {"from": scope.start, "to": scope.end}
    for name, moment in bounds.items():
        if moment is not None:
            st.session_state[f"scope_{name}"] = moment.astimezone(scope.tz).replace(tzinfo=None)
        st.datetime_input(
            words(f"scope.{name}"),
            key=f"scope_{name}",
            step=timedelta(minutes=1),
            on_change=_choose_bounds,
        )
    complaint = st.session_state.pop("scope_complaint", None)
    if complaint:
        st.error(words(complaint))


def _choose_bounds() -> None:
    scope = current_scope()
    chosen: list[datetime] = []
    for name, present in (("from", scope.start), ("to", scope.end)):
        shown: datetime | None = st.session_state[f"scope_{name}"]
        if shown is None or present is None:
            return
        moment = shown.replace(tzinfo=scope.tz, microsecond=0).astimezone(UTC)
        # The widget knows no seconds; what it did not change keeps them.
        unchanged = moment.replace(second=0) == present.replace(second=0)
        chosen.append(present if unchanged else moment)
    start, end = chosen
    if (start, end) == (scope.start, scope.end):
        return
    complaint = check_bounds(start, end, datetime.now(UTC))
    if complaint is None:
        choose_custom(start, end)
    else:
        st.session_state["scope_complaint"] = complaint


def _bucket(scope: Scope, words: Words) -> None:
    names = {name: words(f"bucket.{name}") for name in scope.buckets}
    names["auto"] = words("scope.bucket_auto", bucket=words(f"bucket.{automatic_bucket(scope.span)}"))
    _select(
        "bucket",
        ["auto", *scope.buckets],
        scope.bucket or "auto",
        words,
        shown=lambda name: names[name],
        chosen=lambda name: choose(replace(current_scope(), bucket=None if name == "auto" else name)),
    )


def _every(seconds: int, words: Words) -> str:
    if seconds == 0:
        return words("scope.refresh_off")
    return words(f"bucket.{seconds // 60}m" if seconds >= 60 else f"bucket.{seconds}s")


def _zones(scope: Scope) -> list[str]:
    """The likely ones first: the reader's, Seoul, UTC; then all others."""
    first = list(dict.fromkeys([scope.zone, default_scope().zone, "Asia/Seoul", "UTC"]))
    return first + sorted(name for name in zone_names() if "/" in name and name not in first)
