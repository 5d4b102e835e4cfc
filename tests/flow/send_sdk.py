"""Sends three traces with the real agentops SDK and says what it sent, as one line of JSON.

Runs in ``.venv-sdk``. After the line it stays alive until its standard input ends, so that whoever
reads may be sure that the SDK's background export, and no flush at exit, delivered the spans.

Arguments: the provider's base URL; the width in seconds of a window: the first trace falls
into one window and the other two into the next. Environment: ``AGENTOPS_API_KEY``,
``AGENTOPS_API_ENDPOINT``, ``AGENTOPS_EXPORTER_ENDPOINT``.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

import agentops
from agentops.sdk.decorators import agent, operation, session, tool
from openai import OpenAI
from openai.types import CompletionUsage

TOOL_COST_USD = 0.005
WINDOW_S = float(sys.argv[2])

calls: list[dict[str, Any]] = []


def note(question: str, model: str, answer: str, usage: CompletionUsage) -> None:
    """Remembers what the provider said of one call."""
    calls.append(
        {
            "model": model,
            "question": question,
            "answer": answer,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
        }
    )


def wait_for_next_window() -> None:
    """Returns just after the next multiple of the window's width on the clock."""
    time.sleep(WINDOW_S - time.time() % WINDOW_S + 0.02)


def main() -> None:
    agentops.init(auto_start_session=False, log_session_replay_url=False)
    provider = OpenAI(base_url=sys.argv[1], api_key="sk-canned", max_retries=0)

    def chat(model: str, question: str) -> str:
        messages = [{"role": "user", "content": question}]
        answer = provider.chat.completions.create(model=model, messages=messages)
        text = answer.choices[0].message.content
        note(question, answer.model, text, answer.usage)
        return text

    def chat_streaming(model: str, question: str) -> str:
        messages = [{"role": "user", "content": question}]
        options = {"include_usage": True}
        text = ""
        for chunk in provider.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options=options
        ):
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            if chunk.usage is not None:
                note(question, chunk.model, text, chunk.usage)
        return text

    @tool(cost=TOOL_COST_USD)
    def web_search(question: str) -> list[str]:
        return [f"hit for {question}"]

    @tool
    def divide(a: int, b: int) -> float:
        return a / b

    @agent
    class Researcher:
        @operation
        def plan(self, question: str) -> str:
            return chat_streaming("o3-mini", f"plan: {question}")

        @operation
        def write(self, question: str) -> str:
            web_search(question)
            return chat("gpt-4o", f"write: {question}")

    @session(name="research")
    def research() -> str:
        researcher = Researcher()
        researcher.plan("observability")
        return researcher.write("observability")

    @session(name="broken")
    def broken() -> None:
        chat("gpt-4o-mini", "before the failure")
        divide(1, 0)

    @session(name="bare")
    def bare() -> str:
        return "nothing was asked"

    wait_for_next_window()
    began = time.time()
    research()
    wait_for_next_window()
    with contextlib.suppress(ZeroDivisionError):
        broken()
    bare()

    sent = {
        "began": began,
        "traces": {"research": "success", "broken": "failed", "bare": "indeterminate"},
        "calls": calls,
        "tool_cost_usd": str(TOOL_COST_USD),
    }
    sys.stdout.write(json.dumps(sent, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
