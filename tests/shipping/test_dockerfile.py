"""The Dockerfile by its words: nothing to complain of for hadolint, and nothing secret gets in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.shipping, also where pytest is run by its script

from tests.shipping.dockerfile import ROOT, Ignored, assignments, stages, steps


def test_hadolint_has_no_warning() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--no-color", "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.example",
        ".git/config",
        ".streamlit/secrets.toml",
        ".venv/bin/python",
        "alerts.toml",
        "tests/conftest.py",
        "deploy/nginx/secrets/tls.key",
        "dashboard/__pycache__/main.cpython-313.pyc",
        "requirements-dev.lock",
        "bootstrap.py",
    ],
)
def test_stays_out_of_the_build(path: str) -> None:
    assert Ignored()(path)


@pytest.mark.parametrize(
    "path",
    [
        "app.py",
        "requirements.lock",
        "requirements-npm.lock",
        ".streamlit/config.toml",
        "pages/overview.py",
        "dashboard/text/ko/app.toml",
        "dashboard/components/chart/vendor/plotly-basic.min.js",
        "agentops_lite/__main__.py",
    ],
)
def test_goes_into_the_build(path: str) -> None:
    assert not Ignored()(path)


def test_both_stages_begin_with_a_base_that_an_argument_may_pin() -> None:
    argument = steps((ROOT / "Dockerfile").read_text("utf-8"))[0]
    assert (argument.word, argument.rest) == ("ARG", "PYTHON_IMAGE=python:3.13-slim")
    assert [stage.base for stage in stages()] == ["${PYTHON_IMAGE}"] * 2


def test_the_image_has_two_copies_and_one_command_that_installs_nothing() -> None:
    image = stages()[-1]
    copies = [step for step in image.steps if step.word in ("COPY", "ADD")]
    assert [(step.flags, step.rest) for step in copies] == [
        ({"from": "build"}, "/venv /venv"),
        ({"from": "build"}, "/app /app"),
    ]
    (command,) = [step.rest for step in image.steps if step.word == "RUN"]
    assert not re.search(r"\b(pip|apt|apt-get|npm|curl)\b", command)


def test_the_user_is_a_number_and_the_volume_is_where_data_goes() -> None:
    image = stages()[-1]
    assert image.last("USER").rest == "10001:10001"
    environment = assignments(image.last("ENV"))
    assert image.last("VOLUME").rest == environment["DASHBOARD_DATA_DIR"] == "/data"


def test_it_is_started_by_the_launcher() -> None:
    assert stages()[-1].last("CMD").exec_form == ["python", "-m", "dashboard", "--server.address=0.0.0.0"]
