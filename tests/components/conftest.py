"""One strict server for each page that the folder's browser tests drive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.components import fetch
from tests.browser import running_streamlit

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def vendor() -> Path:
    """plotly.js as set-up leaves it; a missing small bundle fails, for these tests are about it."""
    fetch.copy_full()
    fetch.fetch_basic()
    return fetch.VENDOR


@pytest.fixture(scope="session")
def charts_address(vendor: Path) -> Iterator[str]:
    with running_streamlit(HERE / "strict_app.py", env={"SCRIPT": str(HERE / "charts_page.py")}) as address:
        yield address


@pytest.fixture(scope="session")
def pulse_address() -> Iterator[str]:
    with running_streamlit(HERE / "strict_app.py", env={"SCRIPT": str(HERE / "pulse_page.py")}) as address:
        yield address
