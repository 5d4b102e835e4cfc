"""Sends traces with the real litellm library (mock responses) and says what it sent, as a line of JSON.

Runs in ``.venv-litellm``, with the current litellm or, where ``PYTHONPATH`` says so, the one of 2025.
After the line it stays alive until its standard input ends.

Arguments: ``instance`` for the logger in ``litellm_agentops`` beside this file, else the name of one of
litellm's own callbacks. Environment: what that callback reads.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import litellm

QUESTIONS = ("What is observability?", "관측 가능성이란? <b>&</b>")


def main() -> None:
    if sys.argv[1] == "instance":
        from litellm_agentops import agentops

        litellm.callbacks = [agentops]
    else:
        litellm.callbacks = [sys.argv[1]]
    calls: list[dict[str, Any]] = []
    began = time.time()
    for question in QUESTIONS:
        answer = litellm.completion(
            model="gpt-4o",
            messages=[{"role": "user", "content": question}],
            mock_response=f"Answer to {question}",
        )
        calls.append(
            {
                "model": answer.model,
                "question": question,
                "answer": answer.choices[0].message.content,
                "prompt_tokens": answer.usage.prompt_tokens,
                "completion_tokens": answer.usage.completion_tokens,
            }
        )
    failures = 0
    try:
        litellm.completion(
            model="gpt-4o",
            messages=[{"role": "user", "content": "fail"}],
            mock_response=litellm.InternalServerError("the provider failed", "openai", "gpt-4o"),
        )
    except litellm.InternalServerError:
        failures = 1
    sent = {"began": began, "version": version("litellm"), "calls": calls, "failed": failures}
    sys.stdout.write(json.dumps(sent, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
