"""The same spans in this dashboard, in Phoenix and in MLflow: how soon a reader sees rows, and charts.

    python bench/side_by_side.py --phoenix DIR --mlflow DIR [--traces 1000] [--runs 5]

DIR are virtual environments that have them (``pip install arize-phoenix``, ``pip install mlflow``). Each gets
the same OTLP bodies; each server is warm (visited once), each visit a fresh browser, the sides take turns.
Rows: ten rows of the list of traces. Charts: the first chart of the page that has them.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from page_floor import WATCH, drawn_ms
from servers import KEY, dashboard, process

from tests.browser import free_port, launch
from tests.otlp import llm, span

BATCH = 50


def batches(traces: int) -> Iterator[bytes]:
    """OTLP bodies, fifty traces each, in the last 55 minutes: an agent calls a model twice and a tool."""
    now = datetime.now(UTC) - timedelta(minutes=3)
    spans: list[dict[str, Any]] = []
    for number in range(1, traces + 1):
        start = now - timedelta(seconds=3100 * number / traces)
        status = "ERROR" if number % 20 == 0 else "OK"
        spans += [
            span(number, 1, start, seconds=4, name="agent.session", status=status),
            span(number, 2, start, seconds=3.8, name="support.agent", parent=1, agentops__span__kind="agent"),
            llm(number, 3, start, 100 + number % 50, 40, parent=2),
            span(
                number,
                4,
                start + timedelta(seconds=1),
                name="search.tool",
                parent=2,
                agentops__span__kind="tool",
            ),
            llm(number, 5, start + timedelta(seconds=2), 300, 80, parent=2),
        ]
        if number % BATCH == 0 or number == traces:
            resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "bench"}}]}
            body = {
                "resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": _hex_to_base64(spans)}]}]
            }
            yield json_format.ParseDict(body, ExportTraceServiceRequest()).SerializeToString()
            spans = []


def _hex_to_base64(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = ("traceId", "spanId", "parentSpanId")
    return [
        {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else v for k, v in one.items()}
        for one in spans
    ]


def send(url: str, traces: int, **headers: str) -> None:
    with httpx.Client(trust_env=False, timeout=60) as http:
        for body in batches(traces):
            http.post(
                url, content=body, headers={"content-type": "application/x-protobuf", **headers}
            ).raise_for_status()


@contextmanager
def ours(traces: int) -> Iterator[dict[str, tuple[str, list[tuple[str, int]]]]]:
    port = free_port()
    with (
        process("-m", "agentops_lite", "--port", port, ready=f"http://127.0.0.1:{port}/health"),
        tempfile.TemporaryDirectory() as folder,
        dashboard(f"http://127.0.0.1:{port}", folder) as (address, _),
    ):
        token = httpx.post(
            f"http://127.0.0.1:{port}/v3/auth/token", json={"api_key": KEY}, trust_env=False
        ).json()
        send(f"http://127.0.0.1:{port}/v1/traces", traces, authorization=f"Bearer {token['token']}")
        yield {
            "rows": (f"{address}/traces?range=1h", [(".ao-list tbody tr", 10)]),
            "charts": (f"{address}/?range=1h", [(".js-plotly-plot .cartesianlayer .subplot", 1)]),
        }


@contextmanager
def phoenix(folder: Path, traces: int) -> Iterator[dict[str, tuple[str, list[tuple[str, int]]]]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        env = {
            "PHOENIX_WORKING_DIR": data, "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(free_port()), "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }  # fmt: skip
        with _running([folder / "bin" / "phoenix", "serve"], f"http://127.0.0.1:{port}/healthz", env):
            address = f"http://127.0.0.1:{port}"
            send(f"{address}/v1/traces", traces)
            projects = httpx.get(f"{address}/v1/projects", trust_env=False).json()["data"]
            project = f"{address}/projects/{projects[0]['id']}"
            yield {
                "rows": (f"{project}/traces", [("table tbody tr", 10)]),
                "charts": (f"{project}/metrics", [(".recharts-surface", 1)]),
            }


@contextmanager
def mlflow(folder: Path, traces: int) -> Iterator[dict[str, tuple[str, list[tuple[str, int]]]]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [
            folder / "bin" / "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", 1,
            "--backend-store-uri", f"sqlite:///{data}/mlflow.db",
        ]  # fmt: skip
        with _running(command, f"http://127.0.0.1:{port}/health", {"MLFLOW_DISABLE_TELEMETRY": "true"}):
            address = f"http://127.0.0.1:{port}"
            send(f"{address}/v1/traces", traces, **{"x-mlflow-experiment-id": "0"})
            yield {
                "rows": (f"{address}/#/experiments/0/traces", [("[role=row]", 11)]),
                "charts": (f"{address}/#/experiments/0/overview/usage", [(".recharts-surface", 1)]),
            }


@contextmanager
def _running(command: list[Any], ready: str, env: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [str(word) for word in command], env={**os.environ, **env}, stdout=quiet, stderr=quiet
    ) as server:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until:
                try:
                    if httpx.get(ready, trust_env=False, timeout=2).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            else:
                raise SystemExit(f"{command[0]} did not start")
            yield
        finally:
            server.terminate()


def seen(address: str, drawn: list[tuple[str, int]]) -> float:
    """Milliseconds from navigation until it is drawn, in a fresh browser."""
    with launch() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, bypass_csp=True)
        context.new_page().goto("about:blank")
        page = context.new_page()
        page.add_init_script(f"({WATCH})({json.dumps(drawn)})")
        page.goto(address, wait_until="commit")
        return drawn_ms(page, address)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--phoenix", type=Path)
    parser.add_argument("--mlflow", type=Path)
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with ExitStack() as stack:
        sides = {"this dashboard": stack.enter_context(ours(options.traces))}
        if options.phoenix:
            sides["Phoenix"] = stack.enter_context(phoenix(options.phoenix, options.traces))
        if options.mlflow:
            sides["MLflow"] = stack.enter_context(mlflow(options.mlflow, options.traces))
        took: dict[tuple[str, str], list[float]] = {}
        for run in range(options.runs + 1):
            for name in list(sides)[:: 1 if run % 2 else -1]:
                for what, (address, drawn) in sides[name].items():
                    ms = seen(address, drawn)
                    if run:  # the first visit warms the server
                        took.setdefault((name, what), []).append(ms)
    print("| | first rows ms | first chart ms |\n|---|--:|--:|")
    for name in sides:
        print(
            f"| {name} | "
            + " | ".join(f"{statistics.median(took[name, w]):.0f}" for w in ("rows", "charts"))
            + " |"
        )


if __name__ == "__main__":
    main()
