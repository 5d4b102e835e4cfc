"""What the demonstration's SDK agents do: one function a kind of run, each adding one trace's spans.

Every script takes the builder, the start, a pace (1 is ordinary, at 2.5 providers are slow) and a fault or
None, and leaves complete spans behind. The mixture is in `demo_traces.py`.
"""

from __future__ import annotations

from random import Random

from agentops_lite.demo_faults import GUARDRAIL, TOOL_DOWN, Fault
from agentops_lite.demo_trace import MS, SECOND, Call, TraceBuilder

_QUESTIONS = (
    ("Where is my order {}?", "It left our warehouse yesterday and should arrive on Thursday."),
    ("환불은 언제 처리되나요? (주문 {})", "영업일 기준 3일 안에 처리됩니다. 불편을 드려 죄송합니다."),
    ("How do I change the billing address?", "Open Settings → Billing and choose <b>Edit address</b>."),
    ("비밀번호를 잊어버렸어요", "로그인 화면에서 '비밀번호 재설정'을 누르시면 메일이 발송됩니다."),
    ("Can I get an invoice as PDF?", "Yes: Orders → {} → <a href='#'>Download invoice</a> & print it."),
    ("배송지를 변경하고 싶습니다", "출고 전이라면 주문 {}의 상세에서 변경하실 수 있습니다."),
    ("Parcel {} arrived damaged", "I am sorry. A replacement is on its way; please keep the <i>label</i>."),
    ("쿠폰이 적용되지 않아요", "최소 주문 금액이 30,000원 이상일 때만 사용할 수 있는 쿠폰입니다."),
    ("Do you ship to Jeju & Ulleung?", "Yes, with two more days and a surcharge of ₩3,000."),
    ("주문 {}을 취소해 주세요", "주문 {}이 취소되었습니다. 결제 금액은 자동으로 환불됩니다."),
    ("Which plan includes SSO?", "SSO is part of <b>Business</b> and above; order {} is on Team."),
    ("세금계산서를 다시 발행해 주세요", "담당자 메일로 다시 보내 드렸습니다. 확인 부탁드립니다."),
)
_TOPICS = (
    "vector database licences",
    "국내 LLM 규제 동향",
    "solid-state batteries",
    "OTLP sampling",
    "전기차 보조금",
    "prompt injection in agents",
    "반도체 수출 통계",
    "KV-cache eviction",
)
_FILES = (
    "auth/session.py",
    "web/템플릿.html",
    "billing/invoice.ts",
    "core/<generated>.rs",
    "api/routes.go",
    "search/ranking.py",
    "infra/helm/values.yaml",
)
_MINUTES = (
    "2분기 매출 & 비용 검토",
    "신규 가입 흐름 개선",
    "장애 회고 <P1>",
    "Weekly sync: hiring",
    "보안 점검 결과",
)
_QUEUES = ("billing", "shipping", "account", "기타")
_TAGS = {
    "support-bot": '["prod","support"]',
    "research-assistant": '["prod","research"]',
    "code-review": '["ci"]',
    "문서 요약": '["prod","문서"]',
    "nightly-etl": '["batch","nightly"]',
    "ticket-router": '["prod","support"]',
}


def question_and_answer(rng: Random) -> tuple[str, str]:
    order = rng.randint(10_000, 99_999)
    question, answer = rng.choice(_QUESTIONS)
    return question.format(order), answer.format(order)


def seconds(rng: Random, middle: float, pace: float = 1.0) -> int:
    """A duration around `middle` seconds with a long tail, in nanoseconds."""
    return int(middle * pace * rng.lognormvariate(0, 0.45) * SECOND)


def model_call(
    rng: Random, model: str, prompt: str, answer: str, tokens: int, *, system: str = "You are terse."
) -> Call:
    prompt_tokens = max(12, int(tokens * rng.lognormvariate(0, 0.5)))
    completion = max(4, int(prompt_tokens * rng.uniform(0.08, 0.45)))
    # OpenAI serves long repeated prefixes from its cache, in steps of 128; reasoning models think before
    # they answer.
    cached = prompt_tokens * 3 // 4 // 128 * 128 if prompt_tokens > 1024 and rng.random() < 0.5 else 0
    reasoning = int(completion * rng.uniform(1.0, 3.0)) if model.startswith("o") else 0
    return Call(
        model,
        system,
        prompt,
        answer,
        prompt_tokens,
        completion + reasoning,
        cached_tokens=cached,
        reasoning_tokens=reasoning,
    )


def session(
    build: TraceBuilder,
    name: str,
    *,
    start: int,
    end: int,
    root: str,
    fault: Fault | None,
    given: str,
    result: str,
) -> None:
    """The SDK's root: always UNSET, its outcome in `end_state`, which one in ten runs never sets."""
    extra = {"agentops.tags": _TAGS.get(name, '["prod"]')}
    draw = build.rng.random()
    if fault is not None:
        extra["agentops.session.end_state"] = "Error" if draw < 0.8 else "Fail"
    elif draw < 0.86:
        extra["agentops.session.end_state"] = "Success"
    elif draw < 0.9:
        extra["agentops.session.end_state"] = "Indeterminate"
    build.entity(
        "session",
        name,
        span_id=root,
        parent="",
        start=start,
        end=end,
        given=given,
        result=result,
        extra=extra,
    )


def support(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    rng = build.rng
    question, answer = question_and_answer(rng)
    root, agent = build.new_id(), build.new_id()
    model_fault = fault if fault not in (TOOL_DOWN, GUARDRAIL) else None
    at = start + 2 * MS
    task, task_start = build.new_id(), at
    classify = model_call(rng, "gpt-4o-mini", f"Classify: {question}", "category: orders", 220)
    at = build.sdk_call(classify, parent=task, start=at + MS, end=at + seconds(rng, 0.7, pace))
    at = build.entity(
        "task", "classify", span_id=task, parent=agent, start=task_start, end=at + MS, given=question
    )
    tool_fault = fault if fault is TOOL_DOWN else None
    at = build.entity(
        "tool",
        "search_kb",
        parent=agent,
        start=at,
        end=at + seconds(rng, 0.25),
        given=question,
        result='{"hits": 3}',
        fault=tool_fault,
    )
    if not tool_fault:
        reply = model_call(
            rng, "gpt-4o", question, answer, 1400, system="당신은 친절한 상담원입니다. Answer <b>briefly</b>."
        )
        at = build.sdk_call(
            reply, parent=agent, start=at, end=at + seconds(rng, 2.1, pace), fault=model_fault
        )
        if fault is GUARDRAIL or rng.random() < 0.3:
            guard = fault if fault is GUARDRAIL else None
            at = build.entity(
                "guardrail",
                "pii_check",
                parent=agent,
                start=at,
                end=at + seconds(rng, 0.05),
                given=answer,
                fault=guard,
            )
    build.entity("agent", "support", span_id=agent, parent=root, start=start + MS, end=at + MS)
    session(
        build,
        "support-bot",
        start=start,
        end=at + 2 * MS,
        root=root,
        fault=fault,
        given=question,
        result=answer,
    )


def research(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    rng = build.rng
    topic = rng.choice(_TOPICS)
    root, planner, writer = build.new_id(), build.new_id(), build.new_id()
    at = start + MS
    plan = model_call(rng, "o4-mini", f"Plan a report on {topic}", "1. search 2. read 3. write", 500)
    end = build.sdk_call(plan, parent=planner, start=at, end=at + seconds(rng, 5, pace))
    at = build.entity("agent", "planner", span_id=planner, parent=root, start=at, end=end)
    for number in range(rng.randint(2, 4)):
        agent, begun = build.new_id(), at
        at = build.entity(
            "tool",
            "web_search",
            parent=agent,
            start=at,
            end=at + seconds(rng, 0.9, pace),
            given=topic,
            result='{"hits": ["<script>alert(1)</script>", "결과"]}',
            cost="0.005",
            fault=fault if fault is TOOL_DOWN and number == 0 else None,
        )
        read = model_call(
            rng, "claude-sonnet-4-20250514", f"Summarise source {number} on {topic}", "• finding", 2600
        )
        broken = fault if fault is not TOOL_DOWN and number == 1 else None
        at = build.sdk_call(read, parent=agent, start=at, end=at + seconds(rng, 4, pace), fault=broken)
        build.entity("agent", f"researcher-{number + 1}", span_id=agent, parent=root, start=begun, end=at)
        if broken:
            break
    if fault is None:
        write = model_call(rng, "gpt-4o", f"Write the report on {topic}", f"# {topic}\n\n보고서 초안 …", 4200)
        end = build.sdk_call(write, parent=writer, start=at + MS, end=at + seconds(rng, 8, pace))
        at = build.entity("agent", "writer", span_id=writer, parent=root, start=at, end=end)
    session(
        build,
        "research-assistant",
        start=start,
        end=at + MS,
        root=root,
        fault=fault,
        given=topic,
        result="report.md",
    )


def review(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    rng = build.rng
    root, agent = build.new_id(), build.new_id()
    at = start + MS
    for file in rng.sample(_FILES, rng.randint(1, 3)):
        at = build.entity(
            "tool", "read_file", parent=agent, start=at, end=at + seconds(rng, 0.02), given=file, result="…"
        )
        look = model_call(
            rng, "claude-sonnet-4-20250514", f"Review {file}", "LGTM, but `a < b && c > d` is odd", 3200
        )
        at = build.sdk_call(look, parent=agent, start=at, end=at + seconds(rng, 5, pace))
    at = build.entity(
        "tool",
        "run_tests",
        parent=agent,
        start=at,
        end=at + seconds(rng, 9),
        given="pytest -q",
        result="42 passed",
        fault=TOOL_DOWN if fault is TOOL_DOWN else None,
    )
    if fault is not TOOL_DOWN:
        verdict = model_call(rng, "gpt-4.1-mini", "Give a verdict", "approve", 900)
        at = build.sdk_call(verdict, parent=agent, start=at, end=at + seconds(rng, 1.2, pace), fault=fault)
    build.entity("agent", "reviewer", span_id=agent, parent=root, start=start + MS, end=at)
    session(
        build,
        "code-review",
        start=start,
        end=at + MS,
        root=root,
        fault=fault,
        given=f"PR #{rng.randint(900, 1500)}",
        result="approve",
    )


def summarise(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    rng = build.rng
    root, task = build.new_id(), build.new_id()
    text = f"다음 회의록을 세 문장으로 요약해 주세요: <p>{rng.choice(_MINUTES)}</p>"
    call = model_call(rng, "gemini-2.5-flash", text, "매출은 12% 늘었고 비용은 유지되었습니다.", 3800)
    end = build.sdk_call(
        call, parent=task, start=start + 2 * MS, end=start + seconds(rng, 2.4, pace), fault=fault
    )
    build.entity(
        "task", "요약", span_id=task, parent=root, start=start + MS, end=end + MS, given="회의록.hwp"
    )
    session(
        build,
        "문서 요약",
        start=start,
        end=end + 2 * MS,
        root=root,
        fault=fault,
        given="회의록.hwp",
        result="요약",
    )


def route(build: TraceBuilder, start: int, pace: float, fault: Fault | None) -> None:
    """One small call that says which team gets a ticket: the run that there are most of."""
    rng = build.rng
    question, _ = question_and_answer(rng)
    root, queue = build.new_id(), rng.choice(_QUEUES)
    model = rng.choices(("gpt-4.1-mini", "gemini-2.5-flash", "claude-3-5-haiku-20241022"), (5, 3, 1))[0]
    call = model_call(rng, model, f"Route this ticket: {question}", f"queue: {queue}", 320)
    end = build.sdk_call(
        call, parent=root, start=start + MS, end=start + MS + seconds(rng, 0.8, pace), fault=fault
    )
    session(
        build,
        "ticket-router",
        start=start,
        end=end + MS,
        root=root,
        fault=fault,
        given=question,
        result=queue,
    )
