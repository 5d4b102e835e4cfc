"""What can happen to the data folder, for all that lies in it: archive, record of tries, alerts.

A folder that cannot be written needs a process that is not root, so one has all these faults happen to it and
tells what it found; this one then looks whether the files are as they were.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentops_client import Attempt
from agentops_lite import DEFAULT_API_KEY
from dashboard.alerts.memory import Memory, file_name
from dashboard.archive.file import Identity
from dashboard.heartbeat import Record
from tests.browser import free_port
from tests.dashboard.archive_frames import held, opened, trace
from tests.dashboard.test_alert_memory import LEASE, at, kept

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
NOW = datetime.now(UTC)
HOUR_AGO = NOW - timedelta(hours=1)
ALERTS = "alerts-test.sqlite3"
FAULTS = ("closed", "read_only", "full", "turned_read_only")
#: Only new files are refused there: the archive makes its log anew, the alerts' is open.
ALERTS_WRITTEN = ("turned_read_only",)

PRELUDE = """
import json, logging, os, resource, sys
from tests.dashboard.test_data_folder import *
folder = Path(sys.argv[1])
"""
#: Opens all three, before or after the fault, and tells what they hold and what was said.
CHILD = """
told = {}
class Lines(logging.Handler):
    def emit(self, record):
        told[fault]["log"].append([record.name, record.getMessage(), record.cause])
logging.getLogger("dashboard").addHandler(Lines())
if os.getuid() == 0:
    os.setgid(NOBODY)
    os.setuid(NOBODY)

def look(fault, stores):
    archive, record, memory = stores
    archive.put(trace("later", 2))
    record.observe(attempt())
    record.write()
    record.write()
    memory.take_lease("child", 2, NOW + timedelta(hours=1), LEASE)
    memory.commit("child", {**memory.states(), "later": kept()}, [], [])
    told[fault] |= {
        "traces": sorted(name for name, in held(archive, "SELECT trace_id FROM traces")),
        "tries": sum(beat.tries for beat in record.beats(HOUR_AGO)),
        "states": sorted(memory.states()),
        "notices": [n.kind for n in (*archive.notices, *memory.notices)],
        "trouble": record.trouble,
    }

for fault in ("closed", "read_only", "turned_read_only", "full"):  # the last one is not to be undone
    told[fault] = {"log": []}
    stores = all_three(folder / fault)
    if fault == "turned_read_only":
        os.chmod(folder / fault, 0o555)
        for file in (folder / fault).iterdir():
            os.chmod(file, 0o444)
        stores[0].refresh()
    if fault == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
    look(fault, stores)
print(json.dumps(told))
"""

#: Writes rounds until it is killed; says which are written.
KILLED = """
memory, record = Memory(folder / ALERTS), Record(folder, "http://a")
memory.take_lease("me", 1, NOW, LEASE)
for number in range(100_000):
    memory.commit("me", {f"{number}": kept(), "same": kept(held_since=at(number))}, [], [])
    for _ in range(3):
        record.observe(attempt())
    record.write()
    print(number, flush=True)
"""


def attempt() -> Attempt:
    return Attempt("list", NOW.timestamp(), 0.1, 200, None)


def all_three(folder: Path) -> tuple[Any, Record, Memory]:
    return opened(folder), Record(folder, "http://a"), Memory(folder / ALERTS)


def fill(folder: Path) -> None:
    """As a dashboard that was killed leaves it: the alerts' log is not in their file yet."""
    archive, record, memory = all_three(folder / "made")
    archive.put(trace("before", 3))
    archive.close()
    record.observe(attempt())
    record.write()
    assert memory.take_lease("me", 1, NOW, LEASE)
    memory.commit("me", {"before": kept()}, [], [])
    for fault in FAULTS:
        shutil.copytree(folder / "made", folder / fault)
    memory.close()


@pytest.fixture(scope="module")
def faults() -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder, one of its own for each fault, and what the process told of them."""
    with tempfile.TemporaryDirectory() as name:  # not below pytest's own, which is closed to others
        folder = Path(name)
        folder.chmod(0o755)
        fill(folder)
        for fault, mode, owner in (
            ("closed", 0o000, 0), ("read_only", 0o555, 0), ("turned_read_only", 0o700, NOBODY),
            ("full", 0o700, NOBODY),
        ):  # fmt: skip
            for file in (*(folder / fault).iterdir(), folder / fault):
                file.chmod({0o555: 0o444}.get(mode, 0o600) if file.is_file() else mode)
                if os.getuid() == 0:
                    os.chown(file, owner, owner)
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + CHILD, name],
            cwd=ROOT, text=True, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for fault in FAULTS:  # the remedy
            (folder / fault).chmod(0o700)
            for file in (folder / fault).iterdir():
                file.chmod(0o600)
        yield folder, json.loads(done.stdout)


@pytest.mark.parametrize("fault", FAULTS)
def test_it_starts_and_goes_on_and_says_what_happened(
    faults: tuple[Path, dict[str, Any]], fault: str
) -> None:
    told = faults[1][fault]
    assert "later" in told["traces"]
    assert "later" in told["states"]
    concerned = ["not_writable"] * (1 if fault in ALERTS_WRITTEN else 2)
    assert told["notices"] == concerned
    assert told["trouble"]
    said = [cause for logger, _, cause in told["log"] if logger in ("dashboard.archive", "dashboard.alerts")]
    assert said == concerned
    written = [line for name, line, _ in told["log"] if name == "dashboard.heartbeat" and "written" in line]
    assert len(written) == 1, "said once, however often it is tried"


@pytest.mark.parametrize("fault", FAULTS)
def test_what_can_be_read_is_shown(faults: tuple[Path, dict[str, Any]], fault: str) -> None:
    """The archive begins anew: AgentOps has it all. The other two exist nowhere else."""
    told = faults[1][fault]
    assert told["tries"] == (1 if fault == "closed" else 2)
    assert told["states"] == (["later"] if fault == "closed" else ["before", "later"])


@pytest.mark.parametrize("fault", FAULTS)
def test_with_the_fault_gone_nothing_is_missing(
    faults: tuple[Path, dict[str, Any]], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = faults[0] / fault
    assert not [file.name for file in folder.iterdir() if "broken" in file.name], "a good file was put aside"
    archive, record, memory = all_three(folder)
    assert held(archive, "SELECT trace_id FROM traces") == [("before",)]
    assert sum(beat.tries for beat in record.beats(HOUR_AGO)) == 1
    assert sorted(memory.states()) == ["before", *(["later"] if fault in ALERTS_WRITTEN else [])]
    assert (archive.notices, memory.notices, caplog.records) == ((), (), [])
    archive.close()
    memory.close()


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "..", "C:\\x", "a\x00b", "~root"])
def test_no_address_and_no_project_names_a_file_elsewhere(name: str) -> None:
    for file in (
        Identity(f"http://a/{name}", name).file_name,
        Identity(name, "p").file_name,
        file_name(name, name),
    ):
        assert re.fullmatch(r"(archive|alerts)-[0-9a-f]{12}\.(duckdb|sqlite3)", file)


def test_the_whole_process_serves_without_its_folder(lite: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    port = free_port()
    settings = {
        "AGENTOPS_API_KEY": DEFAULT_API_KEY, "AGENTOPS_API_ENDPOINT": lite,
        "DASHBOARD_DATA_DIR": str(tmp_path / "data"), "DASHBOARD_LOG_FORMAT": "json",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard", f"--server.port={port}", "--server.address=127.0.0.1"],
        cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said: dict[str, str] = {}
        while len(said) < 2:
            line = process.stderr.readline()
            assert line, f"it ended, having said {said}"
            if line.startswith("{"):
                told = json.loads(line)
                said[told["logger"]] = told["cause"]
        assert said == {"dashboard.archive": "not_writable", "dashboard.alerts": "not_writable"}
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=30).status_code == 200
        process.terminate()
        process.communicate(timeout=20)
    assert (tmp_path / "data").read_text() == "a file in the way"


@pytest.mark.parametrize("what", ["gone", "a file"])
def test_a_folder_that_goes_while_it_runs(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "data"
    archive, record, memory = all_three(folder)
    assert memory.take_lease("me", 1, NOW, LEASE)
    memory.commit("me", {"before": kept()}, [], [])
    shutil.rmtree(folder)
    if what == "a file":
        folder.write_text("in the way")
    archive.put(trace("later", 1))
    record.observe(attempt())
    record.write()
    assert memory.take_lease("me", 1, NOW, LEASE)
    assert [name for (name,) in held(archive, "SELECT trace_id FROM traces")] == ["later"]
    if what == "a file":
        assert [n.kind for n in (*archive.notices, *memory.notices)] == ["not_writable"] * 2
        assert list(memory.states()) == ["before"], "what is open can still be read"
        assert record.trouble
        folder.unlink()
        record.write()
    else:
        assert (*archive.notices, *memory.notices) == ()
    assert record.trouble == ""
    assert sum(beat.tries for beat in Record(folder, "http://a").beats(HOUR_AGO)) == 1
    archive.close()
    memory.close()


def test_killed_in_the_middle_of_writing_each_round_is_whole_or_absent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PRELUDE + KILLED, str(tmp_path)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for _ in range(25):
            written = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        written = max([written, *map(int, process.stdout.read().split())])
    memory, record = Memory(tmp_path / ALERTS), Record(tmp_path, "http://a")
    states = memory.states()
    number = int(next(name for name in states if name != "same"))
    assert number >= written
    assert set(states) == {f"{number}", "same"}
    assert states["same"].state.held_since == at(number)
    tries = sum(beat.tries for beat in record.beats(HOUR_AGO))
    assert tries % 3 == 0
    assert tries // 3 >= written + 1
    assert memory.notices == ()
    memory.close()
