"""What is shown instead of any page to somebody who is not let in: why, and what to do."""

from __future__ import annotations

import streamlit as st

from .admission import NotAdmitted
from .panels import html
from .settings import dashboard_settings
from .text import Words, inert

#: Reasons that a new sign-in mends, where one signs in here.
_MENDED = {"sign_in", "ended"}


def draw(refusal: NotAdmitted, words: Words) -> None:
    """Draws the content of the page; nothing of AgentOps is in it."""
    settings = dashboard_settings()
    with st.container(key="ao-panel"):
        st.html(
            html(
                '<section class="ao-panel" role="alert"><h1>{title}</h1>'
                '<p class="cause">{text}</p></section>',
                title=words(f"access.{refusal.why}"),
                text=_detail(refusal, words),
            )
        )
        if settings.auth != "oidc":
            if settings.sign_in_url:
                st.link_button(words("access.sign_in_button"), settings.sign_in_url)
        elif refusal.why in _MENDED:
            if st.context.is_embedded:
                st.caption(words("access.framed"))
            st.button(words("access.sign_in_button"), on_click=st.login, type="primary")
        else:
            st.button(words("access.sign_out"), on_click=st.logout)


def signed_in(name: str, role: str, words: Words) -> None:
    """Who is looking, at the foot of the sidebar; and the way out where there is one."""
    with st.sidebar:
        st.caption(words("access.as", name=inert(name), role=words(f"access.role_{role}")))
        if dashboard_settings().auth == "oidc":
            st.button(words("access.sign_out"), on_click=st.logout, key="access_sign_out")


def _detail(refusal: NotAdmitted, words: Words) -> str:
    named = refusal.why in ("refused", "no_project")
    return words(f"access.{refusal.why}_detail", **({"name": refusal.name} if named else {}))
