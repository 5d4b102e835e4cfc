"""Spans as applications send them, made by hand for tests, and the way into an embedded AgentOps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from agentops_lite.config import DEFAULT_API_KEY

#: Priced by the collector at $0.15 and $0.60 a million tokens: easy to check in the head.
MODEL = "gpt-4o-mini-2024-07-18"
STATUS = {"UNSET": 0, "OK": 1, "ERROR": 2}


def span(
    trace: int,
    number: int,
    started_at: datetime,
    *,
    seconds: float = 1.0,
    status: str = "OK",
    parent: int | None = None,
    name: str = "openai.chat.completion",
    **attributes: Any,
) -> dict[str, Any]:
    """One span in OTLP's JSON. `trace` and `number` become its ids; attribute names use ``__`` for a dot."""
    start = round(started_at.timestamp() * 1_000_000_000)
    made = {
        "traceId": f"{trace:032x}",
        "spanId": f"{trace:08x}{number:08x}",
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + round(seconds * 1_000_000_000)),
        "status": {"code": STATUS[status]},
        "attributes": [
            {"key": key.replace("__", "."), "value": {"stringValue": str(value)}}
            for key, value in attributes.items()
        ],
    }
    if parent is not None:
        made["parentSpanId"] = f"{trace:08x}{parent:08x}"
    return made


def llm(
    trace: int, number: int, started_at: datetime, prompt: int, completion: int, **more: Any
) -> dict[str, Any]:
    """A model call in the SDK's dialect."""
    usage = {
        "gen_ai__response__model": MODEL,
        "gen_ai__usage__prompt_tokens": prompt,
        "gen_ai__usage__completion_tokens": completion,
        "gen_ai__usage__total_tokens": prompt + completion,
    }
    return span(trace, number, started_at, **{**usage, **more})


def send(
    url: str, spans: Sequence[dict[str, Any]], *, service: str = "agentops", key: str = DEFAULT_API_KEY
) -> None:
    """Delivers `spans` to the AgentOps at `url` and checks that it took them."""
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeSpans": [{"spans": list(spans)}],
            }
        ]
    }
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        token = client.post("/v3/auth/token", json={"api_key": key}).raise_for_status().json()["token"]
        client.post("/v1/traces", json=body, headers={"Authorization": f"Bearer {token}"}).raise_for_status()


def ten_traces(now: datetime) -> list[dict[str, Any]]:
    """Ten traces within the last ten minutes whose sums one can check in the head.

    Six succeed, two fail, two stay indeterminate. Each has one model call with 100,000 prompt tokens
    (20,000 of them read from a cache) and 50,000 completion tokens (10,000 of them reasoning), so each
    costs 0.1 x $0.15 + 0.05 x $0.60 = $0.045; together $0.45 and 1,500,000 tokens.
    """
    outcomes = ["OK"] * 6 + ["ERROR"] * 2 + ["UNSET"] * 2
    return [
        llm(
            trace, 1, now - timedelta(minutes=trace), 100_000, 50_000, status=status,
            gen_ai__usage__cache_read_input_tokens=20_000, gen_ai__usage__reasoning_tokens=10_000,
        )
        for trace, status in enumerate(outcomes, start=1)
    ]  # fmt: skip
