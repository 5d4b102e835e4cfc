"""Sends two traces of nested agents with the real agentops SDK and says what it sent, as one line of JSON.

Runs in ``.venv-sdk``. After the line it stays alive until its standard input ends.

* crew: a manager with two workers. Each worker looks the same thing up with a tool that costs; one
  streams, the other is turned away and asks again. The manager's model reads from its cache and reasons.
* broken: a clerk's tool fails and takes the agent and the session with it.

Argument: the provider's base URL. Environment: ``AGENTOPS_API_KEY``, ``AGENTOPS_API_ENDPOINT``,
``AGENTOPS_EXPORTER_ENDPOINT``.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import agentops
from agentops.sdk.decorators import agent, operation, session, tool
from openai import OpenAI, RateLimitError
from openai.types import CompletionUsage

TOOL_COST_USD = 0.005

calls: list[dict[str, Any]] = []


def note(model: str, usage: CompletionUsage) -> None:
    """Remembers what the provider said of one call."""
    tokens = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
    calls.append({"model": model, **tokens})


def main() -> None:
    agentops.init(auto_start_session=False, log_session_replay_url=False)
    provider = OpenAI(base_url=sys.argv[1], api_key="sk-canned", max_retries=0)

    def chat(model: str, question: str) -> None:
        messages = [{"role": "user", "content": question}]
        answer = provider.chat.completions.create(model=model, messages=messages)
        note(answer.model, answer.usage)

    def chat_streaming(model: str, question: str) -> None:
        messages = [{"role": "user", "content": question}]
        options = {"include_usage": True}
        for chunk in provider.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options=options
        ):
            if chunk.usage is not None:
                note(chunk.model, chunk.usage)

    @tool(cost=TOOL_COST_USD)
    def look_up(topic: str) -> str:
        return f"all about {topic}"

    @tool
    def divide(a: int, b: int) -> float:
        return a / b

    @agent(name="worker")
    def quick_worker(topic: str) -> None:
        look_up(topic)
        chat_streaming("gpt-4o", f"tell me of {topic}")

    @agent(name="worker")
    def patient_worker(topic: str) -> None:
        look_up(topic)
        with contextlib.suppress(RateLimitError):
            chat("gpt-4o-mini", "refuse this")
        chat("gpt-4o-mini", "and again")

    @operation
    def delegate(topic: str) -> None:
        quick_worker(topic)
        patient_worker(topic)

    @agent(name="manager")
    def manager(topic: str) -> None:
        delegate(topic)
        chat("o4-mini", f"sum up {topic}")

    @agent(name="clerk")
    def clerk() -> None:
        chat("gpt-4o-mini", "what is 1 / 0?")
        divide(1, 0)

    @session(name="crew")
    def crew() -> None:
        manager("observability")

    @session(name="broken")
    def broken() -> None:
        clerk()

    crew()
    with contextlib.suppress(ZeroDivisionError):
        broken()
    sys.stdout.write(json.dumps({"calls": calls}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
