"""The senders whose spans are followed to the archive and the pages; each has an AgentOps of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flow.canned_openai import canned_openai
from tests.flow.environments import LITELLM, LITELLM_MODULES, SDK, Environment
from tests.flow.flow import Sent, client_of, traces
from tests.flow.processes import Lite, Sender, running_lite, sending


@dataclass(frozen=True)
class Program:
    """A script of this folder; ``spans`` and ``traces`` are what it sends."""

    environment: Environment
    script: str
    arguments: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    old_litellm: bool = False
    traces: int = 4
    spans: int = 7  # request and raw request three times, and the request that was turned away


PROGRAMS = {
    # session, manager, task, two workers, two look-ups, four calls; session, clerk, call, tool
    "sdk": Program(SDK, "send_agents.py", traces=2, spans=11 + 4),
    "litellm": Program(LITELLM, "send_models.py", ("instance",), LITELLM_MODULES[False]),
    "litellm of 2025": Program(
        LITELLM, "send_models.py", ("instance",), LITELLM_MODULES[True], old_litellm=True
    ),
}


@dataclass(frozen=True)
class Delivered:
    """An AgentOps, and what was sent to it by its one sender, who has ended."""

    lite: Lite
    sender: Sender

    @property
    def said(self) -> dict[str, Any]:
        return self.sender.sent

    @property
    def calls(self) -> Sent:
        return Sent(self.said["calls"])


@contextmanager
def all_sent(folder: Path) -> Iterator[dict[str, Delivered]]:
    """Runs all programs at once; yields when every span has arrived. Each AgentOps runs until the end."""
    with ExitStack() as agentops:
        with canned_openai() as provider, ExitStack() as senders:
            begun = {}
            for name, program in PROGRAMS.items():
                lite = agentops.enter_context(running_lite())
                summary = senders.enter_context(
                    sending(
                        program.script, *program.arguments, provider, environment=program.environment,
                        libraries=program.libraries, lite=lite, folder=folder / name,
                        old_litellm=program.old_litellm,
                    )
                )  # fmt: skip
                begun[name] = (lite, summary)
            delivered = {name: Delivered(lite, summary()) for name, (lite, summary) in begun.items()}
            for name, program in PROGRAMS.items():
                with client_of(delivered[name].lite) as client:
                    traces(client, spans=program.spans)
        yield delivered
