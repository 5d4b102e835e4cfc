"""Set-up: everything that ``make install``, ``make run`` and ``make test`` need, and nothing twice.

    python3 bootstrap.py            virtual environment, requirements, plotly.js
    python3 bootstrap.py --tests    that, and the tools, the browser and the environments of the tests

Runs with the system's Python and the standard library alone. Packages are those of the lock files, wheels
only, each checked against its hash; nothing is built. What cannot be had ends in one sentence that says
what to do.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
#: On the file system of the environments, which then share files with it and take no room twice.
UV_CACHE = ROOT / ".cache" / "uv"
#: The same without windows, which makes the tests faster where the distribution has it.
LIGHT_CHROMIUM = "chromium-headless-shell"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def fail(sentence):
    sys.exit(f"set-up: {sentence}")


def say(sentence):
    print(f"set-up: {sentence}", flush=True)


def run(*command, cwd=ROOT, quiet=False):
    """Whether `command` succeeded; its output is shown unless `quiet`."""
    sink = subprocess.DEVNULL if quiet else None
    try:
        words = [str(word) for word in command]
        ended = subprocess.run(words, cwd=cwd, stdout=sink, stderr=sink, check=False)  # noqa: S603 - our own
        return ended.returncode == 0
    except OSError:
        return False


def apt(*packages, update=True):
    """Whether the distribution's packages could be installed; tried only where no password is needed.

    Without `update` only what the machine knows of is tried, which asks nobody where it knows nothing.
    """
    if not shutil.which("apt-get"):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not run("sudo", "-n", "true", quiet=True):
        return False
    say(f"installing {', '.join(packages)} with apt-get")
    env = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if update and not run(*sudo, "apt-get", "update", "-q", quiet=True):
        return False
    return run(
        *sudo, *env, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages, quiet=True
    )


def virtual_environment():
    """Makes ``.venv``, or makes it anew when its Python is gone or too old."""
    if sys.version_info < OLDEST:
        fail(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {platform.python_version()}. "
            "Install one and name it: make run PYTHON=python3.12"
        )
    sound = "import sys, pip; assert sys.version_info >= (3, 11)"
    if PYTHON.exists() and run(PYTHON, "-c", sound, quiet=True):
        return
    say("making the virtual environment .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if run(sys.executable, "-m", "venv", VENV, quiet=True):
        return
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    shutil.rmtree(VENV, ignore_errors=True)
    if not (apt(version) and run(sys.executable, "-m", "venv", VENV, quiet=True)):
        fail(f"this Python cannot make virtual environments. Run: sudo apt-get install {version}")


def uv_may():
    """Whether uv may install for pip: not where pip is told of another index, which uv would not ask."""
    asked = [PYTHON, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own
    return re.search(r"\.(index-url|no-index)=", told) is None


def exactly(lock):
    """What pip and uv are told: wheels only, each checked against the hash that stands in `lock`."""
    return ["--require-hashes", "--only-binary=:all:", "-r", ROOT / lock]


def install(lock, *options, python=PYTHON, quiet=False):
    """Whether all that `lock` says was installed for `python`.

    By uv where that can be had, in half of pip's time or less; by pip where it cannot, or fails.
    """
    pip = ["-m", "pip", "--disable-pip-version-check", "-q", "install"]
    uv = ["-m", "uv", "--no-config", "--cache-dir", UV_CACHE, "pip", "install", "-q", "--compile-bytecode"]
    has_uv = uv_may() and run(PYTHON, *pip, *exactly("requirements-uv.lock"), quiet=True)
    if has_uv and run(PYTHON, *uv, "--python", python, *options, *exactly(lock), quiet=True):
        return True
    return run(python, *pip, *options, *exactly(lock), quiet=quiet)


def requirements(lock):
    """Installs a lock unless exactly it was installed before."""
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    stamp = VENV / f".installed-{lock}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"installing {lock} (a minute or two the first time)")
    if not install(lock):
        fail(
            f"pip could not install {lock}; its reason is above. Without a network, point pip at a mirror "
            "(PIP_INDEX_URL) and run this again."
        )
    stamp.write_text(digest)


def program():
    """Lets the environment's Python find the dashboard from any folder. A line does: nothing is built, and
    so no tool to build with is trusted."""
    (packages,) = VENV.glob("lib/python*/site-packages")
    line = packages / "agentops-dashboard.pth"
    if not line.exists() or line.read_text() != f"{ROOT}\n":
        line.write_text(f"{ROOT}\n")


def plotly_js():
    """Puts plotly.js where the chart component serves it from."""
    bundle = ROOT / "dashboard" / "components" / "chart" / "vendor" / "plotly-basic.min.js"
    if not shutil.which("npm") and not bundle.exists():
        install("requirements-npm.lock", quiet=True)
    if not run(PYTHON, "-m", "dashboard.components.fetch"):
        fail("plotly.js could not be put in place; the reason is above.")


def browser():
    """Sees to a Chromium for the browser tests."""
    if any(shutil.which(name) for name in CHROMIUM):
        tried = VENV / ".light-browser-tried"
        if not shutil.which(LIGHT_CHROMIUM) and not tried.exists():
            tried.touch()
            apt(LIGHT_CHROMIUM, update=False)
        return
    if apt("chromium", "fonts-noto-cjk") and any(shutil.which(name) for name in CHROMIUM):
        return
    fail("the tests need a browser. Run: sudo apt-get install chromium fonts-noto-cjk (or install Chrome)")


def main(arguments):
    if set(arguments) - {"--tests"}:
        fail("usage: python3 bootstrap.py [--tests]")
    virtual_environment()
    requirements("requirements.lock")
    program()
    if "--tests" in arguments:
        requirements("requirements-dev.lock")
        browser()
    plotly_js()
    if "--tests" in arguments and not run(PYTHON, ROOT / "tests" / "flow" / "environments.py"):
        fail("the environments of the whole-flow tests could not be made; the reason is above.")


if __name__ == "__main__":
    main(sys.argv[1:])
