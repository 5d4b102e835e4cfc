"""Building one demonstration trace: the spans that the SDK 0.4.21 and litellm 1.106 write for calls, tools
and agents.

Attribute names and shapes follow the recordings (otlp/0001, 0003, 0007, 0045, 0048); values are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pydantic_core import to_json

from agentops_lite.demo_faults import Fault
from agentops_lite.prices import token_price
from agentops_lite.spans import Event, Span, with_collector_costs
from agentops_lite.wire_text import go_float

MS = 1_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Call:
    """One model call: what is sent and what comes back."""

    model: str
    system: str
    prompt: str
    answer: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class TraceBuilder:
    """Collects the spans of one trace. Times are nanoseconds; methods answer when the span ended."""

    def __init__(self, rng: Random, project_id: str, *, service: str = "agentops") -> None:
        self.rng = rng
        self.project_id = project_id
        self.trace_id = f"{rng.getrandbits(128):032x}"
        self.spans: list[Span] = []
        self._service = service
        self._resource = {
            "service.name": service,
            "agentops.project.id": project_id,
            **(
                {"imported_libraries": '["json","asyncio","agentops","openai","anthropic"]'}
                if service == "agentops"
                else {
                    "telemetry.sdk.language": "python",
                    "telemetry.sdk.name": "opentelemetry",
                    "telemetry.sdk.version": "1.45.2",
                    "deployment.environment": "production",
                    "model_id": service,
                }
            ),
            "host.name": "agent-host",
            "os.type": "linux",
            "ProjectId": project_id,
        }

    def new_id(self) -> str:
        return f"{self.rng.getrandbits(64) | 1:016x}"

    def add(
        self,
        name: str,
        *,
        span_id: str | None = None,
        parent: str = "",
        start: int,
        end: int,
        attributes: dict[str, str],
        kind: str = "Internal",
        status: str = "Unset",
        message: str = "",
        scope: str = "agentops",
        events: list[Event] | None = None,
    ) -> str:
        span_id = span_id or self.new_id()
        self.spans.append(
            Span(
                project_id=self.project_id,
                trace_id=self.trace_id,
                span_id=span_id,
                parent_span_id=parent,
                name=name,
                kind=kind,
                service_name=self._service,
                scope_name=scope,
                start_ns=start,
                duration_ns=max(0, end - start),
                status_code=status,
                status_message=message,
                resource=self._resource,
                attributes=with_collector_costs(attributes),
                events=events or [],
            )
        )
        return span_id

    # -- agentops SDK 0.4.21

    def entity(
        self,
        kind: str,
        name: str,
        *,
        span_id: str | None = None,
        parent: str,
        start: int,
        end: int,
        given: str = "",
        result: str = "",
        cost: str = "",
        fault: Fault | None = None,
        extra: dict[str, str] | None = None,
    ) -> int:
        """A decorated agent, task, tool, workflow, guardrail or session. UNSET unless its function raised."""
        place = kind if kind in ("tool", "agent", "task") else "entity"
        attributes = {"agentops.span.kind": kind, "operation.name": name}
        if given:
            attributes[f"agentops.{place}.input"] = to_json({"args": [given], "kwargs": {}}).decode()
        if result and not fault:
            attributes[f"agentops.{place}.output"] = result
        if cost:
            attributes["gen_ai.usage.total_cost"] = cost
        self.add(
            f"{name}.{kind}",
            span_id=span_id,
            parent=parent,
            start=start,
            end=end,
            attributes=attributes | (extra or {}),
            status="Error" if fault else "Unset",
            message=f"{fault.type}: {fault.message}" if fault else "",
            events=fault.events(end, twice=True) if fault else None,
        )
        return end

    def sdk_call(self, call: Call, *, parent: str, start: int, end: int, fault: Fault | None = None) -> int:
        """A model call under the SDK's instrumentation; the response names the model's version."""
        vendor = vendor_of(call.model)
        attributes = {
            "gen_ai.request.type": "chat",
            "gen_ai.system": vendor.capitalize() if vendor != "openai" else "OpenAI",
            "gen_ai.request.model": call.model,
            "gen_ai.request.streaming": "false",
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": call.system,
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": call.prompt,
        }
        if fault is None:
            attributes |= {
                "gen_ai.response.model": VERSIONS.get(call.model, call.model),
                "gen_ai.usage.total_tokens": str(call.prompt_tokens + call.completion_tokens),
                "gen_ai.usage.prompt_tokens": str(call.prompt_tokens),
                "gen_ai.usage.completion_tokens": str(call.completion_tokens),
                "gen_ai.completion.0.finish_reason": "stop",
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.content": call.answer,
            }
            if call.cached_tokens:
                attributes["gen_ai.usage.cache_read_input_tokens"] = str(call.cached_tokens)
            if call.reasoning_tokens:
                attributes["gen_ai.usage.reasoning_tokens"] = str(call.reasoning_tokens)
        self.add(
            "anthropic.messages.create" if vendor == "anthropic" else f"{vendor}.chat.completion",
            parent=parent,
            start=start,
            end=end,
            attributes=attributes,
            kind="Client",
            scope=vendor,
            status="Error" if fault else "Ok",
            message=fault.message if fault else "",
            events=fault.events(end, twice=False) if fault else None,
        )
        return end

    # -- litellm 1.106

    def litellm_call(
        self,
        call: Call,
        *,
        parent: str = "",
        start: int,
        end: int,
        user: str = "",
        fault: Fault | None = None,
    ) -> int:
        """`litellm_request` and its child `raw_gen_ai_request`; the child is missing where the call
        failed.
        """
        request = self.new_id()
        vendor = vendor_of(call.model)
        attributes = {
            "metadata.user_api_key_alias": user,
            "metadata.applied_guardrails": "[]",
            "litellm.provider.model": call.model,
        }
        if fault is None:
            price = token_price(call.model)
            if price is not None:
                costs = (call.prompt_tokens * price.prompt, call.completion_tokens * price.completion)
                attributes |= {
                    "gen_ai.cost.input_cost": go_float(float(costs[0])),
                    "gen_ai.cost.output_cost": go_float(float(costs[1])),
                    "gen_ai.cost.total_cost": go_float(float(sum(costs))),
                    "gen_ai.cost.tool_usage_cost": "0",
                    "gen_ai.cost.original_cost": go_float(float(sum(costs))),
                }
        attributes |= {
            "gen_ai.request.model": call.model,
            "llm.request.type": "completion",
            "gen_ai.system": vendor,
            "llm.is_streaming": "False",
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": _parts(("system", call.system), ("user", call.prompt)),
        }
        if fault is None:
            attributes |= {
                "gen_ai.response.model": call.model.removeprefix("hosted_vllm/"),
                "gen_ai.usage.total_tokens": str(call.prompt_tokens + call.completion_tokens),
                "gen_ai.usage.output_tokens": str(call.completion_tokens),
                "gen_ai.usage.input_tokens": str(call.prompt_tokens),
                "gen_ai.output.messages": _parts(("assistant", call.answer)),
                "gen_ai.response.finish_reasons": '["stop"]',
            }
        else:
            name = fault.type.rpartition(".")[2]
            attributes |= {
                "error.code": str(fault.code or 500),
                "http.response.status_code": str(fault.code or 500),
                "error.type": name,
                "error.message": f"litellm.{name}: {fault.message}",
                "error.llm_provider": vendor,
            }
        self.add(
            "litellm_request",
            span_id=request,
            parent=parent,
            start=start,
            end=end,
            attributes=attributes,
            scope="litellm",
            status="Error" if fault else "Ok",
            events=fault.events(end, twice=False) if fault else None,
        )
        if fault is None:
            raw = {f"llm.{vendor}.model": call.model, f"llm.{vendor}.messages": repr([{"role": "user"}])}
            self.add(
                "raw_gen_ai_request",
                parent=request,
                start=start,
                end=end,
                attributes=raw,
                scope="litellm",
                status="Ok",
            )
        return end


VERSIONS = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "o4-mini": "o4-mini-2025-04-16",
}


def vendor_of(model: str) -> str:
    """Who serves a model, by its name."""
    if model.startswith("claude"):
        return "anthropic"
    if model.startswith("gemini"):
        return "google"
    return "hosted_vllm" if model.startswith("hosted_vllm/") else "openai"


def _parts(*messages: tuple[str, str]) -> str:
    written = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in messages]
    return to_json(written).decode()
