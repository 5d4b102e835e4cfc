"""``make audit``: what it says and how it ends, with the real pip-audit and a database on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from deploy.audit import BROKEN, CLEAN, EXCEPTIONS, FOUND, LOCKS, NOT_AUDITED, main
from deploy.exceptions import accepted
from tests.browser import free_port
from tests.shipping.advisories import SINCE_LONG, advisory, database
from tests.shipping.dockerfile import ROOT

TODAY = date(2026, 11, 22)
HOLE = {("leaky", "1.0"): [advisory("leaky", "PYSEC-2026-1", "CVE-2026-1", mended="1.1")]}
EXCUSE = """[[accepted]]
id = "CVE-2026-1"
package = "leaky"
reason = "the dashboard never pours"
until = 2026-11-22
"""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Of two packages here, and one for another system."""
    made = tmp_path / "small.lock"
    made.write_text(
        "".join(
            f"{entry} \\\n    --hash=sha256:{'0' * 64}\n    # via -r small.txt\n"
            for entry in ("leaky==1.0", "tight==2.0", "elsewhere==3.0 ; sys_platform == 'win32'")
        ),
        "utf-8",
    )
    return made


@pytest.fixture
def excuses(tmp_path: Path) -> Path:
    made = tmp_path / "excuses.toml"
    made.write_text("", "utf-8")
    return made


def test_what_has_no_advisory_is_clean(lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database(SINCE_LONG) as osv:
        assert main(["--osv-url", osv.url, str(lock)], exceptions=excuses) == CLEAN == 0
    assert osv.asked == [("jinja2", "2.4.1"), ("leaky", "1.0"), ("tight", "2.0")]
    assert capsys.readouterr().out == "audit: small.lock: 2 packages audited, advisories: 0\n"


def test_an_advisory_is_found_and_its_remedy_told(
    lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database({**SINCE_LONG, **HOLE}) as osv:
        assert main(["--osv-url", osv.url, "--if-reachable", str(lock)], exceptions=excuses) == FOUND == 1
    said = capsys.readouterr().out
    assert "advisories: 1" in said
    assert "FOUND: leaky 1.0: PYSEC-2026-1 = CVE-2026-1; mended by 1.1" in said


@pytest.mark.parametrize(
    ("old", "new", "ends"),
    [
        ("leaky", "leaky", CLEAN),
        ("leaky", "tight", FOUND),
        ("CVE-2026-1", "CVE-2026-10", FOUND),
    ],
)
def test_an_exception_is_for_one_advisory_about_one_package(
    lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, ends: int
) -> None:
    excuses.write_text(EXCUSE.replace(old, new), "utf-8")
    with database({**SINCE_LONG, **HOLE}) as osv:
        assert main(["--osv-url", osv.url, str(lock)], today=TODAY, exceptions=excuses) == ends
    said = capsys.readouterr().out
    assert ("accepted until 2026-11-22" in said) is (ends == CLEAN)
    assert ("concerns nothing any more" in said) is (ends == FOUND)


def test_an_exception_ends_and_nothing_is_asked_before_somebody_has_looked(
    lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    excuses.write_text(EXCUSE, "utf-8")
    with database({**SINCE_LONG, **HOLE}) as osv:
        ended = main(["--osv-url", osv.url, str(lock)], today=date(2026, 11, 23), exceptions=excuses)
    assert (ended, osv.asked) == (FOUND, [])
    assert "EXPIRED: CVE-2026-1 (leaky) was accepted until 2026-11-22: the dashboard never pours" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(("options", "ends"), [([], NOT_AUDITED), (["--if-reachable"], CLEAN)])
def test_where_nobody_answers_nothing_was_audited(
    lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str], options: list[str], ends: int
) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    assert main([*options, "--osv-url", url, str(lock)], exceptions=excuses) == ends
    said = capsys.readouterr().out
    assert "NOTHING WAS AUDITED" in said
    assert "packages audited" not in said


def test_a_database_that_knows_nothing_has_not_audited(
    lock: Path, excuses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database({}) as osv:
        assert main(["--osv-url", osv.url, str(lock)], exceptions=excuses) == NOT_AUDITED
    assert osv.asked == [("jinja2", "2.4.1")]
    assert "NOTHING WAS AUDITED" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--if-reachable"]])
def test_an_answer_that_fails_in_the_middle_is_no_success(
    lock: Path, excuses: Path, options: list[str]
) -> None:
    with database(SINCE_LONG, falls_over="tight") as osv:
        assert main([*options, "--osv-url", osv.url, str(lock)], exceptions=excuses) == BROKEN == 2


def test_a_package_that_was_skipped_was_not_audited(
    lock: Path, excuses: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"dependencies": [{"name": "leaky", "skip_reason": "not found"},
                               {"name": "tight", "version": "2.0", "vulns": []}]}  # fmt: skip
    done = subprocess.CompletedProcess([], 0, stdout=json.dumps(answer), stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with database(SINCE_LONG) as osv:
        assert main(["--osv-url", osv.url, str(lock)], exceptions=excuses) == BROKEN
    assert "left out of small.lock: leaky 1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        EXCUSE.replace('reason = "the dashboard never pours"\n', ""),
        EXCUSE.replace("the dashboard never pours", " "),
        EXCUSE.replace("until = 2026-11-22\n", ""),
        EXCUSE.replace("2026-11-22", '"2026-11-22"'),
        EXCUSE.replace("2026-11-22", "2026-11-22T00:00:00Z"),
        EXCUSE.replace("leaky", ""),
        EXCUSE + "severity = 3\n",
        EXCUSE.replace("accepted", "ignored"),
        "[[accepted",
    ],
)
def test_an_exception_without_a_reason_or_an_end_is_refused(lock: Path, excuses: Path, text: str) -> None:
    excuses.write_text(text, "utf-8")
    with database(SINCE_LONG) as osv:
        assert main(["--osv-url", osv.url, str(lock)], today=TODAY, exceptions=excuses) == BROKEN
    assert osv.asked == []


def test_our_own_exceptions_can_be_read_and_our_own_locks_are_audited() -> None:
    accepted(EXCEPTIONS)
    assert LOCKS == (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
