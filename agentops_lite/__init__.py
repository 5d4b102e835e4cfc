"""AgentOps in one process: OTLP in, AgentOps' v3 and v4 HTTP API out.

The embedded default of the dashboard, the double in its tests, and the AgentOps of a laptop. It answers
like a real AgentOps server, traps included; `tests/agentops_lite/test_contract.py` compares the two field
by field.
"""

from agentops_lite.app import LITE_HEADER, create_app
from agentops_lite.config import (
    DEFAULT_API_KEY,
    DEFAULT_EMAIL,
    DEFAULT_PASSWORD,
    DEFAULT_PROJECT_ID,
    LiteConfig,
    Project,
)
from agentops_lite.server import serve

__all__ = [
    "DEFAULT_API_KEY",
    "DEFAULT_EMAIL",
    "DEFAULT_PASSWORD",
    "DEFAULT_PROJECT_ID",
    "LITE_HEADER",
    "LiteConfig",
    "Project",
    "create_app",
    "serve",
]
