"""A finding in words, from the catalogues ``words/en.toml`` and ``words/ko.toml``.

Both hold the same keys with the same placeholders; a test sees to it. What fills a placeholder is text
from AgentOps or the system, to be shown as text and never as markup.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .findings import Finding, State, StepName, Value

LANGUAGES = ("ko", "en")
#: A value that is not known.
UNKNOWN = "–"

_FOLDER = Path(__file__).parent / "words"
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A finding in one language. ``command`` is lines to copy, into a shell or into ``.env``; cause,
    remedy and command are None where there is nothing to mend."""

    found: str
    cause: str | None
    remedy: str | None
    command: str | None


def told(finding: Finding, language: str) -> Told:
    """The finding in words. Raises KeyError for a language without a catalogue."""
    words = catalogue(language)
    texts = words["at"].get(finding.step, {}).get(finding.code) or words["finding"][finding.code]
    shown = {name: _shown(words, name, value) for name, value in finding.values.items()}
    if finding.because is not None:
        shown["because"] = step_name(finding.because, language)

    def text(part: str) -> str | None:
        template = texts.get(part)
        return None if template is None else str(template).format(**shown)

    return Told(
        found=text("found") or "", cause=text("cause"), remedy=text("remedy"), command=text("command")
    )


def step_name(step: StepName, language: str) -> str:
    """What the step is called."""
    return str(catalogue(language)["step"][step])


def state_name(state: State, language: str) -> str:
    """What the state is called."""
    return str(catalogue(language)["state"][state])


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, Any]:
    """All wording of a language. Raises KeyError where there is none."""
    if language not in LANGUAGES:
        raise KeyError(f"no catalogue for {language!r}; there are {', '.join(LANGUAGES)}")
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


def _shown(words: Mapping[str, Any], name: str, value: Value) -> str:
    if name == "words":
        # upstream's own
        return str(words["value"]["words"]["none"]) if value is None else f"“{value}”"
    if value is None:
        return UNKNOWN
    if name.endswith("_s") and isinstance(value, int | float):
        return _span(words["unit"], value)
    return str(words["value"].get(name, {}).get(str(value), value))


def _span(units: Mapping[str, str], seconds: float) -> str:
    """Seconds in the largest unit of which there are two: 119 s, 2 min, 47 h, 2 d."""
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return units[unit].format(n=round(seconds / size))
    return units["s"].format(n=f"{seconds:g}")
