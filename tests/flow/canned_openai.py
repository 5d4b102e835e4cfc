"""A model provider on loopback: OpenAI's chat completions with canned answers and canned usage.

What a model "used" is a constant of its name, so every sum in the tests can be checked by hand.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens that one call is said to have used; ``cached`` of the prompt's, ``reasoning`` of the
    completion's."""

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


#: Requested model → the versioned name that answers, and what each call uses.
MODELS = {
    "gpt-4o": ("gpt-4o-2024-08-06", Usage(prompt=1200, completion=1600)),
    "gpt-4o-mini": ("gpt-4o-mini-2024-07-18", Usage(prompt=12, completion=16)),
    "o3-mini": ("o3-mini-2025-01-31", Usage(prompt=1000, completion=500)),
    "o4-mini": ("o4-mini-2025-04-16", Usage(prompt=2000, completion=1000, cached=1000, reasoning=600)),
    "house-model": ("house-model", Usage(prompt=50, completion=5)),
}
#: A question that begins so is turned away.
REFUSED = "refuse"


@contextmanager
def canned_openai() -> Iterator[str]:
    """Serves until the block ends; yields the base URL that clients call ``base_url`` (with ``/v1``)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def answer_text(question: str) -> str:
    """The canned answer to a question; it holds what HTML and JSON must not trip over."""
    return f"답변 <b>&</b> “{question}”"


def _completion(asked: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer_text(asked["messages"][-1]["content"])}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return _frame(asked, "chat.completion") | {"choices": [choice], "usage": _usage(asked)}


def _chunks(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The same answer as a stream: one chunk a word, then the reason to stop, then the usage."""
    frame = _frame(asked, "chat.completion.chunk")
    words = answer_text(asked["messages"][-1]["content"]).split(" ")
    deltas = [{"role": "assistant", "content": words[0]}, *({"content": f" {word}"} for word in words[1:])]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    return [frame | {"choices": [c]} for c in choices] + [frame | {"choices": [], "usage": _usage(asked)}]


def _frame(asked: dict[str, Any], kind: str) -> dict[str, Any]:
    model, _ = MODELS[asked["model"]]
    return {"id": "chatcmpl-canned", "object": kind, "created": 1_700_000_000, "model": model}


def _usage(asked: dict[str, Any]) -> dict[str, Any]:
    _, usage = MODELS[asked["model"]]
    said: dict[str, Any] = {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
    }
    if usage.cached or usage.reasoning:
        said["prompt_tokens_details"] = {"cached_tokens": usage.cached}
        said["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return said


def _refusal(asked: dict[str, Any]) -> str:
    message = f"Rate limit reached for {asked['model']}: limit 3, used 3"
    return json.dumps({"error": {"message": message, "type": "requests", "code": "rate_limit_exceeded"}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/v1/chat/completions" or asked.get("model") not in MODELS:
            self._answer(404, "application/json", json.dumps({"error": {"message": "no such model"}}))
        elif asked["messages"][-1]["content"].startswith(REFUSED):
            self._answer(429, "application/json", _refusal(asked))
        elif asked.get("stream"):
            lines = [json.dumps(chunk, ensure_ascii=False) for chunk in _chunks(asked)]
            self._answer(
                200, "text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"])
            )
        else:
            self._answer(200, "application/json", json.dumps(_completion(asked), ensure_ascii=False))

    def _answer(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", f"{content_type}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a test's output is for failures."""
