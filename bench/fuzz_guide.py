"""libFuzzer on one property after the other, in a process beside; for ``bench/fuzz.py``.

Atheris drives the test functions through Hypothesis' ``fuzz_one_input``; Hypothesis shrinks what is found.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from fuzz_properties import Property, failure_of, properties
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase

#: libFuzzer begins with so many inputs of so many random bytes; a case takes as many as it needs.
SEEDS, SEED_BYTES, INPUT_BYTES_MAX = 20, 4_096, 16_384
#: Inputs that make no case (too short, filtered out) end the guided part at the latest after so many a case.
TRIES_A_CASE = 10
#: The guided part gets so many times what its cases take of a processor unguided, and a minute.
PATIENCE = 40


class Guide:
    """libFuzzer, beside us: a process that has our code instrumented and forks for each property, because
    libFuzzer ends the process that it runs in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "--guides"]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, prop: Property, cases: int, seed: int) -> None:
        corpus, database = self._folder / f"{prop.title} corpus", self._folder / f"{prop.title} found"
        corpus.mkdir()
        draw = random.Random(f"{seed} {prop.title}")
        for number in range(SEEDS):
            (corpus / str(number)).write_bytes(draw.randbytes(SEED_BYTES))
        log = self._folder / f"{prop.title}.log"
        order = {
            "title": prop.title, "cases": cases, "limit_s": 60 + PATIENCE * cases * prop.case_s,
            "database": str(database), "log": str(log),
            "libfuzzer": [
                f"-seed={draw.randrange(1, 2**31)}", f"-max_len={INPUT_BYTES_MAX}", "-len_control=0",
                "-timeout=300", "-reduce_inputs=0", "-rss_limit_mb=0", f"-artifact_prefix={self._folder}/",
                str(corpus),
            ],
        }  # fmt: skip
        assert self._process.stdin and self._process.stdout
        begun = time.perf_counter()
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        prop.seconds += time.perf_counter() - begun
        told = log.read_text("utf-8", "replace") if log.exists() else ""
        reached = [int(said) for said in re.findall(r"\bcov: (\d+)", told)]
        begun_with = re.search(r"INITED cov: (\d+)", told)
        if reached:
            prop.branches = reached[-1]
            prop.new = reached[-1] - int(begun_with[1] if begun_with else reached[0])
        done = re.search(r"^cases (\d+)$", told, re.MULTILINE)
        prop.cases += int(done[1]) if done else 0
        if answer.strip() != "0":
            # what was found is in the database: shrink it
            again = {
                "phases": (Phase.reuse, Phase.shrink),
                "database": DirectoryBasedExampleDatabase(database),
            }
            prop.failures = failure_of(prop, seed, max_examples=1, **again) or [f"{answer}{told[-1_500:]}"]

    def close(self) -> None:
        with self._process as process:
            assert process.stdin
            process.stdin.close()


def guides() -> int:
    """The process beside: takes orders from the standard input, a line each, and answers with exit codes."""
    import atheris  # noqa: PLC0415 - there is no wheel for every Python

    with atheris.instrument_imports(include=["agentops_client", "agentops_lite", "dashboard"]):
        known = {prop.title: prop.test for prop in properties()}
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT)
            os.dup2(log, 1)
            os.dup2(log, 2)
            _fuzz(known[order["title"]], **order)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return 0


def _fuzz(test: Any, *, cases: int, limit_s: float, database: str, libfuzzer: list[str], **_: Any) -> None:
    """libFuzzer on one property, until it had so many cases. Never returns."""
    import atheris  # noqa: PLC0415

    test._hypothesis_internal_use_settings = settings(
        database=DirectoryBasedExampleDatabase(database),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    tries = had = 0
    until = time.monotonic() + limit_s
    one_input = test.hypothesis.fuzz_one_input

    def end(code: int) -> None:
        os.write(1, f"\ncases {had}\ntries {tries}\n".encode())
        os._exit(code)

    def one(data: bytes) -> None:
        nonlocal tries, had
        tries += 1
        try:
            had += one_input(data) is not None
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what we look for
            os.write(2, f"{error!r:.1000}\n".encode())
            had += 1
            end(1)
        if had >= cases or tries >= TRIES_A_CASE * cases or time.monotonic() > until:
            end(0)

    atheris.Setup([sys.argv[0], *libfuzzer], one)
    atheris.Fuzz()
