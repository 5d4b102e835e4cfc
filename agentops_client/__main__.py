"""``python -m agentops_client doctor``: what is wrong between us and AgentOps, and what to do about it."""

from __future__ import annotations

import argparse
import io
import json
import logging
import math
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from .doctor import LANGUAGES, Finding, Limits, examine, exit_status
from .doctor.report import as_json, closing, endpoint_of, heading, lines
from .doctor.terminal_settings import TerminalSettings

#: All steps together may take so many times what one may.
TOTAL_STEPS = 6
TIMEOUT_MAX_S = 600.0

_DOCTOR = """\
Asks step by step whether AgentOps can be reached and read: settings, DNS, TCP, TLS, /health, key form,
token, JWT and clocks, project, v4 dialect, one list, one metrics, one trace, one log, freshness, litellm's
usage. Each step says what was found, and where something is wrong, its cause and what to do. Settings come
from AGENTOPS_* in the environment and from .env in this folder. Secrets are never shown."""

_STATUS = """\
exit status: 0 nothing failed (warnings alone are 0, too), 1 a step failed, 2 the settings cannot be used,
or wrong options. docs/DOCTOR.md explains each step and the JSON."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status. argparse ends wrong options with 2."""
    terminal = TerminalSettings()
    options = _options(arguments, terminal.language)
    # the steps say it already, and better
    logging.getLogger("agentops_client").addHandler(logging.NullHandler())
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that cannot show a letter shall still show the rest
        sys.stdout.reconfigure(errors="replace")
    try:
        return _doctor(options, colour=terminal.colour(is_terminal=sys.stdout.isatty()))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # whoever reads has seen enough; without this, Python complains when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _doctor(options: argparse.Namespace, *, colour: bool) -> int:
    began = datetime.now(UTC).isoformat(timespec="seconds")
    limits = Limits(step_s=options.timeout, total_s=min(TOTAL_STEPS * options.timeout, 3600))
    findings: list[Finding] = []
    for finding in examine(limits=limits):
        findings.append(finding)
        if options.json:
            continue
        if len(findings) == 1:
            _say(heading(endpoint_of(findings), options.lang))
        for line in lines(finding, options.lang, colour=colour):
            _say(line)
    if options.json:
        _say(json.dumps(as_json(findings, options.lang, began=began), ensure_ascii=False, indent=2))
    else:
        _say(closing(findings, options.lang))
    return exit_status(findings)


def _options(arguments: Sequence[str] | None, language: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m agentops_client", description="AgentOps' client.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="find out what is wrong between here and AgentOps",
        description=_DOCTOR,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doctor.add_argument(
        "--lang", choices=LANGUAGES, default=language, help="language (default: from LC_ALL, LANG)"
    )
    doctor.add_argument("--json", action="store_true", help="one JSON object at the end instead of lines")
    doctor.add_argument(
        "--timeout",
        type=_seconds,
        default=Limits().step_s,
        metavar="SECONDS",
        help=f"what one step may take (default: %(default)g); all together: {TOTAL_STEPS} times that",
    )
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= TIMEOUT_MAX_S:
        raise argparse.ArgumentTypeError(f"seconds above 0 and at most {TIMEOUT_MAX_S:g} are expected")
    return seconds


def _say(line: str) -> None:
    # flushed at once: steps take seconds, and who reads them waits
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
