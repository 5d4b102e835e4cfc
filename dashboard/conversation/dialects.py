"""Where a span keeps what was said: the conventions of the SDKs whose spans reach AgentOps.

    gen_ai.input.messages / output.messages      litellm 1.106, OpenTelemetry's GenAI conventions
    gen_ai.prompt.N / completion.N               agentops SDK, litellm 1.74, Traceloop
    llm.input_messages.N / output_messages.N     OpenInference
    llm.<provider>.messages, choices, …          litellm's raw_gen_ai_request
    traceloop.entity.input / output, …           frameworks, where messages are written there
    gen_ai.*.message and gen_ai.choice           events of older GenAI conventions

The first dialect that says something is believed: several repeat the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agentops_client import Span

from .attributes import find
from .literals import structure
from .messages import messages_in, system_messages, writes_messages
from .parts import call_part
from .values import Conversation, Message

_PROMPTS = (
    "gen_ai.input.messages", "gen_ai.prompt", "llm.input_messages", "ai.prompt.messages", "llm.prompts",
    "all_messages_json", "pydantic_ai.all_messages",
)  # fmt: skip
_COMPLETIONS = ("gen_ai.output.messages", "gen_ai.completion", "llm.output_messages", "ai.response.text")
#: Name of a span that is a wish of the model above it.
_CALL = "tool_call."
_SYSTEMS = ("gen_ai.system_instructions",)
_RAW_PROMPTS = ("messages", "contents", "input", "prompt")
_RAW_COMPLETIONS = ("choices", "candidates", "output", "content", "stringified_raw_response")
#: These stand beside the providers' names, and count tokens and dollars of "prompt" and "completion".
_NO_PROVIDERS = {"request", "response", "usage", "token_count", "cost", "prompt_template"}
_ENTITY_INPUTS = ("traceloop.entity.input", "input.value", "ai.prompt", "gcp.vertex.agent.llm_request")
_ENTITY_OUTPUTS = ("traceloop.entity.output", "output.value", "gcp.vertex.agent.llm_response")
_EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def conversation(span: Span, below: Sequence[Span] = ()) -> Conversation:
    """What a model was told and what it said, in whichever dialect; never fails.

    Args:
        below: the span's children. The agentops SDK writes the tools that a model asks for in spans of their
            own, ``tool_call.<name>``; they join the answer where it does not name them itself.
    """
    attributes = span.span_attributes
    prompt = _first(_prompt_dialects(span, attributes))
    completion = _first(_completion_dialects(span, attributes))
    if not any(part.kind == "tool_call" for message in completion for part in message.parts):
        completion = _with_calls(completion, [child for child in below if child.name.startswith(_CALL)])
    return Conversation(tuple(prompt), tuple(completion))


def _with_calls(said: list[Message], calls: Sequence[Span]) -> list[Message]:
    parts = tuple(
        part
        for call in calls
        for part in call_part(
            {
                "name": find(call.span_attributes, "tool.name") or call.name.removeprefix(_CALL),
                "arguments": find(call.span_attributes, "tool.parameters") or "",
            }
        )
    )
    if not parts:
        return said
    last = said[-1] if said else Message("assistant", ())
    return [*said[:-1], replace(last, parts=(*last.parts, *parts))]


def _first(dialects: list[Callable[[], list[Message]]]) -> list[Message]:
    """The first dialect with words; without any, the first with messages."""
    silent: list[Message] = []
    for dialect in dialects:
        messages = dialect()
        if any(message.parts for message in messages):
            return messages
        silent = silent or messages
    return silent


def _prompt_dialects(span: Span, attributes: Mapping[str, Any]) -> list[Callable[[], list[Message]]]:
    def at(path: str) -> Callable[[], list[Message]]:
        return lambda: _prompt(find(attributes, path))

    def with_system() -> list[Message]:
        messages = _first([at(path) for path in _PROMPTS])
        system = [found for path in _SYSTEMS for found in system_messages(find(attributes, path))]
        return [*system, *messages]

    return [
        with_system,
        lambda: _raw(attributes, _RAW_PROMPTS, "user"),
        lambda: _entity(attributes, _ENTITY_INPUTS, "user"),
        lambda: _events(span, prompt=True),
    ]


def _completion_dialects(span: Span, attributes: Mapping[str, Any]) -> list[Callable[[], list[Message]]]:
    def at(path: str) -> Callable[[], list[Message]]:
        return lambda: messages_in(find(attributes, path), "assistant")

    def with_calls() -> list[Message]:
        messages = _first([at(path) for path in _COMPLETIONS])
        called = any(part.kind == "tool_call" for message in messages for part in message.parts)
        calls = [] if called else _separate_calls(attributes)
        return [*messages, *calls]

    return [
        with_calls,
        lambda: _raw(attributes, _RAW_COMPLETIONS, "assistant"),
        lambda: _entity(attributes, _ENTITY_OUTPUTS, "assistant"),
        lambda: _events(span, prompt=False),
    ]


def _prompt(value: Any) -> list[Message]:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        only = value[0]
        # upstream's own wrapping of a plain text at gen_ai.prompt, told by its order from an SDK's message
        if list(only.items())[1:] == [("role", "user")] and isinstance(only.get("content"), str):
            return messages_in(only["content"], "user")
    return messages_in(value, "user")


def _separate_calls(attributes: Mapping[str, Any]) -> list[Message]:
    """Calls beside the completion: ``gen_ai.request.tools.N`` with arguments, ``ai.response.toolCalls``."""
    tools = find(attributes, "gen_ai.request.tools")
    calls = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    # without arguments it is the tool's definition
    parts = [part for tool in calls if "arguments" in tool for part in call_part(tool)]
    more = find(attributes, "ai.response.toolCalls")
    found = [Message("assistant", tuple(parts))] if parts else []
    return [*found, *(messages_in(more, "assistant") if more else [])]


def _raw(attributes: Mapping[str, Any], names: tuple[str, ...], role: str) -> list[Message]:
    """What litellm passed to the provider and got back: ``llm.<provider>.messages`` and its like."""
    llm = find(attributes, "llm")
    for key, provider in llm.items() if isinstance(llm, dict) else ():
        if not isinstance(provider, dict) or key in _NO_PROVIDERS:
            continue
        system: list[Message] = []
        if role == "user":
            for name in ("system", "system_instruction", "instructions"):
                system += system_messages(provider.get(name))
        for name in names:
            messages = messages_in(provider.get(name), role)
            if messages:
                return [*system, *messages]
        if system:
            return system
    return []


def _entity(attributes: Mapping[str, Any], paths: tuple[str, ...], role: str) -> list[Message]:
    """A framework's input or output, only where it is a conversation: else it is an input or output."""
    for path in paths:
        value = find(attributes, path)
        read = structure(value) if isinstance(value, str) else value
        if read and writes_messages(read):
            return messages_in(read, role)
    return []


def _events(span: Span, *, prompt: bool) -> list[Message]:
    messages: list[Message] = []
    for event in span.events:
        role = _EVENT_ROLES.get(event.name)
        if role is not None and prompt:
            messages += _spoken(event.attributes, role)
        elif event.name == "gen_ai.choice" and not prompt:
            messages += _spoken(event.attributes, "assistant")
        elif event.name in ("gen_ai.content.prompt", "gen_ai.content.completion"):
            if event.name.endswith("prompt") == prompt:
                path = "gen_ai.prompt" if prompt else "gen_ai.completion"
                messages += messages_in(find(event.attributes, path), "user" if prompt else "assistant")
        elif event.name == "gen_ai.client.inference.operation.details":
            path = "gen_ai.input.messages" if prompt else "gen_ai.output.messages"
            messages += messages_in(find(event.attributes, path), "user" if prompt else "assistant")
    return messages


def _spoken(attributes: Mapping[str, Any], role: str) -> list[Message]:
    body = find(attributes, "gen_ai.event.content") or find(attributes, "body") or dict(attributes)
    return messages_in(
        {"role": role, **body} if isinstance(body, dict) and "message" not in body else body, role
    )
