"""The locks: what the requirements name and all that it needs, from the index alone, with hashes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).parents[2]))

import bootstrap
from deploy.locked import NotALock, read
from tests.flow import environments
from tests.shipping.dockerfile import ROOT, stages
from tests.shipping.packages import closure

WANTED = sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("tests/flow/requirements*.txt")])
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
DIGEST = "0" * 64


def pins(requirements: Path) -> dict[str, str]:
    """The versions that a short list names itself, by normalised name; other lists that it takes in aside."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text("utf-8").splitlines())
    named = [line.split("==") for line in lines if line and not line.startswith("-r ")]
    return {canonicalize_name(name.partition("[")[0]): version for name, version in named}


@pytest.mark.parametrize("requirements", WANTED, ids=lambda path: path.stem)
def test_a_lock_holds_what_is_named_and_what_that_needs(requirements: Path) -> None:
    packages = read(requirements.with_suffix(".lock"))
    names = {package.name for package in packages}
    assert len(names) == len(packages)
    here = f"-r {requirements.relative_to(ROOT)}"
    assert {p.name: p.version for p in packages if here in p.wanted_by} == pins(requirements)
    lists = {f"-r {path.relative_to(ROOT)}" for path in WANTED}
    assert [p.name for p in packages if not p.wanted_by or not set(p.wanted_by) <= names | lists] == []


@pytest.mark.parametrize("requirements", WANTED, ids=lambda path: path.stem)
def test_a_lock_names_no_place_to_fetch_from(requirements: Path) -> None:
    text = requirements.with_suffix(".lock").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    entries = [line for line in lines if not line.startswith("--hash=sha256:")]
    assert [line for line in entries if re.search(r"^[-/.]|://| @ |\bfile:", line)] == []


def test_the_tools_lie_on_the_very_packages_that_ship() -> None:
    tools = {package.name: package for package in read(DEVELOPMENT)}
    shipped = read(RUNTIME)
    assert len(shipped) > 40
    assert [
        p.name for p in shipped if (tools[p.name].version, tools[p.name].hashes) != (p.version, p.hashes)
    ] == []


def test_the_lock_installs_what_the_runtime_needs_here_and_nothing_else() -> None:
    needed = {canonicalize_name(known.name) for known in closure(ROOT / "requirements.txt")}
    assert {package.name for package in read(RUNTIME) if package.applies} == needed


@pytest.mark.parametrize(
    "text",
    [
        "httpx==0.28.1",
        "httpx>=0.28 --hash=sha256:{}",
        "httpx==0.28.* --hash=sha256:{}",
        "httpx --hash=sha256:{}",
        "httpx==0.28.1 --hash=md5:{}",
        "httpx==0.28.1 --hash=sha256:12",
        "httpx @ https://example.org/httpx-0.28.1.whl --hash=sha256:{}",
        "./httpx-0.28.1.whl --hash=sha256:{}",
        "-e .",
        "--extra-index-url https://example.org/simple",
    ],
)
def test_what_is_no_lock(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(text.format(DIGEST) + "\n    # via -r a.txt\n", "utf-8")
    with pytest.raises(NotALock):
        read(lock)


def test_a_lock_is_read(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(
        f"# made\nA_b==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:{DIGEST} \\\n"
        f"    --hash=sha256:{DIGEST[1:]}1\n"
        "    # via -c b.lock, -r a.txt, other\n",
        "utf-8",
    )
    (package,) = read(lock)
    assert (package.name, package.version, package.applies) == ("a-b", "1.0", sys.platform == "win32")
    assert (package.hashes, package.wanted_by) == ((DIGEST, f"{DIGEST[1:]}1"), ("-r a.txt", "other"))


@pytest.mark.parametrize("text", [f"a==1 --hash=sha256:{DIGEST}\n", "    # via -r a.txt\n"])
def test_a_package_that_nobody_wants_is_no_lock(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(text, "utf-8")
    with pytest.raises(NotALock):
        read(lock)


def test_everything_that_is_installed_is_checked_and_none_of_it_built() -> None:
    installs = [
        command
        for stage in stages()
        for step in stage.steps
        if step.word == "RUN"
        for command in re.split(r"&&|\|\||;", step.rest)
        if " install --no-cache-dir" in command
    ]
    assert len(installs) == 2
    for command in installs:
        assert {"--require-hashes", "--only-binary=:all:", "-r"} <= set(command.split())


@pytest.mark.parametrize(
    ("told", "uv_works", "programs"),
    [
        ("", True, ["pip", "uv"]),
        ("global.extra-index-url='https://example.org/simple'\n", True, ["pip", "uv"]),
        ("", False, ["pip", "uv", "pip"]),
        ("global.index-url='https://example.org/simple'\n", True, ["pip"]),
        (":env:.no-index='1'\n", True, ["pip"]),
    ],
)
def test_set_up_installs_locks_with_their_hashes_by_uv_or_by_pip(
    monkeypatch: pytest.MonkeyPatch, told: str, uv_works: bool, programs: list[str]
) -> None:
    ran: list[tuple[str, ...]] = []

    def run(*command: object, **_: object) -> bool:
        ran.append(tuple(map(str, command)))
        return uv_works or command[2] != "uv"

    config = subprocess.CompletedProcess([], 0, stdout=told)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: config)
    monkeypatch.setattr(bootstrap, "run", run)
    assert bootstrap.install("requirements.lock", "--no-deps", python=Path("/other/python"))
    assert [command[2] for command in ran] == programs
    assert [command[-4:-1] for command in ran] == [("--require-hashes", "--only-binary=:all:", "-r")] * len(
        ran
    )
    *first, last = ran
    assert [command[-1] for command in first][:1] == [str(ROOT / "requirements-uv.lock")][: len(first)]
    assert last[-1] == str(RUNTIME)
    assert "--no-deps" in last
    assert "/other/python" in last


def test_set_up_lets_the_environment_find_the_dashboard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    bootstrap.program()
    (line,) = packages.iterdir()
    assert (line.suffix, line.read_text()) == (".pth", f"{ROOT}\n")


def test_set_up_says_when_nothing_could_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: False)
    assert not bootstrap.install("requirements.lock")


def test_the_senders_environments_are_made_from_locks() -> None:
    locks = [environments.SDK.lock, environments.LITELLM.lock, *(f for _, f in environments.LITELLM.beside)]
    assert locks == [
        ROOT / "tests/flow" / f"requirements-{name}.lock" for name in ("sdk", "litellm", "litellm-1.74")
    ]
