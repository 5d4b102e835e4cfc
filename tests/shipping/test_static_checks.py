"""The static checker: its security rules are on for what ships, and each exception in the code says why."""

from __future__ import annotations

import re
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.shipping.dockerfile import ROOT

SHIPS = ("agentops_client", "agentops_lite", "dashboard", "deploy", "pages")
LINT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
FILES = [path.relative_to(ROOT) for room in SHIPS for path in sorted((ROOT / room).rglob("*.py"))]
FILES += [Path("app.py"), Path("bootstrap.py")]


def test_the_security_rules_are_on_for_every_file_that_ships() -> None:
    assert "S" in LINT["select"]
    assert [rule for rule in LINT["ignore"] if re.match(r"S\d|S$|ALL", rule)] == []
    ignored = [
        (str(path), pattern, rule)
        for pattern, rules in LINT["per-file-ignores"].items()
        for rule in rules
        if re.match(r"S\d|S$|ALL", rule)
        for path in FILES
        if fnmatch(str(path), pattern)
    ]
    assert ignored == []


def test_each_exception_from_a_security_rule_says_why() -> None:
    bare = []
    for path in FILES:
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), start=1):
            found = re.search(
                r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?(?P<reason>.*)", line
            )
            if found is None or (found["codes"] and not re.search(r"\bS\d", found["codes"])):
                continue
            if not (found["codes"] and re.match(r" - .*\w.*\w", found["reason"])):
                bare.append(f"{path}:{number}: {line.strip()}")
    assert bare == []


def test_ci_lints_audits_and_tests() -> None:
    words = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    targets = [line.split()[1] for line in words if line.startswith("make ")]
    assert targets == ["lint", "audit", "test"]
