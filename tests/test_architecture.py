"""Who may import whom: the table of docs/ARCHITECTURE.md, held over the syntax tree."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("agentops_client", "agentops_lite", "dashboard", "pages")

#: What of ours each room may import; the longest matching name counts, a room may import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "app": {"dashboard", "agentops_client"},
    "pages": {"dashboard", "agentops_client"},
    "agentops_client": set(),
    "agentops_lite": set(),
    "dashboard.windows": set(),
    "dashboard.metrics": set(),
    "dashboard.figures": {"dashboard.components.plain"},
    "dashboard.text": set(),
    "dashboard.components": set(),
    "dashboard.components.replay_view": {"dashboard.components", "dashboard.replay"},
    "dashboard.components.waterfall_view": {"dashboard.components", "dashboard.waterfall"},
    "dashboard.heartbeat": {"agentops_client"},
    "dashboard.heartbeats": {
        "agentops_client", "dashboard.heartbeat", "dashboard.settings", "dashboard.upstream",
    },
    "dashboard.toml_file": set(),
    "dashboard.access": {"dashboard.toml_file"},
    "dashboard.settings": {"dashboard.access", "dashboard.heartbeat", "dashboard.windows"},
    "dashboard.startup": {"dashboard.access", "dashboard.settings"},
    "dashboard.projects": {"dashboard.upstream", "agentops_client"},
    "dashboard.admission": {
        "agentops_client", "dashboard.access", "dashboard.projects", "dashboard.settings",
        "dashboard.startup",
    },
    "dashboard.sign_in": {
        "dashboard.admission", "dashboard.panels", "dashboard.scope_state", "dashboard.settings",
        "dashboard.text",
    },
    "dashboard.scope": {"dashboard.settings", "dashboard.windows"},
    "dashboard.scope_state": {
        "dashboard.admission", "dashboard.scope", "dashboard.settings", "dashboard.windows",
    },
    "dashboard.questions": {"dashboard.windows", "agentops_client"},
    "dashboard.answers": {"dashboard.questions", "dashboard.windows", "agentops_client"},
    "dashboard.reach": {"agentops_client", "dashboard.questions", "dashboard.windows"},
    "dashboard.upstream": {
        "agentops_client", "dashboard.questions", "dashboard.reach", "dashboard.telemetry.counts",
        "dashboard.windows",
    },
    "dashboard.telemetry": {
        "agentops_client", "dashboard.alerts", "dashboard.archive", "dashboard.projects",
        "dashboard.settings", "dashboard.upstream",
    },
    "dashboard.telemetry.counts": {"agentops_client", "dashboard.telemetry.families"},
    "dashboard.telemetry.families": set(),
    "dashboard.pricing": {"dashboard.toml_file"},
    "dashboard.spans": {"dashboard.pricing", "agentops_client"},
    "dashboard.archive": {
        "agentops_client", "dashboard.pricing", "dashboard.spans", "dashboard.upstream",
        "dashboard.windows",
    },
    "dashboard.archive.reading": {"dashboard.filters"},
    "dashboard.queries": {
        "agentops_client", "dashboard.answers", "dashboard.archive", "dashboard.metrics",
        "dashboard.pricing", "dashboard.questions", "dashboard.scope", "dashboard.spans",
        "dashboard.upstream", "dashboard.windows",
    },
    "dashboard.choices": set(),
    "dashboard.filters": {"dashboard.scope"},
    "dashboard.presets": {"dashboard.filters", "dashboard.scope"},
    "dashboard.filter_state": {"dashboard.filters", "dashboard.scope"},
    "dashboard.links": {"dashboard.scope_state"},
    "dashboard.conversation": {"agentops_client"},
    "dashboard.waterfall": set(),
    "dashboard.replay": {"dashboard.waterfall"},
    "dashboard.report": set(),
    "dashboard.alerts": {
        "agentops_client", "dashboard.answers", "dashboard.archive", "dashboard.projects",
        "dashboard.queries", "dashboard.questions", "dashboard.reach", "dashboard.settings",
        "dashboard.shelf", "dashboard.text", "dashboard.toml_file", "dashboard.upstream",
        "dashboard.windows",
    },
    "dashboard.alignment": {"dashboard.waterfall"},
    "dashboard.export": {"agentops_client"},
    "dashboard.shelf": {"dashboard.archive", "dashboard.pricing", "dashboard.settings", "dashboard.upstream"},
    "dashboard.sections": {
        "agentops_client", "dashboard.alerts", "dashboard.alignment", "dashboard.archive",
        "dashboard.choices", "dashboard.components.chart_view", "dashboard.components.fetch",
        "dashboard.components.keep_view", "dashboard.components.listing_view",
        "dashboard.components.plain", "dashboard.components.replay_view",
        "dashboard.components.waterfall_view", "dashboard.conversation", "dashboard.export",
        "dashboard.figures", "dashboard.filter_state", "dashboard.filters", "dashboard.heartbeat",
        "dashboard.links", "dashboard.metrics", "dashboard.panels", "dashboard.presets",
        "dashboard.queries", "dashboard.reading", "dashboard.replay", "dashboard.report",
        "dashboard.scope", "dashboard.settings", "dashboard.shelf", "dashboard.text",
        "dashboard.upstream", "dashboard.waterfall", "dashboard.windows",
    },
    "dashboard.panels": {
        "agentops_client", "dashboard.admission", "dashboard.components", "dashboard.figures",
        "dashboard.projects", "dashboard.queries", "dashboard.scope",
        "dashboard.scope_state", "dashboard.text", "dashboard.upstream",
    },
    "dashboard.panels.frame": {
        "dashboard.components", "dashboard.panels", "dashboard.scope_state", "dashboard.settings",
        "dashboard.text",
    },
    "dashboard.cards": {
        "dashboard.answers", "dashboard.archive.reading", "dashboard.metrics", "dashboard.panels",
        "dashboard.queries", "dashboard.text",
    },
    "dashboard.reading": {
        "agentops_client", "dashboard.figures", "dashboard.metrics", "dashboard.panels", "dashboard.queries",
        "dashboard.scope", "dashboard.scope_state", "dashboard.windows",
    },
    "dashboard.scope_widgets": {
        "dashboard.admission", "dashboard.scope", "dashboard.scope_state", "dashboard.settings",
        "dashboard.text", "dashboard.windows",
    },
    "dashboard.bugs": {"dashboard.scope_state", "dashboard.text"},
    "dashboard.logs": {"agentops_client", "dashboard.alerts", "dashboard.settings"},
    "dashboard.web": {
        "agentops_client", "dashboard.access", "dashboard.alerts", "dashboard.archive",
        "dashboard.components", "dashboard.heartbeats", "dashboard.projects", "dashboard.queries",
        "dashboard.settings", "dashboard.shelf", "dashboard.telemetry", "dashboard.upstream",
    },
    "dashboard.main": {
        "dashboard.admission", "dashboard.panels", "dashboard.scope_state", "dashboard.scope_widgets",
        "dashboard.sign_in", "dashboard.text",
    },
    "dashboard.__main__": {"dashboard.access", "dashboard.settings", "agentops_client"},
    "dashboard": set(),
}  # fmt: skip

#: Other packages that a room is limited to, beside the standard library.
LIMITED_TO: dict[str, set[str]] = {
    "dashboard.metrics": {"pandas"},
    "dashboard.figures": {"pandas", "numpy"},
    "dashboard.windows": set(),
    "dashboard.text": {"babel"},
    "dashboard.pricing": {"genai_prices"},
    "dashboard.spans": {"pandas"},
    "dashboard.archive": {"duckdb", "pandas"},
    "dashboard.conversation": set(),
    "dashboard.filters": set(),
    "dashboard.waterfall": {"pandas"},
    "dashboard.heartbeat": {"httpx"},
    "dashboard.replay": {"pandas"},
    "dashboard.alerts": {"httpx"},
    "dashboard.report": {"markupsafe"},
    "dashboard.telemetry": {"duckdb", "prometheus_client"},
    "dashboard.alignment": {"pandas"},
    "agentops_client": {"httpcore", "httpx", "pydantic", "pydantic_settings"},
}


def modules() -> Iterator[tuple[str, Path]]:
    yield "app", ROOT / "app.py"
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name: str, path: Path) -> Iterator[str]:
    """Absolute names of everything that a module imports, wherever in it."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                inner = ROOT / Path(*source.split(".")) / alias.name
                is_module = inner.with_suffix(".py").exists() or inner.is_dir()
                yield f"{source}.{alias.name}" if is_module else source


def room_of(name: str, rooms: dict[str, set[str]]) -> str | None:
    fitting = [room for room in rooms if name == room or name.startswith(room + ".")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_module_imports_only_what_its_room_may(name: str, path: Path) -> None:
    room = room_of(name, MAY_IMPORT)
    assert room is not None
    assert name == room or room != "dashboard", f"{name} stands in no room of the table"
    for imported in imports(name, path):
        if imported.split(".")[0] not in OURS or imported == "dashboard":
            continue
        allowed = {room, *MAY_IMPORT[room]}
        assert any(imported == a or imported.startswith(a + ".") for a in allowed), (
            f"{name} imports {imported}"
        )


@pytest.mark.parametrize("room", LIMITED_TO)
def test_a_room_uses_only_the_packages_it_may(room: str) -> None:
    for name, path in modules():
        if room_of(name, LIMITED_TO) != room:
            continue
        for imported in imports(name, path):
            top = imported.split(".")[0]
            if top not in sys.stdlib_module_names and top not in OURS:
                assert top in LIMITED_TO[room], f"{name} imports {imported}"


def test_pages_stay_composition() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 90, path.name
        for forbidden in ("groupby", "add_trace", "plotly", "httpx"):
            assert forbidden not in text, (path.name, forbidden)


def test_only_settings_read_the_environment() -> None:
    # access.peers asks for what the server reads, and that knows no .env
    others = (
        "dashboard.__main__",
        "agentops_lite.__main__",
        "dashboard.components.fetch",
        "dashboard.access.peers",
    )
    for name, path in modules():
        if name not in others and "settings" not in name:
            assert "os.environ" not in path.read_text("utf-8"), name
