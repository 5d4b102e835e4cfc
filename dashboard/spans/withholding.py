"""A trace without what people and models said in it: for readers who may see figures, but no texts.

Only attributes that are known to hold none are kept; what nobody knows is left out. So are status messages,
which quote what could not be parsed or was refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentops_client import Span, Trace

from .attributes import LABEL_MAX

#: Dotted paths of attributes that name a thing: OpenTelemetry's GenAI conventions, AgentOps' SDK, litellm and
#: OpenInference, as recorded. A number at the end of a path is an index.
_LABELS = frozenset((
    "agent.id", "agent.name", "agentops.agent.id", "agentops.agent.name", "agentops.entity.name",
    "agentops.operation.name", "agentops.session.end_state", "agentops.span.kind", "agentops.tool.name",
    "error.type", "exception.type", "gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.framework",
    "gen_ai.operation.name", "gen_ai.output.type", "gen_ai.provider.name", "gen_ai.request.model",
    "gen_ai.request.type", "gen_ai.response.finish_reason", "gen_ai.response.finish_reasons",
    "gen_ai.response.id", "gen_ai.response.model", "gen_ai.system", "gen_ai.tool.name", "gen_ai.tool.type",
    "guardrail.name", "guardrail.status", "guardrail_name", "guardrail_status", "http.method",
    "http.status_code", "litellm.call_id", "litellm.provider.model", "llm.model_name", "llm.provider",
    "llm.request.type", "operation.name", "openinference.span.kind", "server.address", "server.port",
    "tool.name", "tool.status", "workflow.name", "service.name", "service.version",
    "telemetry.sdk.language", "telemetry.sdk.name", "telemetry.sdk.version",
))  # fmt: skip
#: Paths below which only numbers stand.
_NUMBERS = (
    "gen_ai.usage.", "gen_ai.cost.", "llm.usage.", "llm.token_count.", "metadata.usage_object.",
    "gen_ai.request.temperature", "gen_ai.request.top_p", "gen_ai.request.top_k", "gen_ai.request.max_tokens",
    "gen_ai.request.seed", "gen_ai.request.frequency_penalty", "gen_ai.request.presence_penalty",
    "gen_ai.streaming.", "gen_ai.server.time_to_first_token", "tool.cost", "agentops.tool.cost",
)  # fmt: skip
_NUMBER = re.compile(r"[+-]?[0-9.]{1,40}(?:[eE][+-]?[0-9]{1,3})?|[Tt]rue|[Ff]alse", re.ASCII)
_ONE_WORD = re.compile(r"[\w .:/@+()\[\]'\",-]{1,200}")
_INDEX = re.compile(r"\.\d+")


def without_content(trace: Trace) -> Trace:
    """The same trace without prompts, completions, arguments, results and messages; times, names, kinds,
    models, tokens and costs stay."""
    return trace.model_copy(update={"spans": tuple(_bare(span) for span in trace.spans)})


def _bare(span: Span) -> Span:
    return span.model_copy(
        update={
            "status_message": "",
            "attributes": {},
            "span_attributes": _kept(span.span_attributes),
            "resource_attributes": _kept(span.resource_attributes),
            "event_names": ["exception" if name == "exception" else "" for name in span.event_names],
            "event_attributes": [_kept(more) if more else more for more in span.event_attributes],
            "link_attributes": [{} for _ in span.link_attributes],
        }
    )


def _kept(attributes: Mapping[str, Any], above: str = "", depth: int = 0) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in attributes.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            below = _kept(value, f"{path}.", depth + 1) if depth < 20 else {}
            if below:
                kept[name] = below
        elif _says_nothing(_INDEX.sub("", path), value):
            kept[name] = value
    return kept


def _says_nothing(path: str, value: Any) -> bool:
    if isinstance(value, list):
        return path in _LABELS and all(_says_nothing(path, each) for each in value)
    if path in _LABELS:
        text = str(value)
        return len(text) <= LABEL_MAX and _ONE_WORD.fullmatch(text) is not None
    return path.startswith(_NUMBERS) and _NUMBER.fullmatch(str(value)) is not None
