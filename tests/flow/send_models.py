"""Asks a provider through the real litellm library and says what was used, as a line of JSON.

Runs in ``.venv-litellm``, with the current litellm or, where ``PYTHONPATH`` says so, the one of 2025.
After the line it stays alive until its standard input ends. Four calls: a model that reads from its
cache and reasons, a stream, one that nobody has a price for, and one that is turned away.

Arguments: ``instance`` for the logger in ``litellm_agentops`` beside this file, else the name of one of
litellm's own callbacks; the provider's base URL. Environment: what that callback reads.
"""

from __future__ import annotations

import contextlib
import json
import sys
from importlib.metadata import version
from typing import Any

import litellm


def main() -> None:
    if sys.argv[1] == "instance":
        from litellm_agentops import agentops

        litellm.callbacks = [agentops]
    else:
        litellm.callbacks = [sys.argv[1]]
    calls: list[dict[str, Any]] = []

    def ask(model: str, question: str, **options: Any) -> Any:
        return litellm.completion(
            model=f"openai/{model}",
            messages=[{"role": "user", "content": question}],
            api_base=sys.argv[2],
            api_key="sk-canned",
            max_retries=0,
            **options,
        )

    def note(answer: Any) -> None:
        tokens = {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
        }
        calls.append({"model": answer.model, **tokens})

    note(ask("o4-mini", "think"))
    for chunk in ask("gpt-4o", "in pieces", stream=True, stream_options={"include_usage": True}):
        if getattr(chunk, "usage", None):
            note(chunk)
    note(ask("house-model", "at home"))
    with contextlib.suppress(litellm.RateLimitError):
        ask("gpt-4o-mini", "refuse this")
    sys.stdout.write(json.dumps({"version": version("litellm"), "calls": calls}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
