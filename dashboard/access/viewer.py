"""A viewer: a name, a role, and the projects that may be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``operator`` reads everything; ``viewer`` sees figures, but no text of prompts, completions or logs.
Role = Literal["viewer", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "operator")


@dataclass(frozen=True)
class Viewer:
    """Attributes:
    name: as the sign-in told it; "" where nobody signs in.
    role: see :data:`Role`.
    projects: names of ``AGENTOPS_PROJECTS``; None for all of them.
    """

    name: str
    role: Role
    projects: frozenset[str] | None = None

    @property
    def reads_content(self) -> bool:
        """Whether prompts, completions, arguments and logs are shown."""
        return self.role == "operator"

    def may_see(self, project: str) -> bool:
        return self.projects is None or project in self.projects

    def choices(self, projects: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `projects` that may be looked at, in their order."""
        return tuple(name for name in projects if self.may_see(name))


#: Whoever sits at the machine itself.
LOCAL = Viewer("", "operator")
