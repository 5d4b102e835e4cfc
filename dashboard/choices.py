"""Choices of one page (what to group by, what to measure) as a row of buttons that is also in the URL.

The scope belongs to all pages and is the frame's; these belong to the page that draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

T = TypeVar("T", bound=str)


def choice(name: str, options: Mapping[T, str], *, label: str) -> T:
    """One of `options` (value → wording), the first by default; kept in the session and in the address.

    Args:
        name: the URL parameter; an unknown value in the address gives the default.
        label: what is chosen, for screen readers.
    """
    default = next(iter(options))
    key = f"choice_{name}"
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name, default)
        st.session_state[key] = asked if asked in options else default
    chosen = st.segmented_control(
        label,
        list(options),
        format_func=lambda value: options[value],
        key=key,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    value = chosen or default
    if st.query_params.get(name, default) != value:
        if value == default:
            del st.query_params[name]
        else:
            st.query_params[name] = value
    return value
