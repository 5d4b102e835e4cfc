"""The server: Streamlit's pages, with health, security headers and compressed files around them.

Run it with ``streamlit run app.py``, or everything at once with ``make run``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from agentops_client import AgentOpsError
from dashboard.access import AccessProblem
from dashboard.admission import access_rules
from dashboard.alerts.rules import RulesProblem
from dashboard.alerts.shared import alert_rules
from dashboard.bugs import show_bug
from dashboard.logs import configure_logs
from dashboard.pricing import PricesProblem
from dashboard.settings import SettingsProblem, dashboard_settings
from dashboard.shelf import prices
from dashboard.startup import check_start
from dashboard.web import Compressed, Guard, Preloaded, SecurityHeaders, lifespan, routes

try:
    settings = dashboard_settings()
    prices()
    alert_rules()
    access_rules()
    check_start(settings)
    configure_logs(settings)
except (SettingsProblem, PricesProblem, RulesProblem, AccessProblem, AgentOpsError) as problem:
    sys.exit(f"The dashboard cannot start. {problem}")

app = st.App(
    Path(__file__).parent / "dashboard" / "main.py",
    routes=routes,
    middleware=[
        Middleware(SecurityHeaders, frame_ancestors=settings.frame_ancestors),
        Middleware(
            Guard,
            proxies=settings.trusted_proxies if settings.auth == "proxy" else None,
            user_header=settings.proxy_user_header,
            groups_header=settings.proxy_groups_header,
            metrics_from=settings.metrics_from,
        ),
        Middleware(Compressed),
        Middleware(Preloaded),
    ],
    lifespan=lifespan,
    on_script_error=show_bug,
)
