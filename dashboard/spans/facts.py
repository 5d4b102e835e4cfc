"""What one span says about itself, read once: the form in which the rest of this package knows a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agentops_client import Span

from .attributes import label, one_line
from .kinds import AGENT, GUARDRAIL, OTHER, TOOL, TOOL_CALL, agent_label, guardrail_label, kind_of, tool_label
from .usage import Usage, reported_usage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Facts:
    """Times are nanoseconds since 1970, UTC; "" is *not said*. ``label`` is the name of an agent, a tool
    or a guardrail; ``asked`` the model that was asked for, also where the answer names a version."""

    span: Span
    span_id: str
    parent_id: str
    start_ns: int
    duration_ns: int
    end_ns: int
    name: str
    kind: str
    service: str
    label: str
    model: str
    asked: str
    provider: str
    price_names: tuple[str, ...]
    status: str
    usage: Usage | None

    @property
    def is_tool_request(self) -> bool:
        """The model's wish for a tool, which the SDK writes beside the run of the tool itself."""
        return self.kind == TOOL and self.name.startswith(TOOL_CALL)


def read(span: Span) -> Facts:
    """The facts of one span."""
    attributes = span.span_attributes
    usage = reported_usage(attributes)
    answered = label(attributes, "gen_ai.response.model")
    asked = label(attributes, "gen_ai.request.model", "llm.model_name", "embedding.model_name")
    routed = label(attributes, "litellm.provider.model")
    kind = kind_of(span, uses_model=bool(answered or asked) or (usage is not None and usage.has_tokens))
    start_ns = (span.started_at - _EPOCH) // _MICROSECOND * 1_000
    return Facts(
        span=span,
        span_id=span.span_id,
        parent_id=span.parent_span_id or "",
        start_ns=start_ns,
        duration_ns=span.duration_ns,
        end_ns=start_ns + span.duration_ns,
        name=span.name,
        kind=kind,
        service=one_line(span.service_name),
        label=_label(span, kind),
        model=answered or asked or routed,
        asked=asked or answered or routed,
        provider=label(
            attributes, "gen_ai.system", "gen_ai.provider.name", "llm.provider", "error.llm_provider"
        ).lower(),
        price_names=tuple(dict.fromkeys(name for name in (answered, asked, routed) if name)),
        status=span.status,
        usage=usage,
    )


def _label(span: Span, kind: str) -> str:
    if kind == AGENT:
        return agent_label(span)
    if kind == TOOL:
        return tool_label(span)
    if kind == GUARDRAIL:
        return guardrail_label(span)
    return ""


def settle_tool_requests(spans: list[Facts]) -> None:
    """A model's request for a tool that the trace also shows running is no second call: kind other."""
    ran = {span.label for span in spans if span.kind == TOOL and not span.is_tool_request}
    for span in spans:
        if span.is_tool_request and span.label in ran:
            span.kind, span.label = OTHER, ""
