"""Runs a real litellm proxy, asks it as a client does, and says what was sent as a line of JSON.

Runs in ``.venv-litellm``. The proxy is set up as docs/AGENTOPS_SETUP.md says: ``litellm_proxy.yaml``
with ``litellm_agentops.py`` beside it. It goes on running until standard input ends.

Arguments: a free port. Environment: what those two files name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUESTIONS = ("What is a proxy?", "프록시란? <b>&</b>")
START_TIMEOUT_S = 90.0


def main() -> None:
    port = sys.argv[1]
    command = [str(Path(sys.executable).parent / "litellm"), "--config", str(HERE / "litellm_proxy.yaml")]
    command += ["--host", "127.0.0.1", "--port", port]
    # Its chatter goes to our standard error: standard output is for the summary.
    with subprocess.Popen(command, stdout=sys.stderr) as proxy:
        try:
            base = f"http://127.0.0.1:{port}"
            wait_until_alive(proxy, base)
            began = time.time()
            calls = [ask(base, question) for question in QUESTIONS]
            sys.stdout.write(json.dumps({"began": began, "calls": calls}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
        finally:
            proxy.terminate()
            try:
                proxy.wait(15)
            except subprocess.TimeoutExpired:
                proxy.kill()


def wait_until_alive(proxy: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if proxy.poll() is not None:
            sys.exit(f"the proxy ended with {proxy.returncode}")
        try:
            with urllib.request.urlopen(f"{base}/health/liveliness", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"the proxy was not alive within {START_TIMEOUT_S:.0f} s")


def ask(base: str, question: str) -> dict[str, Any]:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(f"{base}/v1/chat/completions", json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    request.add_header("authorization", f"Bearer {os.environ['LITELLM_MASTER_KEY']}")
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    return {
        "model": answer["model"],
        "question": question,
        "answer": answer["choices"][0]["message"]["content"],
        "prompt_tokens": answer["usage"]["prompt_tokens"],
        "completion_tokens": answer["usage"]["completion_tokens"],
    }


main()
