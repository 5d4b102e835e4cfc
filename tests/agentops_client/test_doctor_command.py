"""``python -m agentops_client doctor`` as a user or a script meets it: real processes, and their output."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentops_client.__main__ import main
from agentops_client.doctor import STEPS
from agentops_client.doctor.terminal_settings import TerminalSettings
from tests.agentops_client.upstreams import KEYS, Upstream, free_port

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

FIELDS = {
    "schema",
    "language",
    "began",
    "endpoint",
    "state",
    "exit_status",
    "duration_ms",
    "counts",
    "steps",
}
STEP_FIELDS = {
    "step",
    "name",
    "state",
    "code",
    "duration_ms",
    "because",
    "found",
    "cause",
    "remedy",
    "command",
    "values",
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command in an empty folder, with these variables and no others of AgentOps."""

    def started(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agentops_client", *arguments]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **variables}
        given: dict[str, Any] = {"cwd": tmp_path, "env": environment, "encoding": "utf-8", "timeout": 60}
        return subprocess.run(command, capture_output=True, check=False, **given)

    return started


def settings(upstream: Upstream, project: str = "healthy", **more: str) -> dict[str, str]:
    return {"AGENTOPS_API_KEY": KEYS[project], "AGENTOPS_API_ENDPOINT": upstream.url, **more}


def test_nothing_failed(run: Run, agentops: Upstream) -> None:
    done = run("doctor", **settings(agentops))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"AgentOps doctor: {agentops.url}"
    assert [line.split()[0] for line in lines[1:17]] == ["ok"] * 3 + ["skipped"] + ["ok"] * 12
    assert re.fullmatch(r"All is well: 15 steps ok, 1 not applicable, in \d+\.\d s\.", lines[17])
    assert len(lines) == 18
    assert "\x1b" not in done.stdout


def test_something_failed_in_korean(run: Run, agentops: Upstream) -> None:
    agentops.broken["GET /v4/traces"] = (500, {"detail": "failed for {asked}"})
    secrets = {"AGENTOPS_SESSION_EMAIL": "a@b.example", "AGENTOPS_SESSION_PASSWORD": "hunter2-hunter2"}
    done = run("doctor", LC_ALL="ko_KR.UTF-8", **settings(agentops, **secrets))
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("실패  트레이스 목록"))
    assert lines[at + 1].startswith("      원인: ClickHouse")
    assert lines[at + 2].startswith("      조치: ")
    # what is to be copied stands alone
    assert lines[at + 3 : at + 5] == [
        "      복사:",
        "          docker compose logs --tail 50 agentops-api clickhouse",
    ]
    assert lines[-1].startswith("1단계 실패")
    assert lines[-1].endswith("먼저 볼 것: 트레이스 목록.")
    assert agentops.secrets
    for secret in (KEYS["healthy"], "hunter2-hunter2", *agentops.secrets):
        assert secret not in done.stdout


def test_settings_that_cannot_be_used(run: Run) -> None:
    done = run("doctor", "--json", AGENTOPS_API_ENDPOINT="http://user:hunter2-hunter2@agentops.example")
    assert (done.returncode, done.stderr) == (2, "")
    said = json.loads(done.stdout)
    assert (said["exit_status"], said["state"], said["endpoint"]) == (2, "failed", None)
    assert said["counts"] == {"ok": 0, "warning": 0, "failed": 1, "skipped": 15}
    assert "AGENTOPS_API_ENDPOINT must be an address" in said["steps"][0]["found"]
    assert "hunter2" not in done.stdout


def test_one_json_object(run: Run, agentops: Upstream) -> None:
    done = run("doctor", "--json", "--lang", "ko", **settings(agentops, "stale"))
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert set(said) == FIELDS
    assert (said["schema"], said["language"], said["state"]) == (1, "ko", "warning")
    assert said["endpoint"] == agentops.url
    assert [step["step"] for step in said["steps"]] == list(STEPS)
    assert all(set(step) == STEP_FIELDS for step in said["steps"])
    assert said["duration_ms"] == sum(step["duration_ms"] for step in said["steps"])
    stale = said["steps"][STEPS.index("freshness")]
    assert (stale["state"], stale["code"], stale["name"]) == ("warning", "stale", "최신성")
    assert stale["values"]["age_s"] >= 30 * 3600
    assert stale["command"] == "docker compose logs --tail 50 otel-collector"
    assert (said["steps"][0]["cause"], said["steps"][0]["because"]) == (None, None)


def test_settings_come_from_the_folders_env_file(run: Run, agentops: Upstream, tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in settings(agentops).items()]
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")
    assert run("doctor").returncode == 0
    # the environment wins
    done = run("doctor", "--json", AGENTOPS_API_KEY="c0ffee00")
    assert done.returncode == 1
    assert [s["step"] for s in json.loads(done.stdout)["steps"] if s["state"] == "failed"] == ["key"]


def test_a_terminal_that_cannot_show_every_letter(run: Run) -> None:
    variables = {"PYTHONIOENCODING": "ascii", "AGENTOPS_API_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    done = run("doctor", "--lang", "ko", **variables)
    assert (done.returncode, done.stderr) == (1, "")
    assert "docker" in done.stdout


def test_a_reader_that_goes_away(agentops: Upstream, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings(agentops)}
    command = [sys.executable, "-m", "agentops_client", "doctor"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1


def test_colours_on_a_terminal_only_where_they_are_wanted(tmp_path: Path) -> None:
    """With a malformed endpoint, which ends at once."""

    def on_terminal(**variables: str) -> bytes:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "AGENTOPS_API_ENDPOINT": "x", **variables}
        command = [sys.executable, "-m", "agentops_client", "doctor", "--lang", "en"]
        try:
            subprocess.run(command, cwd=tmp_path, env=environment, stdout=theirs, timeout=60, check=False)
            return os.read(ours, 8192)
        finally:
            os.close(ours)
            os.close(theirs)

    assert b"\x1b[31mFAILED " in on_terminal(TERM="xterm")
    plain = on_terminal(TERM="xterm", NO_COLOR="1")
    assert b"FAILED " in plain
    assert b"\x1b" not in plain


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["surgeon"],
        ["doctor", "--lang", "fr"],
        ["doctor", "--timeout", "0"],
        ["doctor", "--timeout", "soon"],
        ["doctor", "--timeout", "nan"],
        ["doctor", "--timeout", "601"],
    ],
)
def test_wrong_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m agentops_client" in capsys.readouterr().err


def test_the_help_says_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "warnings alone are 0, too" in said
    assert "2 the settings cannot be used" in said


def test_a_shorter_time(agentops: Upstream, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    agentops.broken["GET /v4/.*"] = None
    for name, value in settings(agentops).items():
        monkeypatch.setenv(name, value)
    assert main(["doctor", "--json", "--timeout", "1"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["duration_ms"] < 8000
    failed = {s["step"]: s["code"] for s in said["steps"] if s["state"] == "failed"}
    assert failed  # the list, or on a busy machine a step before it
    assert set(failed.values()) <= {"timed_out", "step_timed_out", "out_of_time"}


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR"}, "ko"),
        ({"LANG": "ko", "LC_ALL": ""}, "ko"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_environment(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert TerminalSettings().language == language


@pytest.mark.parametrize(
    ("variables", "is_terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_when_to_colour(
    variables: dict[str, str], is_terminal: bool, colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert TerminalSettings().colour(is_terminal=is_terminal) is colour
