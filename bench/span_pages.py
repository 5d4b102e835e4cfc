"""Pages on an archive of 32,000 traces against the same pages on 300: script time, browser, memory.

    python bench/span_pages.py [--traces 32000] [--profile PAGE]

Thirty days in both, five spans a trace; an AgentOps that costs nothing stands in. *First* is a run whose
questions the archive has not answered since it changed last, *refresh* one on an archive that did not
change: both in time of the processor, so that a busy machine hardly matters. *Browser* is the time from
navigation to the last chart in a fresh Chromium. The mark is a ratio below 1.5.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx
import uvicorn
from made_traces import made_traces
from stand_in import ENDPOINT, PROJECT_ID, StandIn
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from dashboard import projects, shelf
from dashboard.archive import Archive
from dashboard.archive.shared import close_shared
from dashboard.pricing import price_book
from dashboard.upstream import Upstream
from tests.browser import launch

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "cost", "performance", "agents")
#: What is on a page when its last chart has been drawn.
DRAWN = {"overview": 3, "cost": 4, "performance": 3, "agents": 1}
FEW, SPANS, BATCH = 300, 5, 500
TIMES, ROUNDS = 5, 1


def fill(folder: Path, traces: int) -> None:
    archive = Archive.open(folder, endpoint=ENDPOINT, project_id=PROJECT_ID, book=price_book(None))
    now = datetime.now(UTC)
    for first in range(0, traces, BATCH):
        archive.put(made_traces(first, min(BATCH, traces - first), SPANS, traces, now=now))
    archive.close()


@contextmanager
def shared_archive(traces: int) -> Iterator[Archive]:
    """The dashboard's own archive, open, with what the environment's folder holds."""
    projects.share(Upstream(StandIn(traces), endpoint=ENDPOINT))  # type: ignore[arg-type]
    held = shelf.shelf_of(projects.shared())
    while held.archive is None:
        time.sleep(0.01)
    yield held.archive
    close_shared()
    projects.close_shared()


def page(name: str) -> Any:
    """The page as a test script, its answers from AgentOps arrived."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=120)
    at.switch_page(f"../pages/{name}.py")
    at.query_params.update({"lang": "en", "range": "30d", "tz": "Asia/Seoul"})
    for _ in range(3):
        at.run()
        assert not at.exception, at.exception
    markup = "".join(element.proto.body for element in at.get("html"))
    assert 'ao-coverage complete"' in markup, "the archive does not hold all traces"
    return at


def script_times(name: str, archive: Archive) -> dict[str, list[float]]:
    """Processor milliseconds of a run: `first` after a change of the archive, `refresh` without one."""
    at = page(name)
    took: dict[str, list[float]] = {"first": [], "refresh": []}
    other = made_traces(10**7, 1, SPANS, 10**9, now=datetime.now(UTC))
    for _ in range(TIMES):
        archive.put(other)
        for times in took.values():
            begun = time.process_time()
            at.run()
            times.append((time.process_time() - begun) * 1000)
    return took


def measure(traces: int) -> dict[str, Any]:
    with shared_archive(traces) as archive:
        pages = {name: script_times(name, archive) for name in PAGES}
    return {"pages": pages, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def profile(name: str, traces: int) -> None:
    with shared_archive(traces) as archive:
        at = page(name)
        archive.put(made_traces(10**7, 1, SPANS, 10**9, now=datetime.now(UTC)))
        # AppTest runs a script in a thread of its own: so the profile is switched on for all threads
        profiler = cProfile.Profile()
        run = script_runner.ScriptRunner._run_script

        def profiled(self: Any, *arguments: Any) -> None:
            profiler.runcall(run, self, *arguments)

        script_runner.ScriptRunner._run_script = profiled  # type: ignore[method-assign]
        at.run()
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


def serve(port: int, traces: int) -> None:
    projects.share(Upstream(StandIn(traces), endpoint=ENDPOINT))  # type: ignore[arg-type]
    # only now: it reads the settings and asks the shared upstream
    uvicorn.run(import_module("app").app, port=port, log_level="error")


def child(folder: Path, *arguments: object) -> list[str]:
    os.environ["DASHBOARD_DATA_DIR"] = str(folder)
    return [sys.executable, __file__, *map(str, arguments)]


def measured(folder: Path, traces: int) -> dict[str, Any]:
    """What :func:`measure` tells in a process of its own."""
    command = child(folder, "--measure", "--traces", traces)
    run = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer


@contextmanager
def served(folder: Path, port: int, traces: int) -> Iterator[str]:
    process = subprocess.Popen(child(folder, "--serve", port, "--traces", traces), cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(url, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
        with open(f"/proc/{process.pid}/status") as status:  # noqa: PTH123
            peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        print(f"server of {traces} traces: peak memory {int(peak) / 1024:.0f} MB")
    finally:
        process.terminate()
        process.wait(10)


def in_browser(urls: list[str], runs: int = 3) -> list[dict[str, float]]:
    """Milliseconds from navigation until all charts of each page are drawn, for each server in turn."""
    took: list[dict[str, list[float]]] = [{name: [] for name in PAGES} for _ in urls]
    with launch() as browser:
        for run in range(runs + 1):
            for i, url in enumerate(urls):
                for name in PAGES:
                    context = browser.new_context(viewport={"width": 1440, "height": 4000})
                    tab = context.new_page()
                    path = "" if name == "overview" else name
                    begun = time.perf_counter()
                    tab.goto(f"{url}/{path}?lang=en&range=30d&tz=Asia/Seoul")
                    tab.wait_for_function(
                        "n => document.querySelectorAll('.js-plotly-plot .subplot').length >= n",
                        arg=DRAWN[name], timeout=60_000,
                    )  # fmt: skip
                    if run:
                        took[i][name].append((time.perf_counter() - begun) * 1000)
                    context.close()
    return [{name: statistics.median(times) for name, times in side.items()} for side in took]


def main(traces: int, *, browser: bool) -> None:
    with tempfile.TemporaryDirectory() as few_dir, tempfile.TemporaryDirectory() as many_dir:
        few, many = Path(few_dir), Path(many_dir)
        fill(few, FEW)
        fill(many, traces)
        # in turn, so that noise of the machine falls on both
        runs = [[measured(few, FEW), measured(many, traces)] for _ in range(ROUNDS)]
        print(f"{'page':>12} {'run':>8} {FEW:>8} traces {traces:>8} traces {'ratio':>6}")
        for name in PAGES:
            for kind in ("first", "refresh"):
                a, b = (
                    statistics.median([ms for run in runs for ms in run[side]["pages"][name][kind]])
                    for side in (0, 1)
                )
                print(f"{name:>12} {kind:>8} {a:>12.0f} ms {b:>12.0f} ms {b / a:>6.2f}")
        a, b = (max(run[side]["peak_mb"] for run in runs) for side in (0, 1))
        print(f"{'peak memory':>21} {a:>12.0f} MB {b:>12.0f} MB")
        if browser:
            with served(few, 8651, FEW) as one, served(many, 8652, traces) as two:
                a_side, b_side = in_browser([one, two])
            for name in PAGES:
                a, b = a_side[name], b_side[name]
                print(f"{name:>12} {'browser':>8} {a:>12.0f} ms {b:>12.0f} ms {b / a:>6.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--traces", type=int, default=32_000)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--profile", choices=PAGES)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.traces)))
    elif options.serve:
        serve(options.serve, options.traces)
    elif options.fill:
        fill(options.fill, options.traces)
    elif options.profile:
        profile(options.profile, options.traces)
    else:
        main(options.traces, browser=not options.no_browser)
