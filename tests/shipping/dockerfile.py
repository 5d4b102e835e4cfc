"""The Dockerfile and .dockerignore, read: enough of their languages for what ours say."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """One instruction: ``COPY --from=build /app /app`` has word COPY, flags {from: build} and the rest."""

    word: str
    flags: dict[str, str]
    rest: str

    @property
    def exec_form(self) -> list[str]:
        """The command of ``["a", "b"]``, also behind HEALTHCHECK's CMD."""
        command: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return command


@dataclass
class Stage:
    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        return [step for step in self.steps if step.word == word][-1]


def steps(text: str) -> list[Step]:
    """All instructions in order, continued lines joined, comments dropped."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.strip().partition(" ")
        flags = {}
        while match := re.match(r"\s*--([\w-]+)=(\S+)\s+", rest):
            flags[match[1]] = match[2]
            rest = rest[match.end() :]
        found.append(Step(word.upper(), flags, rest.strip()))
    return found


def stages(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    """The stages, the last being the image; ARGs before the first FROM are left out."""
    found: list[Stage] = []
    for step in steps(path.read_text("utf-8")):
        if step.word == "FROM":
            base, _, name = step.rest.partition(" AS ")
            found.append(Stage(name.strip(), base.strip()))
        elif found:
            found[-1].steps.append(step)
    return found


def assignments(step: Step) -> dict[str, str]:
    """What an ENV step sets."""
    return dict(word.split("=", 1) for word in shlex.split(step.rest))


class Ignored:
    """Whether .dockerignore keeps a path out of the build: the last pattern that matches it or a folder
    above it decides."""

    def __init__(self, path: Path = ROOT / ".dockerignore") -> None:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._patterns = [(not p.startswith("!"), _regex(p.removeprefix("!"))) for p in patterns]

    def __call__(self, path: str) -> bool:
        places = [path, *map(str, PurePosixPath(path).parents)]
        ignored = False
        for keeps_out, pattern in self._patterns:
            if any(pattern.fullmatch(place) for place in places if place != "."):
                ignored = keeps_out
        return ignored


def _regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", pattern.strip("/"))
    meaning = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))
