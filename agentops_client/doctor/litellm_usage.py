"""Whether the tokens of the newest litellm calls arrive where AgentOps reads them.

AgentOps counts ``gen_ai.usage.prompt_tokens`` and ``completion_tokens`` only, as litellm 1.74 wrote them;
litellm 1.106 writes ``input_tokens`` and ``output_tokens``, which this dashboard reads from the spans.
"""

from __future__ import annotations

from datetime import timedelta

from ..models import Span, TraceSummary
from .findings import Outcome, Value
from .subject import Subject

#: litellm's span of a call, in the library and in the proxy.
CALL = "litellm_request"
#: Names of a trace's root that litellm's library or proxy gives.
_ROOTS = frozenset({CALL, "Received Proxy Server Request", "POST /v1/chat/completions"})
_READ_BY_AGENTOPS = ("prompt_tokens", "completion_tokens")
_READ_BY_US_ONLY = ("input_tokens", "output_tokens")
#: So many traces are looked into.
_TRACES = 4


def check_litellm(subject: Subject) -> Outcome:
    """The newest litellm call that succeeded and that says its tokens, in the newest traces."""
    if not subject.rows:
        return Outcome("skipped", "no_trace")
    looked_at, silent = 0, 0
    for row in _candidates(subject):
        trace = subject.client.trace(row.trace_id)
        looked_at += 1
        # a failed call has no usage to tell
        calls = [span for span in trace.spans if span.name == CALL and span.status != "ERROR"]
        if trace.freeplan_truncated:
            continue
        values: dict[str, Value] = {"trace_id": row.trace_id, "calls": len(calls)}
        if any(_has(span, _READ_BY_AGENTOPS) for span in calls):
            return Outcome("ok", "litellm_read", values)
        if any(_has(span, _READ_BY_US_ONLY) for span in calls):
            return Outcome("warning", "litellm_new_names", values)
        silent += len(calls)
    if silent:
        return Outcome("failed", "litellm_no_usage", {"calls": silent, "traces": looked_at})
    return Outcome("ok", "litellm_none", {"traces": looked_at})


def _candidates(subject: Subject) -> tuple[TraceSummary, ...]:
    """Newest traces that litellm began; else those of the last 30 days that upstream finds by the name;
    else simply the newest, inside which litellm may have been called."""
    begun = tuple(row for row in subject.rows if row.name in _ROOTS)
    if not begun:
        start = subject.now.replace(second=0) - timedelta(days=30)
        begun = subject.client.traces(start, None, limit=_TRACES, query=CALL).traces
    return (begun or subject.rows)[:_TRACES]


def _has(span: Span, names: tuple[str, ...]) -> bool:
    gen_ai = span.span_attributes.get("gen_ai")
    usage = gen_ai.get("usage") if isinstance(gen_ai, dict) else None
    if not isinstance(usage, dict):
        return False
    return any(str(usage.get(name, "")).isdecimal() for name in names)
