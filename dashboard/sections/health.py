"""The doctor on a page, what this process was started with, its archive, its versions, and all formulas."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import streamlit as st
from pydantic import SecretStr

from agentops_client import AgentOpsSettings
from agentops_client.doctor import Finding, examine, state_name, step_name, told

from .. import panels
from ..archive.shared import Shelf
from ..panels import Cell, Column, Page
from ..settings import DashboardSettings, dashboard_settings
from ..upstream import Upstream
from .tables import Row

#: When this process began to serve.
STARTED = datetime.now(UTC)
PACKAGES = ("streamlit", "duckdb", "pandas", "plotly", "httpx", "genai-prices")
DOCS = Path(__file__).parents[2] / "docs"
FORMULAS = {"en": DOCS / "FORMULAS.md", "ko": DOCS / "FORMULAS.ko.md"}
_EXAMINED = "health_examined"
#: Whose values are not shown.
_HIDDEN = ("session_email", "session_password", "api_key")
_MOODS: dict[str, panels.Mood] = {"ok": "good", "warning": "fair", "failed": "bad", "skipped": ""}


def doctor(source: Upstream, page: Page) -> None:
    """The examination at a press, its steps as they come."""
    words = page.words
    panels.section(words("health.doctor"), (words("health.doctor_help"),))
    if st.button(words("health.doctor_run"), key="doctor_run"):
        place = st.empty()
        found: list[Finding] = []
        for finding in examine(source.client.settings):
            found.append(finding)
            with place.container():
                panels.hint(words("health.doctor_running", step=step_name(finding.step, words.language)))
        place.empty()
        st.session_state[_EXAMINED] = (datetime.now(UTC), tuple(found))
    examined: tuple[datetime, tuple[Finding, ...]] | None = st.session_state.get(_EXAMINED)
    if examined is not None:
        at, findings = examined
        caption = words("health.doctor_at", at=page.formats.moment(at))
        _findings(findings, page, caption=caption)


def settings(source: Upstream, page: Page) -> None:
    """Each variable with its value; of secrets only whether they are set."""
    words = page.words
    panels.section(words("health.settings"), (words("health.settings_help"),))
    rows: list[Row] = [
        {"name": Cell(name), "value": Cell(value)}
        for name, value in (
            *_variables("AGENTOPS_", source.client.settings, page),
            *_variables("DASHBOARD_", dashboard_settings(), page),
        )
    ]
    columns = [
        Column("name", words("health.setting"), mono=True),
        Column("value", words("health.value"), wide=True),
    ]
    panels.table(columns, rows, label=words("health.settings"))


def about(shelf: Shelf, page: Page) -> None:
    """The archive's state, versions, and since when this process has been running."""
    words, formats = page.words, page.formats
    panels.section(words("health.about"))
    facts = [(words("health.archive_state"), words(f"health.archive_{shelf.state}"))]
    if shelf.archive is not None:
        path, stats = shelf.archive.path, shelf.archive.stats()
        facts += [
            (words("health.archive_file"), str(path.parent) if path else words("health.archive_memory")),
            (words("health.archive_traces"), formats.count(stats.traces)),
            (words("health.archive_spans"), formats.count(stats.spans)),
            (words("health.archive_size"), f"{formats.count(stats.mb)} MB"),
        ]
        facts += [
            (words(f"health.archive_{end}"), formats.moment(moment))
            for end, moment in (("from", stats.oldest), ("to", stats.newest))
            if moment is not None
        ]
    rows: list[Row] = [
        {"name": Cell(f"{words('health.archive')}: {name}"), "value": Cell(value)} for name, value in facts
    ]
    rows.append({"name": Cell(words("health.started")), "value": Cell(formats.moment(STARTED))})
    rows += [
        {"name": Cell(f"{words('health.versions')}: {name}"), "value": Cell(number)}
        for name, number in (("Python", platform.python_version()), *_versions())
    ]
    columns = [Column("name", ""), Column("value", words("health.value"), wide=True)]
    panels.table(columns, rows, label=words("health.about"))
    for notice in shelf.archive.notices if shelf.archive is not None else ():
        panels.note(words(f"coverage.{notice.kind}", detail=notice.detail))


def formulas(page: Page) -> None:
    """The definitions behind every figure, as they are documented."""
    text = FORMULAS[page.words.language]
    if text.exists():
        with st.expander(page.words("health.formulas")):
            st.markdown(text.read_text("utf-8"))


def _findings(findings: tuple[Finding, ...], page: Page, *, caption: str) -> None:
    words, language = page.words, page.words.language
    rows: list[Row] = []
    for finding in findings:
        said = told(finding, language)
        rows.append(
            {
                "step": Cell(step_name(finding.step, language)),
                "state": Cell(state_name(finding.state, language), mood=_MOODS[finding.state]),
                "took": page.formats.duration(finding.duration_ms / 1000),
                "found": Cell(said.found),
            }
        )
    columns = [
        Column("step", words("health.doctor_step")),
        Column("state", words("health.doctor_state")),
        Column("took", words("health.doctor_took"), align="right"),
        Column("found", words("health.doctor_found"), wide=True),
    ]
    panels.table(columns, rows, label=words("health.doctor"), caption=caption)
    for finding in findings:
        said = told(finding, language)
        if said.remedy:
            panels.note(f"{step_name(finding.step, language)}: {said.cause or said.found} {said.remedy}")
            if said.command:
                st.code(said.command, language=None)


def _variables(
    prefix: str, values: AgentOpsSettings | DashboardSettings, page: Page
) -> Iterator[tuple[str, str]]:
    words = page.words
    for name in type(values).model_fields:
        value = getattr(values, name)
        if isinstance(value, SecretStr) or name in _HIDDEN:
            text = words("health.set" if value else "health.unset")
        elif value is None or value == "":
            text = words("health.unset")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        yield f"{prefix}{name.upper()}", text


def _versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
