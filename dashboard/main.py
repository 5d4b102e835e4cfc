"""The frame of every page: page configuration, stylesheet, navigation, and the scope's widgets."""

from pathlib import Path

import streamlit as st

from dashboard import sign_in
from dashboard.admission import NotAdmitted, admit
from dashboard.panels import frame, use_style
from dashboard.scope_state import current_scope
from dashboard.scope_widgets import sidebar
from dashboard.text import Words

ROOT = Path(__file__).parent.parent

try:
    viewer = admit()
except NotAdmitted as refusal:
    sign_in.page(refusal)
    st.stop()
words = Words(current_scope().language)
st.set_page_config(
    page_title=words("app.title"),
    page_icon=str(ROOT / "dashboard" / "icon.png"),  # an icon by name would be asked from an outside host
    layout="wide",
    initial_sidebar_state=frame.sidebar_state(),
)
use_style()
PAGES = ("overview", "on_call", "traces", "cost", "performance", "agents", "health")
pages = [
    st.Page(ROOT / "pages" / f"{name}.py", title=words(f"nav.{name}"), default=name == PAGES[0])
    for name in PAGES
]
page = st.navigation(
    [*pages, st.Page(ROOT / "pages" / "trace.py", title=words("nav.trace"), visibility="hidden")]
)
frame.fit(pages, words)
# On call is always the last hour; health is now.
sidebar(with_range=page.url_path not in ("on_call", "health"))
if viewer.name:
    sign_in.signed_in(viewer.name, viewer.role, language=words.language)
page.run()
