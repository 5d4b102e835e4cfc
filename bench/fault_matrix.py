"""The whole fault matrix: every fault at every endpoint, as the client and the readers of all pages meet it.

    python bench/fault_matrix.py [--only overview-list] [--level client|pages|all] [--part 1/8] [--no-drift]
    python bench/fault_matrix.py --minutes 30 [--seed 1]        as many as there is time for, in any order

Prints a line for each endpoint and page, each case that failed with its reason, and "N cases, M failed";
ends with 1 where M is above 0. The slice of it that CI runs is ``tests/faults``. Needs no network.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["DASHBOARD_DATA_DIR"] = "memory"
os.environ["DASHBOARD_ARCHIVE_FOLLOW_HOURS"] = "0"  # what is read in the background asks by itself

from streamlit.components.v2 import manifest_scanner

from tests.faults import client_cases, page_cases
from tests.faults.page_case import PAGES
from tests.faults.table import LIST_FAULTS
from tests.faults.world import Process, World, back_to, no_environment, world

#: Threads and files that a world may leave: the machine's own pools start once.
THREADS, FILES = 8, 12
#: A case: its group in the table, its name, and what does it.
Case = tuple[str, str, Callable[[], object]]


def main() -> int:
    asked = _arguments()
    no_environment()
    for ends in (signal.SIGINT, signal.SIGTERM):  # also where a shell's background ignores the first
        signal.signal(ends, signal.default_int_handler)
    # Each AppTest looks through all packages that are installed, which takes longer than our page.
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
    ran, failed = Counter[str](), Counter[str]()
    began = time.monotonic()
    try:
        for by_session in (False, True):
            _run(by_session, asked, ran, failed)
    except KeyboardInterrupt:
        print("interrupted; so far:")
    for group, count in sorted(ran.items()):
        print(f"{group:28} {count:6} cases {failed[group]:6} failed")
    total, bad = sum(ran.values()), sum(failed.values())
    print(f"{total} cases, {bad} failed ({time.monotonic() - began:.0f} s)")
    return 1 if bad or not total else 0


def _run(by_session: bool, asked: argparse.Namespace, ran: Counter[str], failed: Counter[str]) -> None:
    """One world's cases, and what the process still holds after it."""
    part, parts = (int(number) for number in asked.part.split("/"))
    before = Process.now()
    with world(by_session=by_session, port=asked.port) as here:
        chosen = [case for case in _cases(here, asked) if all(word in case[1] for word in asked.only)]
        print(f"{len(chosen)} cases by {'session' if by_session else 'token'}", flush=True)
        if asked.minutes:
            random.Random(asked.seed).shuffle(chosen)
        until = time.monotonic() + 60 * asked.minutes / 2  # a half by token, a half by session
        for group, name, run in chosen[part - 1 :: parts]:
            if asked.minutes and time.monotonic() > until:
                break
            ran[group] += 1
            if problem := _problem(run):
                failed[group] += 1
                print(f"FAILED {'session ' if by_session else ''}{name}: {problem}", flush=True)
    left = back_to(before, threads=THREADS, files=FILES)
    if left.threads > before.threads + THREADS or left.files > before.files + FILES:
        failed["process"] += 1
        print(f"FAILED the process held {before} and holds {left}")


def _cases(here: World, asked: argparse.Namespace) -> Iterator[Case]:
    kind = "session" if here.by_session else "token"
    if asked.level in ("client", "all"):
        for case in client_cases.client_cases(here):
            yield (
                f"client, {case.endpoint} ({kind})",
                case.name,
                lambda case=case: client_cases.run(case, here),
            )  # type: ignore[misc]
        for name in LIST_FAULTS:
            yield f"client, walk ({kind})", f"walk-{name}", lambda name=name: client_cases.walked(name, here)  # type: ignore[misc]
    if asked.level in ("pages", "all"):
        sounds = page_cases.Sounds(here)
        for page in PAGES:
            for case in page_cases.page_cases(here, pages=(page,), drift=not asked.no_drift):
                yield f"{page} ({kind})", case.name, lambda case=case: page_cases.run(case, here, sounds)  # type: ignore[misc]


def _problem(run: Callable[[], object]) -> str:
    """Why a case failed; empty when it did not."""
    try:
        run()
    except AssertionError as wrong:
        return str(wrong)[:500]
    except Exception:  # noqa: BLE001 - the others go on
        return traceback.format_exc(limit=-2)[-800:]
    return ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--only", nargs="*", default=[], help="words that a case's name must hold, all of them"
    )
    parser.add_argument("--level", choices=("client", "pages", "all"), default="all")
    parser.add_argument("--part", default="1/1", help="every n-th case, as 3/8")
    parser.add_argument("--no-drift", action="store_true", help="pages: without the faults of single fields")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long, in an order of chance")
    parser.add_argument("--seed", type=int, default=1, help="of that order")
    parser.add_argument("--port", type=int, default=9100)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
