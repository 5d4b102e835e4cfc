"""The set-up guide says the same in both languages, names every setting, and shows what the flow runs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.flow, also where pytest is run by its script

from agentops_client.settings import AgentOpsSettings
from dashboard.settings import DashboardSettings
from tests.flow.environments import LITELLM

ROOT = Path(__file__).resolve().parents[2]
GUIDES = {"en": ROOT / "docs" / "AGENTOPS_SETUP.md", "ko": ROOT / "docs" / "AGENTOPS_SETUP.ko.md"}
SETTINGS: tuple[type[BaseSettings], ...] = (AgentOpsSettings, DashboardSettings)
#: A page answers none of these by replacing its content.
NO_PANEL = {"other", "log_not_found"}
_BLOCK = re.compile(r"^(?:<!-- (?P<source>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def text(language: str) -> str:
    return GUIDES[language].read_text(encoding="utf-8")


def blocks(language: str, *kinds: str) -> list[str]:
    return [block["text"] for block in _BLOCK.finditer(text(language)) if block["kind"] in kinds]


def prose(language: str) -> str:
    return _BLOCK.sub("", text(language))


@pytest.fixture(params=GUIDES)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def variables() -> dict[str, object]:
    """Every setting by its variable, with its default."""
    return {
        f"{settings.model_config['env_prefix']}{name.upper()}": field.default
        for settings in SETTINGS
        for name, field in settings.model_fields.items()
    }


def test_the_guides_link_to_each_other() -> None:
    assert "(AGENTOPS_SETUP.ko.md)" in text("en").split("##")[0]
    assert "(AGENTOPS_SETUP.md)" in text("ko").split("##")[0]


def test_both_languages_have_the_same_skeleton() -> None:
    def skeleton(language: str) -> list[str]:
        """Heading levels, the first cells of tables' widths, and list items, in their order."""
        lines = prose(language).splitlines()
        marks = (re.match(r"#+ |\||\d\. |\* ", line) for line in lines)
        return [mark[0] for mark in marks if mark]

    assert skeleton("en") == skeleton("ko")
    assert blocks("en", "sh", "python", "yaml", "text") == blocks("ko", "sh", "python", "yaml", "text")


def test_every_variable_named_exists(language: str) -> None:
    named = set(re.findall(r"\b(?:AGENTOPS|DASHBOARD)_[A-Z0-9_]+[A-Z0-9]\b", text(language)))
    assert named - {"AGENTOPS_SETUP"} <= set(variables())


def test_every_setting_is_documented_with_its_default(language: str) -> None:
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \|", text(language), re.M))
    assert list(rows) == list(variables())
    for variable, default in variables().items():
        told = rows[variable].strip().strip("`")
        if isinstance(default, bool):
            assert told == str(default).lower(), variable
        elif isinstance(default, float | int):
            assert float(told) == default, variable
        elif default is None:
            assert not re.search(r"[0-9:/]", told), variable
        else:
            assert told == str(default), variable


def test_links_within_a_guide_lead_to_headings(language: str) -> None:
    def anchor(heading: str) -> str:
        return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

    headings = {anchor(h) for h in re.findall(r"^#+ (.+)$", prose(language), re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text(language))) <= headings


def test_code_parses(language: str) -> None:
    for code in blocks(language, "python"):
        ast.parse(code)
    for shell in blocks(language, "sh"):
        for name, value in re.findall(r"^([A-Z0-9_]+)=(.*)$", shell, re.M):
            assert value, name


def test_yaml_parses(language: str) -> None:
    """Read by litellm's own YAML library, which our environment does not have."""
    read = "import json, sys, yaml; json.dump([yaml.safe_load(d) for d in json.load(sys.stdin)], sys.stdout)"
    documents = blocks(language, "yaml")
    done = subprocess.run(
        [LITELLM.python, "-c", read], input=json.dumps(documents), capture_output=True, text=True, check=True
    )
    proxy, otel = json.loads(done.stdout)
    assert proxy["litellm_settings"] == {"callbacks": "litellm_agentops.agentops"}
    assert otel["litellm_settings"] == {"callbacks": ["otel"]}


def test_environment_blocks_are_valid_settings(language: str) -> None:
    for shell in blocks(language, "sh"):
        pairs = dict(re.findall(r"^AGENTOPS_([A-Z0-9_]+)=(.*)$", shell, re.M))
        settings = AgentOpsSettings(_env_file=None, **{name.lower(): value for name, value in pairs.items()})
        if "API_KEY" in pairs:
            assert settings.require_api_key() == pairs["API_KEY"]


def test_what_the_flow_runs_is_what_the_guide_shows(language: str) -> None:
    shown = {block["source"]: block["text"] for block in _BLOCK.finditer(text(language)) if block["source"]}
    assert set(shown) == {"tests/flow/litellm_agentops.py", "tests/flow/litellm_proxy.yaml"}
    for source, code in shown.items():
        assert code == (ROOT / source).read_text(encoding="utf-8"), source


def test_pins_are_those_of_the_flow(language: str) -> None:
    pins = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "tests/flow").glob("requirements-*.txt")
    )
    assert "agentops==0.4.21" in pins
    assert "agentops==0.4.21" in text(language)
    assert "fastapi==0.136.3" in pins
    assert "fastapi==0.136.3" in text(language)
    for version in ("1.106.2", "1.74.9"):
        assert f"litellm=={version}" in pins
        assert version in text(language)


def test_every_panel_is_in_the_troubleshooting_table(language: str) -> None:
    catalogue = tomllib.loads((ROOT / f"dashboard/text/{language}/common.toml").read_text(encoding="utf-8"))
    titles = [cause["title"] for name, cause in catalogue["cause"].items() if name not in NO_PANEL]
    rows = re.findall(r"^\| ([^|]+) \|", text(language), re.M)
    assert [title for title in titles if title not in rows] == []
