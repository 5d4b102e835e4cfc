"""docs/OPERATIONS.md and the files that ship: no variable, log line, cause or link that does not exist."""

from __future__ import annotations

import ast
import logging
import re
import sys
from functools import cache, partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from agentops_client import AgentOpsError
from agentops_client.errors import ConnectionRefused
from agentops_client.failure_log import FailureLog
from agentops_client.settings import AgentOpsSettings
from dashboard.settings import DashboardSettings
from tests.shipping.compose import services
from tests.shipping.dockerfile import ROOT

GUIDE = ROOT / "docs" / "OPERATIONS.md"
SHIPPED = (
    "Dockerfile", "compose.yaml", "docs/OPERATIONS.md", "deploy/kubernetes.yaml", "deploy/nginx/nginx.conf",
)  # fmt: skip
VARIABLES = {
    prefix + field.upper()
    for prefix, settings in (("AGENTOPS_", AgentOpsSettings), ("DASHBOARD_", DashboardSettings))
    for field in settings.model_fields
}
#: What is written to the log; ``log_bug`` writes its second argument and the mistake's type.
LOGGERS = {"log", "_log", "logger"}
WRITES = {"log", "debug", "info", "warning", "error", "exception", "critical"}


def guide() -> str:
    return GUIDE.read_text("utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_variable_that_is_named_exists(name: str) -> None:
    named = re.findall(
        r"(?<!\w)(?:DASHBOARD|AGENTOPS)_[A-Z][A-Z0-9_]*(?!\w|\.md)", (ROOT / name).read_text("utf-8")
    )
    assert set(named) - VARIABLES == set()


@cache
def _calls() -> list[tuple[Path, ast.Call]]:
    paths = [path for package in ("dashboard", "agentops_client") for path in (ROOT / package).rglob("*.py")]
    nodes = ((path, node) for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return [(path, node) for path, node in nodes if isinstance(node, ast.Call)]


@cache
def _lines() -> set[tuple[Path, str]]:
    """What the program says in its log and where, each ``%s`` and ``{…}`` as a NUL."""
    found = set()
    for path, call in _calls():
        text: ast.expr | None = None
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=logger), attr=attr), args=[first, *_]):
                text = first if logger in LOGGERS and attr in WRITES else None
            case ast.Call(func=ast.Name(id="log_bug"), args=[_, second]):
                text = second
        if isinstance(text, ast.Constant):
            found.add((path, re.sub(r"%[srd]", "\0", str(text.value).split("\n")[0])))
        elif isinstance(text, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "\0" for part in text.values)
            found.add((path, "".join(parts)))
    return found


def test_every_line_of_the_log_is_described() -> None:
    lines = {line for _, line in _lines() if line.strip("\0: ")}
    assert {"a page failed", "Trace \0 could not be turned into rows"} <= lines
    rows = "\n".join(row for row in guide().splitlines() if row.startswith("| `dashboard"))
    unknown = {line for line in lines if not re.search(re.escape(line).replace("\0", r"[A-Z]+"), rows)}
    assert unknown == set()


def test_every_logger_is_named() -> None:
    names, writing = set(), {path for path, _ in _lines()}
    for path, call in _calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "getLogger" and path in writing:
            (name,) = call.args
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            names.add(str(name.value) if isinstance(name, ast.Constant) else module)
    assert {name for name in names if f"| `{name}` |" not in guide()} == set()


def test_the_line_of_a_failure_has_the_fields_that_are_described(caplog: pytest.LogCaptureFixture) -> None:
    asked = partial(ConnectionRefused, method="GET", path="/v4/traces", endpoint="http://a:1")
    with caplog.at_level(logging.INFO, logger="agentops_client"):
        FailureLog(lambda: 0.0).write(asked(status=502, phase="read", duration_s=0.004))
    written = {name for record in caplog.records for name in re.findall(r"(\w+)=", record.getMessage())}
    table = guide().partition("| field | meaning |")[2].partition("A field that")[0]
    described = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| ([^|]*) \|", table, flags=re.M))))
    assert written == described


def _causes(error: type[AgentOpsError] = AgentOpsError) -> set[str]:
    below = set().union(*map(_causes, error.__subclasses__()))
    return below or {error.cause}


def test_there_is_something_to_do_for_every_cause() -> None:
    table = guide().partition("| cause | do |")[2].partition("\n\n")[0]
    first = "\n".join(re.findall(r"^\| ([^|]*) \|", table, flags=re.M))
    assert set(re.findall(r"`(\w+)`", first)) == _causes()


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", guide())
    assert targets
    heads = {head.lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", guide(), flags=re.M)}
    for target in targets:
        path, _, anchor = target.partition("#")
        assert (GUIDE.parent / path).exists(), target
        assert not anchor or anchor in heads, target


def test_commands_name_services_that_exist() -> None:
    started = set(re.findall(r"docker compose (?:up -d|build --pull|exec) ([\w-]+)", guide()))
    assert started == {"dashboard", "dashboard-demo", "proxy"} <= set(services())
