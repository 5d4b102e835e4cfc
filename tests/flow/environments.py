"""Makes the environments that the flow tests send from: ``.venv-sdk`` and ``.venv-litellm``.

They are apart from ``.venv`` because the agentops SDK and litellm pin what the dashboard does not.
``python tests/flow/environments.py`` makes what is missing or out of date, and does nothing otherwise.
It is the only part of the flow tests that needs a package index. What it installs stands in lock files, with
the hashes by which each file is checked; ``make lock`` writes them.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bootstrap

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LOCK = ROOT / ".cache" / "flow-environments.lock"
STAMP = "flow-stamp"
LITELLM_1_74 = "litellm-1.74"
#: What a sender imports of litellm, by whether it is the old one: the logger of today needs all of the proxy.
LITELLM_MODULES = {True: ("litellm",), False: ("litellm", "litellm.proxy.proxy_server")}


class NotMade(Exception):
    """An environment could not be made; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: where it is.
        lock: what it holds.
        beside: locks installed without dependencies into a folder of the environment, by the folder's
            name; a process sees them when that folder is in its ``PYTHONPATH``.
    """

    folder: Path
    lock: Path
    beside: tuple[tuple[str, Path], ...] = ()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def ready(self) -> bool:
        """Whether it was made, completely, from the locks as they are now."""
        stamp = self.folder / STAMP
        return stamp.is_file() and stamp.read_text(encoding="ascii") == self._fingerprint()

    def make(self) -> None:
        """Makes it anew. Raises NotMade."""
        shutil.rmtree(self.folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(self.folder)], f"{self.folder.name} could not be created")
        for options, lock in (
            ([], self.lock),
            *((["--no-deps", "--target", str(self.folder / name)], f) for name, f in self.beside),
        ):
            if not bootstrap.install(lock.relative_to(ROOT), *options, python=self.python):
                raise NotMade(
                    f"pip could not install {lock.relative_to(ROOT)} into {self.folder.name}; its reason is "
                    "above. Is a package index in reach (PIP_INDEX_URL, PIP_PROXY)?"
                )
        (self.folder / STAMP).write_text(self._fingerprint(), encoding="ascii")

    def _fingerprint(self) -> str:
        files = (self.lock, *(file for _, file in self.beside))
        parts = [sys.version.encode(), str(self.folder).encode(), *(file.read_bytes() for file in files)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


SDK = Environment(ROOT / ".venv-sdk", HERE / "requirements-sdk.lock")
LITELLM = Environment(
    ROOT / ".venv-litellm",
    HERE / "requirements-litellm.lock",
    beside=((LITELLM_1_74, HERE / "requirements-litellm-1.74.lock"),),
)


def make_all() -> None:
    """Makes those that are not ready, one process at a time. Raises NotMade."""
    if SDK.ready and LITELLM.ready:
        return
    with _alone():
        for environment in (SDK, LITELLM):
            if not environment.ready:
                _say(f"making {environment.folder.name} (once; a minute or two) …")
                environment.make()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Holds the lock that keeps two runs from making the same folder; the system frees it in any case."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str], complaint: str) -> None:
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line and not line.startswith("WARNING")]
        raise NotMade("\n".join([complaint, *(f"    {line}" for line in lines[-12:])]))


def _say(text: str) -> None:
    sys.stdout.write(f"flow environments: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        make_all()
    except NotMade as error:
        sys.exit(f"flow environments: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
