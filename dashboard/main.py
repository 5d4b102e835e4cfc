"""The frame of every page: page configuration, stylesheet, navigation, and the scope's widgets."""

from pathlib import Path

import streamlit as st

from dashboard.panels import use_style
from dashboard.scope_state import current_scope
from dashboard.scope_widgets import sidebar
from dashboard.text import Words

ROOT = Path(__file__).parent.parent

words = Words(current_scope().language)
st.set_page_config(
    page_title=words("app.title"),
    page_icon=str(ROOT / "dashboard" / "icon.png"),  # an icon by name would be asked from an outside host
    layout="wide",
    initial_sidebar_state="auto",
)
use_style()
PAGES = ("overview", "on_call", "traces", "cost", "performance", "agents", "health")
page = st.navigation(
    [
        st.Page(ROOT / "pages" / f"{name}.py", title=words(f"nav.{name}"), default=name == PAGES[0])
        for name in PAGES
    ]
    + [st.Page(ROOT / "pages" / "trace.py", title=words("nav.trace"), visibility="hidden")]
)
# On call is always the last hour; health is now.
sidebar(with_range=page.url_path not in ("on_call", "health"))
page.run()
