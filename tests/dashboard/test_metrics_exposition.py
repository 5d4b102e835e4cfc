"""The form in which Prometheus is told: names, the guide, both formats, and what is never told."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from agentops_client import Attempt
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_PROJECT_ID
from dashboard.telemetry.counts import Counts
from dashboard.telemetry.families import FAMILIES, PREFIX
from tests.dashboard.scraped import Answers, Make, ask, families

GUIDE = Path(__file__).parents[2] / "docs" / "METRICS.md"
TRACE = "5ca1ab1e" * 4


def documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Rows of the guide: name → type and labels."""
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \| ([^|]*) \|", GUIDE.read_text("utf-8"), flags=re.M)
    return {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def known() -> dict[str, tuple[str, tuple[str, ...]]]:
    """All that can be told, as a name of samples, with type and labels."""
    suffix = {"counter": "_total", "info": "_info"}
    found = {
        PREFIX + name + suffix.get(family.type, ""): (family.type, family.labels)
        for name, family in FAMILIES.items()
    }
    counts = Counts("")
    counts.observe(Attempt("list", 0.0, 0.1, 200, None))
    for family in counts.collect():
        labels = tuple(label for label in family.samples[0].labels if label != "le")
        found[family.name + suffix.get(family.type, "")] = (family.type, labels)
    return found


def test_the_guide_describes_exactly_what_is_told(scrape: TestClient, counted: Make) -> None:
    described = documented()
    ours = {name: row for name, row in described.items() if name.startswith(PREFIX)}
    assert ours == known()
    counted()
    of_process = {
        sample.name: (family.type, ())
        for family in families(scrape)
        for sample in family.samples
        if not sample.name.startswith(PREFIX)
    }
    assert {name: row for name, row in described.items() if name not in ours} == of_process


def test_examples_of_the_guide_ask_for_what_is_told() -> None:
    described = documented()
    asked = re.findall(rf"({PREFIX}[a-z_]+)(?:\{{([^}}]*)\}})?", GUIDE.read_text("utf-8"))
    for name, matchers in asked:
        kind, labels = described[name.removesuffix("_bucket")]
        assert kind == "histogram" or not name.endswith("_bucket")
        assert set(re.findall(r"(\w+)[=!]", matchers)) <= set(labels), (name, matchers)


def test_names_follow_prometheus_rules() -> None:
    for name, (kind, labels) in known().items():
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", name), name
        assert name.endswith("_total") == (kind == "counter"), name
        words = set(name.split("_"))
        assert not words & {"ms", "minutes", "hours", "mb", "kb", "percent", "count", "sum", "bucket"}, name
        for unit in ("seconds", "bytes", "ratio"):
            assert unit not in words or name.removesuffix("_total").endswith(unit), name
        assert not set(labels) & {"le", "quantile", "job", "instance"}, name


def test_openmetrics_is_spoken_where_it_is_asked_for(scrape: TestClient, counted: Make) -> None:
    counted().tries(Attempt("list", time.time(), 0.2, 200, None))
    accept = (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
    )
    answer = scrape.get("/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    strict = {family.name: family for family in openmetrics_families(answer.text)}
    assert strict[PREFIX + "upstream_requests"].type == "counter"
    assert strict[PREFIX + "build"].samples[0].labels.keys() == {"version", "python", "streamlit"}
    assert all(family.documentation.endswith(".") for family in strict.values() if PREFIX in family.name)


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "application/openmetrics-text;version=x"])
def test_whoever_asks_for_something_else_gets_plain_text(scrape: TestClient, accept: str) -> None:
    answer = scrape.get("/metrics", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    assert answer.headers["cache-control"] == "no-store"
    assert list(text_string_to_metric_families(answer.text))


def test_no_secret_no_address_and_no_trace_is_told(scrape: TestClient, counted: Make) -> None:
    upstream = counted(transport=Answers(traces=404))
    ask(lambda: upstream.client.trace(TRACE))
    text = scrape.get("/metrics").text
    for unwanted in (DEFAULT_API_KEY, DEFAULT_PROJECT_ID, "agentops.internal", "eyJ", TRACE):
        assert unwanted not in text
