"""Asks the OSV database for advisories about what is locked: ``python -m deploy.audit`` (``make audit``).

    --if-reachable    where the database cannot be asked: say so, and end with 0 all the same
    --osv-url URL     a mirror instead of the public database
    LOCK ...          other files than requirements.lock and requirements-dev.lock

Ends with 0: audited, nothing but what audit.toml accepts; 1: something to do; 2: the audit went wrong;
3: nothing was audited, because the database cannot be asked or does not know what everybody knows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from deploy.exceptions import Accepted, BadExceptions, accepted
from deploy.locked import NotALock, read

ROOT = Path(__file__).resolve().parents[1]
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
EXCEPTIONS = ROOT / "deploy" / "audit.toml"
OSV_URL = "https://api.osv.dev/v1/query"
TIMEOUT_S = 15
#: Has advisories since 2014. A database that answers without one would call everything clean.
KNOWN_HOLE = {"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "2.4.1"}
CLEAN, FOUND, BROKEN, NOT_AUDITED = 0, 1, 2, 3

Vulnerability = dict[str, Any]


class Unreachable(Exception):
    """The database cannot be asked; the text says why."""


class NotFinished(Exception):
    """pip-audit ended without a verdict on every package; the text says why."""


def main(arguments: Sequence[str], *, today: date | None = None, exceptions: Path = EXCEPTIONS) -> int:
    """Audits and says what it found; `today` is the date by which exceptions are judged (UTC)."""
    options = _options(arguments)
    try:
        allowed = accepted(exceptions)
        if late := [one for one in allowed if one.until < (today or datetime.now(UTC).date())]:
            for one in late:
                _say(f"EXPIRED: {one.id} ({one.package}) was accepted until {one.until}: {one.reason}")
            _say(f"Look again: upgrade, or give the reason and a new date in {exceptions.name}.")
            return FOUND
        _try_database(options.osv_url)
        found = {lock: _audit(lock, options.osv_url) for lock in options.locks}
    except (BadExceptions, NotALock, OSError, NotFinished) as error:
        _say(f"error: {error}")
        return BROKEN
    except Unreachable as error:
        names = " or ".join(lock.name for lock in options.locks)
        _say(f"NOTHING WAS AUDITED. {options.osv_url}: {error}")
        _say(f"Whether there are advisories about {names} is not known.")
        _say("Run it where the database can be reached, or name a mirror: make audit ARGS='--osv-url URL'")
        return CLEAN if options.if_reachable else NOT_AUDITED
    return _verdict(found, allowed)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make audit", description="Advisories about what is locked.")
    parser.add_argument("--if-reachable", action="store_true", help="no failure where OSV cannot be asked")
    parser.add_argument("--osv-url", default=OSV_URL, metavar="URL", help="a mirror of OSV")
    parser.add_argument("locks", nargs="*", type=Path, default=list(LOCKS), metavar="LOCK")
    return parser.parse_args(arguments)


def _try_database(url: str) -> None:
    """Asks about :data:`KNOWN_HOLE`. Raises Unreachable."""
    try:
        answer = httpx.post(url, json=KNOWN_HOLE, timeout=TIMEOUT_S).raise_for_status().json()
    except httpx.HTTPError as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from None
    except ValueError:
        raise Unreachable("the answer is no JSON") from None
    if not (isinstance(answer, dict) and answer.get("vulns")):
        raise Unreachable("it answers, but knows nothing about a package whose holes are well known")


def _audit(lock: Path, url: str) -> dict[str, list[Vulnerability]]:
    """The advisories by ``name version``, of every package of `lock` that this system installs.

    Raises NotFinished where one was left out: pip-audit ends with 0 also where it skipped all of them.
    """
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"),
        *("--vulnerability-service", "osv", "--osv-url", url, "--timeout", str(TIMEOUT_S)),
        *("--format", "json", "--progress-spinner", "off"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    try:
        answered = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        words = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotFinished(f"pip-audit ended with {done.returncode} on {lock.name}: {words}") from None
    audited = {f"{one['name']} {one['version']}": one["vulns"] for one in answered if "vulns" in one}
    wanted = {f"{package.name} {package.version}" for package in read(lock) if package.applies}
    if left_out := sorted(wanted - audited.keys()):
        raise NotFinished(f"pip-audit left out of {lock.name}: {', '.join(left_out)}")
    return audited


def _verdict(found: dict[Path, dict[str, list[Vulnerability]]], allowed: Sequence[Accepted]) -> int:
    used: set[Accepted] = set()
    ends = CLEAN
    for lock, packages in found.items():
        holes = [(package, hole) for package, all_of_it in packages.items() for hole in all_of_it]
        _say(f"{lock.name}: {len(packages)} packages audited, advisories: {len(holes)}")
        for package, hole in holes:
            ids = [hole["id"], *hole.get("aliases", ())]
            excuse = next((a for a in allowed if a.package == package.split()[0] and a.id in ids), None)
            if excuse is not None:
                used.add(excuse)
                _say(f"  accepted until {excuse.until}: {package}: {excuse.id}: {excuse.reason}")
                continue
            ends = FOUND
            remedy = " or ".join(hole["fix_versions"]) or "no version yet"
            _say(f"  FOUND: {package}: {' = '.join(ids)}; mended by {remedy}")
            _say(f"    {' '.join(hole.get('description', '').split())[:300]}")
    for excuse in allowed:
        if excuse not in used:
            _say(f"{excuse.id} ({excuse.package}) concerns nothing any more: take it out of the exceptions")
    return ends


def _say(line: str) -> None:
    sys.stdout.write(f"audit: {line}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
