"""The server: Streamlit's pages, with health, security headers and compressed files around them.

Run it with ``streamlit run app.py``, or everything at once with ``make run``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.alerts.rules import RulesProblem
from dashboard.alerts.shared import alert_rules
from dashboard.bugs import show_bug
from dashboard.pricing import PricesProblem
from dashboard.settings import SettingsProblem, dashboard_settings
from dashboard.shelf import prices
from dashboard.web import Compressed, SecurityHeaders, lifespan, routes

try:
    settings = dashboard_settings()
    prices()
    alert_rules()
except (SettingsProblem, PricesProblem, RulesProblem) as problem:
    sys.exit(f"The dashboard cannot start. {problem}")

app = st.App(
    Path(__file__).parent / "dashboard" / "main.py",
    routes=routes,
    middleware=[
        Middleware(SecurityHeaders, frame_ancestors=settings.frame_ancestors),
        Middleware(Compressed),
    ],
    lifespan=lifespan,
    on_script_error=show_bug,
)
