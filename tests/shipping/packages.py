"""What requirements.txt leads to, out of the environment that runs the tests."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def closure(requirements: Path) -> list[Distribution]:
    """The distributions that the file names, and those that they need here."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text("utf-8").splitlines())
    waiting = [Requirement(line) for line in lines if line]
    found: dict[tuple[str, str], Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras}:
            if (wanted.name.lower(), extra) in found:
                continue
            found[wanted.name.lower(), extra] = known = distribution(wanted.name)
            assert wanted.specifier.contains(known.version, prereleases=True), (
                f"{wanted} is wanted, {known.version} is installed: make test-install"
            )
            needs = map(Requirement, known.requires or ())
            waiting += [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]
    return list(found.values())


def link_packages(environment: Path, requirements: Path) -> None:
    """Puts the closure of `requirements` into the virtual environment that is to be made at `environment`,
    as links to its files' topmost folders."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = environment / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    for known in closure(requirements):
        for top in {file.parts[0] for file in known.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(Path(str(known.locate_file(top))).resolve())
