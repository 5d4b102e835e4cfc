"""All that a Streamlit server of the tests imports, for the process that such servers are copies of."""

from __future__ import annotations

import importlib
import pkgutil

import dashboard

#: These run a page or a program when they are imported.
SCRIPTS = {"dashboard.main", "dashboard.__main__"}

for _name in ("plotly.graph_objects", "streamlit.web.cli", "streamlit.web.bootstrap", "uvicorn"):
    importlib.import_module(_name)
for _module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
    if _module.name not in SCRIPTS:
        importlib.import_module(_module.name)
