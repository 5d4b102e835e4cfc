"""The frame of every page: who is looking, configuration, stylesheet, navigation, the scope's widgets."""

from pathlib import Path

import streamlit as st

from dashboard import sign_in
from dashboard.admission import NotAdmitted, admit
from dashboard.panels import frame, use_style
from dashboard.scope_state import current_scope, reader_language
from dashboard.scope_widgets import sidebar
from dashboard.text import Words

ROOT = Path(__file__).parent.parent
PAGES = ("overview", "on_call", "traces", "cost", "performance", "agents", "health")

viewer, refusal = None, NotAdmitted("sign_in")
try:
    viewer = admit()
except NotAdmitted as not_admitted:
    refusal = not_admitted
words = Words(current_scope().language if viewer else reader_language())
st.set_page_config(
    page_title=words("app.title"),
    page_icon=str(ROOT / "dashboard" / "icon.png"),  # an icon by name would be asked from an outside host
    layout="wide",
    initial_sidebar_state=frame.sidebar_state(),
)
use_style()
pages = [
    st.Page(ROOT / "pages" / f"{name}.py", title=words(f"nav.{name}"), default=name == PAGES[0])
    for name in PAGES
]
page = st.navigation(
    [*pages, st.Page(ROOT / "pages" / "trace.py", title=words("nav.trace"), visibility="hidden")],
    position="sidebar" if viewer else "hidden",
)
frame.fit(page, pages if viewer else [], words)
if viewer is None:
    sign_in.draw(refusal, words)
    st.stop()
# On call is always the last hour; health is now.
sidebar(with_range=page.url_path not in ("on_call", "health"))
if viewer.name:
    sign_in.signed_in(viewer.name, viewer.role, words)
page.run()
