"""The session's scope, the address, and the widgets that change it.

The scope in the session is the truth. The address mirrors it, so that a reload or a pasted link shows
the same; an address that changed from outside (a link, *Back*) replaces it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from . import admission
from .scope import CUSTOM, LANGUAGES, PARAMETERS, Problem, Scope
from .settings import dashboard_settings, is_zone

_SCOPE, _URL, _PATH, _PROBLEMS = "scope", "scope_url", "scope_path", "scope_problems"


def default_scope() -> Scope:
    """The scope of a bare address: settings first, then what the browser says."""
    settings = dashboard_settings()
    browser_zone = st.context.timezone or "UTC"
    return Scope(
        range=settings.range,
        zone=settings.timezone or (browser_zone if is_zone(browser_zone) else "UTC"),
        language=_language(),
        refresh_s=settings.refresh_s,
        project=next(iter(admission.choices()), ""),
    )


def reader_language() -> str:
    """The language for whoever has no scope, because nobody is let in: the address's, else the default."""
    wanted = st.query_params.get("lang")
    return wanted if wanted in LANGUAGES else _language()


def _language() -> str:
    korean = (st.context.locale or "").lower().startswith("ko")
    return dashboard_settings().language or ("ko" if korean else "en")


def current_scope() -> Scope:
    """The session's scope; on first use, and when the address changed, read from the address."""
    address = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    stored = st.session_state.get(_SCOPE)
    path = urlsplit(st.context.url or "").path
    # After a switch of pages the address is bare; that is no wish for the default. *Back* to one is.
    switched = path != st.session_state.get(_PATH, path) and not address
    st.session_state[_PATH] = path
    if switched:
        st.session_state[_URL] = address  # for whoever asks later in this run, before the address is written
    changed = address != st.session_state.get(_URL)
    choices = admission.choices()
    if stored is None or changed:
        stored, problems = Scope.from_query(address, default_scope(), datetime.now(UTC), choices)
        st.session_state[_SCOPE] = stored
        st.session_state[_PROBLEMS] = problems
        st.session_state[_URL] = address
    if choices and stored.project not in choices:  # it was taken away from this reader
        stored = st.session_state[_SCOPE] = replace(stored, project=choices[0])
    return stored


def problems() -> tuple[Problem, ...]:
    """What of the address could not be used, until the reader changes the view."""
    return st.session_state.get(_PROBLEMS, ())  # type: ignore[no-any-return]


def choose(scope: Scope) -> None:
    """Makes `scope` the session's; the next full run shows it and writes it into the address."""
    if scope.bucket is not None and scope.bucket not in scope.buckets:
        scope = replace(scope, bucket=None)
    st.session_state[_SCOPE] = scope
    st.session_state[_PROBLEMS] = ()


def choose_custom(start: datetime, end: datetime) -> None:
    """A custom range with the rest of the view as it is."""
    choose(replace(current_scope(), range=CUSTOM, start=start, end=end, bucket=None))


def write_address() -> None:
    """Mirrors the scope in the address; parameters that are not ours stay."""
    wanted = current_scope().to_query(default_scope())
    present = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    if present != wanted:
        others = {k: st.query_params.get_all(k) for k in st.query_params if k not in PARAMETERS}
        st.query_params.from_dict({**others, **wanted})
    st.session_state[_URL] = wanted
