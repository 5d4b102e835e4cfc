"""The doctor against single answers that are broken, each in its own way."""

from __future__ import annotations

from typing import Any

import pytest

from agentops_client.doctor import STEPS, StepName, exit_status, verdict
from tests.agentops_client.upstreams import READS, V4, Upstream, code, examined

OF_LIST = ["detail", "log", "freshness", "litellm"]
HTML = "<html><head><title>Sign in</title></head><body><h1>Corporate proxy</h1></body></html>"
LIST = r"GET /v4/traces(/list/.*)?"
DETAIL = r"GET /v4/traces/(detail/)?[0-9a-f]{32}"

#: What is broken, which step says so and how, what is skipped for it, and what else is not ok.
ANSWERS: dict[str, tuple[dict[str, Any], StepName, str, list[str], dict[str, str]]] = {
    "health 500": ({"GET /health": (500, {"error": "x"})}, "health", "upstream_failed", [], {}),
    "a proxy's page everywhere": (
        {".*": (200, HTML)},
        "health",
        "answer_unreadable",
        ["jwt", "project", "dialect", *READS],
        {"token": "answer_unreadable"},
    ),
    "the dashboard instead of the API": (
        {".*": (404, HTML)},
        "token",
        "not_agentops",
        ["jwt", "project", "dialect", *READS],
        {"health": "not_agentops"},
    ),
    "a proxy's sign-in before the API": (
        {".*": (302, "")},
        "token",
        "unexpected_redirect",
        ["jwt", "project", "dialect", *READS],
        {"health": "unexpected_redirect"},
    ),
    "the key refused with 401": (
        {"POST /v3/auth/token": (401, {"error": "Invalid API key"})},
        "token",
        "key_refused",
        ["jwt", "project", "dialect", *READS],
        {},
    ),
    "PostgreSQL down": (
        {"POST /v3/auth/token": (500, {"error": "Authentication failed"})},
        "token",
        "upstream_failed",
        ["jwt", "project", "dialect", *READS],
        {},
    ),
    "a token that is refused at once": (
        {"GET /v3/auth/token": (401, {"detail": "Invalid token"})},
        "token",
        "token_refused",
        ["jwt", "project", "dialect", *READS],
        {},
    ),
    "v4 in neither form": (
        {V4: (404, {"detail": "Not Found"})},
        "dialect",
        "not_agentops",
        READS,
        {},
    ),
    "ClickHouse down": (
        {V4: (500, {"detail": "Internal Server Error"})},
        "list",
        "upstream_failed",
        OF_LIST,
        {"dialect": "dialect_unknown", "metrics": "upstream_failed"},
    ),
    "the list 500": ({LIST: (500, {"detail": "odd span"})}, "list", "upstream_failed", OF_LIST, {}),
    "metrics 500": ({"GET /v4/meterics/.*": (500, "")}, "metrics", "upstream_failed", [], {}),
    "metrics of another form": (
        {"GET /v4/meterics/.*": (200, {"project": 1})},
        "metrics",
        "answer_unreadable",
        [],
        {},
    ),
    "the trace 500": ({DETAIL: (500, {"detail": "x"})}, "detail", "upstream_failed", ["litellm"], {}),
    "the trace gone": (
        {DETAIL: (404, {"detail": "Trace not found."})},
        "detail",
        "trace_not_found",
        ["litellm"],
        {},
    ),
    "the log 500": ({"GET /v4/logs/.*": (500, {"detail": "x"})}, "log", "upstream_failed", [], {}),
    "the log forbidden by a proxy": ({"GET /v4/logs/.*": (403, HTML)}, "log", "forbidden", [], {}),
    "rate limit": (
        {"POST /v3/auth/token": (429, {"detail": "slow down"})},
        "token",
        "rate_limited",
        ["jwt", "project", "dialect", *READS],
        {},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_broken_answer(agentops: Upstream, name: str) -> None:
    broken, step, expected, skipped, others = ANSWERS[name]
    agentops.broken.update(broken)
    found = examined(agentops.url, agentops)
    assert code(found, step) == ("failed", expected)
    assert [s for s in STEPS if found[s].because is not None] == skipped
    assert {s: f.code for s, f in found.items() if f.state in ("failed", "warning") and s != step} == others
    assert exit_status(found.values()) == 1
    assert verdict(found.values()) == "failed"
