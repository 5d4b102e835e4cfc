"""The image's steps on this machine: what the Dockerfile says, in a folder instead of a container.

Run as they stand: ENV, WORKDIR, COPY (with .dockerignore), RUN, USER, CMD and HEALTHCHECK. Not the same:

* The base image and its Python are this machine's: the environment that runs the tests.
* ``/app``, ``/venv``, ``/data`` and ``/tmp`` are folders of the same names below the image's folder.
* Packages are links into the environment that runs the tests, and only those that requirements.txt leads
  to. pip then runs without an index, and finds everything in place or fails.
* Without root, the image's user is whoever runs the tests, and the tree is made read-only by its modes.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.shipping.dockerfile import ROOT, Ignored, Stage, Step, assignments, stages
from tests.shipping.packages import link_packages

#: What the image has of its own; everything else belongs to the base.
OWN = ("app", "venv", "data", "tmp")
_OWN_PATH = re.compile(rf"(?<![\w./])/(?=(?:{'|'.join(OWN)})\b)")
IS_ROOT = os.geteuid() == 0


class Image:
    """The Dockerfile's last stage, built below `folder`.

    Attributes:
        folder: what is ``/`` to it.
        stage: its instructions.
        uid, gid: of its processes.
    """

    def __init__(self, folder: Path) -> None:
        self._built: dict[str, _Building] = {}
        for stage in stages():
            self._built[stage.name] = done = _Building(folder / (stage.name or "image"), stage, self._built)
        self.stage, self.folder = done.stage, done.folder
        self._building, self._log = done, folder / "log"
        user, _, group = self.stage.last("USER").rest.partition(":")
        self.uid, self.gid = (int(user), int(group)) if IS_ROOT else (os.getuid(), os.getgid())
        if not IS_ROOT:
            for place in [self.folder / "app", self.folder / "venv", *self._tree()]:
                if not place.is_symlink():
                    place.chmod(place.stat().st_mode & ~0o222)

    def start(self, command: Sequence[str], **variables: str) -> subprocess.Popen[str]:
        """Starts `command` as a container would: the image's user, folder and environment, and no more of
        the tests' own than `variables`. What it says goes to :attr:`log`."""
        with self._log.open("a") as log:
            return self._popen(command, variables, stdout=log)

    def succeeds(self, command: Sequence[str], **variables: str) -> bool:
        """Whether a `command` such as a health check ends with 0; what it says is lost."""
        return self._popen(command, variables, stdout=subprocess.DEVNULL).wait(30) == 0

    def _popen(
        self, command: Sequence[str], variables: Mapping[str, str], *, stdout: IO[str] | int
    ) -> subprocess.Popen[str]:
        environment = {**self._building.environment, **variables}
        return subprocess.Popen(
            [*as_user(self.uid, self.gid, environment["PATH"]), *map(self._building.here, command)],
            cwd=self._building.workdir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def log(self) -> str:
        """What all processes have written so far."""
        return self._log.read_text("utf-8", "replace")

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of all that a read-only root would hold."""
        found = {}
        for place in self._tree():
            status = place.lstat()
            found[str(place.relative_to(self.folder))] = (status.st_size, status.st_mtime_ns)
        return found

    def _tree(self) -> list[Path]:
        return [place for name in ("app", "venv") for place in (self.folder / name).rglob("*")]


def end(process: subprocess.Popen[str], *, within_s: float) -> int:
    """The exit status after SIGTERM; a process that takes longer is killed and raises TimeoutExpired."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class _Building:
    """One stage: its folder, environment and working folder after all its steps."""

    def __init__(self, folder: Path, stage: Stage, others: dict[str, _Building]) -> None:
        self.folder, self.stage, self._others = folder, stage, others
        self.workdir = folder
        (folder / "tmp").mkdir(parents=True)
        (folder / "tmp").chmod(0o1777)
        base = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.environment = {**base, "TMPDIR": str(folder / "tmp")}
        kinds = {"ENV": self._env, "WORKDIR": self._change, "COPY": self._copy, "RUN": self._run}
        for step in stage.steps:
            if step.word in kinds:
                kinds[step.word](step)

    def here(self, text: str) -> str:
        """`text` with the image's own paths below its folder."""
        return _OWN_PATH.sub(f"{self.folder}/", text)

    def _env(self, step: Step) -> None:
        for name, value in assignments(step).items():
            self.environment[name] = self.here(value).replace("$PATH", self.environment["PATH"])

    def _change(self, step: Step) -> None:
        self.workdir = Path(self.here(step.rest))
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _copy(self, step: Step) -> None:
        *sources, target = step.rest.split()
        place = self.workdir / self.here(target)
        for source in sources:
            if other := step.flags.get("from"):
                shutil.copytree(self._others[other].here_path(source), place, symlinks=True)
            else:
                _copy_context(source, place)

    def here_path(self, path: str) -> Path:
        return Path(self.here(path))

    def _run(self, step: Step) -> None:
        script = step.rest
        if not IS_ROOT:  # nobody else can be made an owner
            script = re.sub(r"--owner=\d+ --group=\d+ ", "", script)
        if "-m venv" in script:
            link_packages(self.folder / "venv", ROOT / "requirements.txt")
        done = subprocess.run(
            ["/bin/sh", "-ec", self.here(script)],
            cwd=self.workdir,
            env={**self.environment, "HOME": str(self.folder / "tmp"), "PIP_NO_INDEX": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"RUN {step.rest}\n{done.stdout}{done.stderr}"


def _copy_context(source: str, place: Path) -> None:
    """COPY of a file or folder of the repository, without what .dockerignore keeps out."""
    ignored = Ignored()
    top = ROOT / source
    for folder, folders, names in os.walk(top) if top.is_dir() else [(str(ROOT), [], [source])]:
        below = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not name.startswith((".venv", ".git", "__pycache__"))]
        for path in (below / name for name in names):
            if not ignored(path.as_posix()):
                (place / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, place / path)


@functools.cache
def as_user(uid: int, gid: int, path: str) -> list[str]:
    """The words before a command that make it another user's; none where the tests are not root's.

    Where that user cannot reach this machine's Python by `path` (it may lie in root's home), he may read
    everything; what he may write stays the same.
    """
    if not IS_ROOT:
        return []
    words = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs"]
    probe = [*words, "python", "-c", "import streamlit"]
    if subprocess.run(probe, env={"PATH": path}, capture_output=True, check=False).returncode == 0:
        return words
    return [*words, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
