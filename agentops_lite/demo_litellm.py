"""The demonstration's litellm traffic: calls of the library, and calls through its proxy."""

from __future__ import annotations

from agentops_lite.demo_faults import Fault
from agentops_lite.demo_scripts import model_call, question_and_answer, seconds
from agentops_lite.demo_trace import MS, TraceBuilder, vendor_of


def library_call(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    """litellm as a library: two spans, no session; the self-hosted model has no price."""
    rng = build.rng
    model = rng.choices(
        ("gpt-4o-mini", "gpt-4o", "claude-3-5-haiku-20241022", "hosted_vllm/qwen2.5-72b"), (5, 2, 2, 3)
    )[0]
    question, answer = question_and_answer(rng)
    call = model_call(rng, model, question, answer, 700)
    pace *= 0.6 if vendor_of(model) == "hosted_vllm" else 1
    build.litellm_call(
        call, start=start, end=start + seconds(rng, 1.8, pace), user="batch-서비스", fault=fault
    )


def proxy_call(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    """A call through litellm's proxy: the request's own spans around the two of the call."""
    rng = build.rng
    question, answer = question_and_answer(rng)
    call = model_call(
        rng, rng.choice(("gpt-4o-mini", "gpt-4o", "claude-sonnet-4-20250514")), question, answer, 900
    )
    root, received = build.new_id(), build.new_id()
    sent = start + 5 * MS
    end = build.litellm_call(
        call,
        parent=received,
        start=sent,
        end=sent + seconds(rng, 1.6, pace),
        user="agent-portal",
        fault=fault,
    )
    code = str(fault.code or 500) if fault else "200"
    route = {"http.route": "/v1/chat/completions", "http.response.status_code": code}
    for name, begin, until in (
        ("auth", start + MS, start + 2 * MS),
        ("proxy_pre_call", start + 3 * MS, start + 4 * MS),
        ("router", sent, end - MS),
        ("self", sent + MS, end - 2 * MS),
        ("batch_write_to_db", end, end + 8 * MS),
    ):
        service = {"call_type": name, "service": name}
        failed = fault is not None and name in ("router", "self")
        build.add(
            name,
            parent=received,
            start=begin,
            end=until,
            attributes=service,
            scope="litellm",
            status="Error" if failed else "Ok",
        )
    build.add(
        "Received Proxy Server Request",
        span_id=received,
        parent=root,
        start=start + MS,
        end=end + 9 * MS,
        attributes=route,
        kind="Server",
        scope="litellm",
        status="Error" if fault else "Ok",
    )
    build.add(
        "POST /v1/chat/completions",
        span_id=root,
        start=start,
        end=end + 10 * MS,
        kind="Server",
        scope="fastapi",
        attributes={"http.request.method": "POST", "url.path": "/v1/chat/completions", **route},
    )
