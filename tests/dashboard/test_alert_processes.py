"""Two dashboards on one memory file, in processes of their own: one looks at the rules and sends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agentops_lite.config import DEFAULT_API_KEY
from tests.dashboard.alert_receiver import receiving, wait_for
from tests.otlp import send, span

ROOT = Path(__file__).resolve().parents[2]

PROCESS = """
import json, sys, time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from agentops_client import AgentOpsClient, AgentOpsSettings
from dashboard import shelf
from dashboard.alerts import AlertRules, Rule, Webhook
from dashboard.alerts.rules import METRICS
from dashboard.alerts.view import WatchOptions
from dashboard.alerts.watch import Watch
from dashboard.text import Formats, Words
from dashboard.upstream import Upstream

url, folder, hook, key = sys.argv[1:]
settings = AgentOpsSettings(_env_file=None, api_key=key, api_endpoint=url)
upstream = Upstream(AgentOpsClient(settings), endpoint=url)
rule = Rule(name="many", metric=METRICS["failed_traces"], comparison=">=", threshold=3,
            window=timedelta(minutes=15))
rules = AlertRules((rule,), (Webhook(name="ops", url=hook, format="json"),))
watch = Watch(upstream, lambda: shelf.shelf_of(upstream), WatchOptions(
    rules=rules, folder=Path(folder), words=Words("en"), formats=Formats("en", ZoneInfo("UTC")),
    every=timedelta(seconds=0.3)))
watch.start()
while True:
    view = watch.look()
    print(json.dumps([view.role, [kept.state.name for _, kept in view.rules if kept]]), flush=True)
    time.sleep(0.1)
"""


class Process:
    """A dashboard's watcher in a process of its own, which prints its role and states."""

    def __init__(self, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "DASHBOARD_DATA_DIR": "memory"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.newest: list[Any] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.newest = json.loads(line)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        self.process.wait(10)
        self._thread.join(10)
        if self.process.stdout:
            self.process.stdout.close()


def test_of_two_processes_one_sends(lite: str, tmp_path: Path) -> None:
    send(lite, [span(n, 1, datetime.now(UTC) - timedelta(minutes=8), status="ERROR") for n in range(1, 5)])
    with receiving() as receiver, ExitStack() as running:
        both = [Process(lite, str(tmp_path), receiver.url, DEFAULT_API_KEY) for _ in range(2)]
        for process in both:
            running.callback(process.end)
        wait_for(
            lambda: (
                sorted(map(str, (p.newest for p in both)))
                == ["['other_process', ['firing']]", "['watching', ['firing']]"]
            ),
            seconds=60,
        )
        wait_for(lambda: receiver.attempts)
        assert [body["alert"]["rule"] for body in receiver.bodies()] == ["many"]
        watching = next(process for process in both if process.newest[0] == "watching")
        other = next(process for process in both if process is not watching)
        watching.end()  # killed: its lease runs out
        wait_for(lambda: other.newest == ["watching", ["firing"]])
        assert [body["alert"]["rule"] for body in receiver.bodies()] == ["many"]  # nobody is told twice
