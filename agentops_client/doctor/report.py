"""The command's output: lines for a terminal as the steps come, or one JSON object at the end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from .findings import STEPS, Finding, State, exit_status, verdict
from .wording import catalogue, state_name, step_name, told

#: Raised when a field of the JSON object changes its meaning or goes; new fields may come without.
SCHEMA = 1

_COLOURS: dict[State, str] = {"ok": "32", "warning": "33", "failed": "31", "skipped": "2"}


def heading(endpoint: str | None, language: str) -> str:
    """The first line."""
    words = catalogue(language)["report"]
    return str(words["title"]).format(endpoint=endpoint) if endpoint else str(words["title_unknown"])


def lines(finding: Finding, language: str, *, colour: bool) -> Iterator[str]:
    """A step's lines: state, name, milliseconds and what was found; below it cause, remedy, and what to
    copy, which stands alone on its lines. ``colour`` adds ANSI colours, which say nothing more."""
    words = catalogue(language)
    said = told(finding, language)
    state_width = max(_width(name) for name in words["state"].values())
    step_width = max(_width(name) for name in words["step"].values())
    state = _padded(state_name(finding.state, language), state_width)
    if colour:
        state = f"\x1b[{_COLOURS[finding.state]}m{state}\x1b[0m"
    took = f"{finding.duration_ms} ms" if finding.state != "skipped" else ""
    yield f"{state}  {_padded(step_name(finding.step, language), step_width)}  {took:>8}  {said.found}"
    indent = " " * (state_width + 2)
    for label, text in (("cause", said.cause), ("remedy", said.remedy)):
        if text:
            yield f"{indent}{words['report'][label]}: {text}"
    if said.command:
        yield f"{indent}{words['report']['command']}:"
        yield from (f"{indent}    {line}" for line in said.command.splitlines())


def closing(findings: Sequence[Finding], language: str) -> str:
    """The last line: how many steps ended how, and which failed first."""
    counts = _counts(findings)
    first = next((finding.step for finding in findings if finding.state == "failed"), None)
    return str(catalogue(language)["report"][verdict(findings)]).format(
        **counts,
        seconds=f"{sum(finding.duration_ms for finding in findings) / 1000:.1f}",
        first=step_name(first, language) if first else "",
    )


def as_json(findings: Sequence[Finding], language: str, *, began: str) -> dict[str, Any]:
    """The object that ``--json`` prints; docs/DOCTOR.md describes it. ``began`` is an ISO time."""
    return {
        "schema": SCHEMA,
        "language": language,
        "began": began,
        "endpoint": endpoint_of(findings),
        "state": verdict(findings),
        "exit_status": exit_status(findings),
        "duration_ms": sum(finding.duration_ms for finding in findings),
        "counts": _counts(findings),
        "steps": [_step(finding, language) for finding in findings],
    }


def endpoint_of(findings: Sequence[Finding]) -> str | None:
    """The examined address, from the first step; None where the settings could not be read."""
    value = findings[0].values.get("endpoint") if findings and findings[0].step == STEPS[0] else None
    return str(value) if value is not None else None


def _step(finding: Finding, language: str) -> dict[str, Any]:
    said = told(finding, language)
    return {
        "step": finding.step,
        "name": step_name(finding.step, language),
        "state": finding.state,
        "code": finding.code,
        "duration_ms": finding.duration_ms,
        "because": finding.because,
        "found": said.found,
        "cause": said.cause,
        "remedy": said.remedy,
        "command": said.command,
        "values": dict(finding.values),
    }


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    states: tuple[State, ...] = ("ok", "warning", "failed", "skipped")
    return {state: sum(finding.state == state for finding in findings) for state in states}


def _width(text: str) -> int:
    """Columns in a terminal: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - _width(text))
