"""The client against a bare ``httpx`` loop: walking all traces of a list, and reading traces one by one.

    python bench/client_walk.py [--traces 32000] [--details 5000]

The same server, requests and number of them at once on both sides, in turn. The bare loop has the body read
as JSON and nothing checked; the client has its credentials, limits, retries and models. Peak memory is that
of a process of its own for each side.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx
from servers import KEY, demo

from agentops_client import AgentOpsClient, AgentOpsSettings

AT_ONCE = 2  # as the follower reads
PAGE = 100  # rows of a list, as the client asks for them
ROUNDS = 3


def client_side(url: str, start: datetime, end: datetime, traces: int, details: int) -> dict[str, Any]:
    with AgentOpsClient(AgentOpsSettings(_env_file=None, api_key=KEY, api_endpoint=url)) as client:
        client.health()
        client.token()
        begun = time.perf_counter()
        ids: list[str] = []
        for row in client.iter_traces(start, end):
            ids.append(row.trace_id)
            if len(ids) >= traces:
                break
        walked = time.perf_counter() - begun
        begun = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            spans = sum(len(trace.spans) for trace in pool.map(client.trace, ids[:details]))
        return {"rows": len(ids), "walk_s": walked, "spans": spans, "read_s": time.perf_counter() - begun}


def bare_side(url: str, start: datetime, end: datetime, traces: int, details: int) -> dict[str, Any]:
    with httpx.Client(base_url=url, trust_env=False) as http:
        token = http.post("/v3/auth/token", json={"api_key": KEY}).json()
        http.headers["authorization"] = f"Bearer {token['token']}"
        asked: dict[str, Any] = {
            "project_id": token["project_id"], "start_time": start.isoformat(), "end_time": end.isoformat(),
            "limit": PAGE, "order_by": "trace_id", "sort_order": "ASC",
        }  # fmt: skip
        begun = time.perf_counter()
        ids: list[str] = []
        while len(ids) < traces:
            page = http.get("/v4/traces", params={**asked, "offset": len(ids)}).json()["traces"]
            ids += [row["trace_id"] for row in page]
            if len(page) < PAGE:
                break
        walked = time.perf_counter() - begun
        begun = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            project = {"project_id": token["project_id"]}
            read = pool.map(lambda i: http.get(f"/v4/traces/{i}", params=project).json(), ids[:details])
            spans = sum(len(trace["spans"]) for trace in read)
        return {"rows": len(ids), "walk_s": walked, "spans": spans, "read_s": time.perf_counter() - begun}


SIDES = {"client": client_side, "bare": bare_side}


def in_a_process(side: str, url: str, *more: object) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--url", url, *map(str, more)]
    said = subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "AGENTOPS_API_KEY": ""}
    )
    answer: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=32_000)
    parser.add_argument("--details", type=int, default=5_000)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        # a range of its own, or the server would answer from its cache
        start = end - timedelta(days=30, seconds=os.getpid() % 3600)
        told = SIDES[options.side](options.url, start, end, options.traces, options.details)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**told, "peak_mb": peak}))
        return
    sizes = ("--traces", options.traces, "--details", options.details)
    with demo() as url:
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
        for turn in range(ROUNDS):
            for side in list(SIDES)[:: 1 if turn % 2 else -1]:
                runs[side].append(in_a_process(side, url, *sizes))
        small = in_a_process("client", url, "--traces", 1000, "--details", 200)
    one = runs["client"][0]
    print(
        f"{one['rows']:,} traces walked,"
        f" {min(options.details, one['rows']):,} of them read with {one['spans']:,} spans"
    )
    print("| | client /s | bare httpx /s | ratio |\n|---|--:|--:|--:|")
    for what, count, took in (
        ("list, rows", "rows", "walk_s"),
        ("traces with their spans", "details", "read_s"),
    ):
        rates = {
            side: statistics.median(
                [(r[count] if count in r else min(options.details, r["rows"])) / r[took] for r in told]
            )
            for side, told in runs.items()
        }
        share = rates["client"] / rates["bare"]
        print(f"| {what} | {rates['client']:,.0f} | {rates['bare']:,.0f} | **{share:.2f}** |")
    peaks = {side: max(r["peak_mb"] for r in told) for side, told in runs.items()}
    print(f"peak memory: client {peaks['client']:.0f} MB, bare {peaks['bare']:.0f} MB;"
          f" client on 1,000 traces and 200 details {small['peak_mb']:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
