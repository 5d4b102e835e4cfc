"""Reads back what a page gave to the chart component, for page tests with `AppTest`."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

CHART = "agentops-dashboard.chart"
LISTING = "agentops-dashboard.listing"
PULSE = "agentops-dashboard.pulse"


def component_data(at: AppTest, name: str) -> list[dict[str, Any]]:
    """What each component of that name was given, in the page's order."""
    protos = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == name]


def figures(at: AppTest) -> list[dict[str, Any]]:
    """The page's figures as plotly's JSON (data, layout), in the page's order."""
    return [json.loads(data["figure"]) for data in component_data(at, CHART)]


def pulse(at: AppTest) -> dict[str, Any]:
    """What the page's header line was given."""
    (data,) = component_data(at, PULSE)
    return data


def listing(at: AppTest) -> list[dict[str, str]]:
    """Rows of the list of traces: texts by heading, the id under ``id`` and the address under ``href``."""
    (data,) = component_data(at, LISTING)
    drawn = json.loads(data["drawn"])
    titles = [column["title"] for column in drawn["columns"]]
    return [
        {title: " ".join(cell["text"].split()) for title, cell in zip(titles, cells, strict=True)}
        | {"id": trace_id, "href": href}
        for trace_id, href, cells in drawn["rows"]
    ]


def values(array: list[Any]) -> list[Any]:
    """A trace's x or y, NaN where there is no value."""
    return [float("nan") if value is None else value for value in array]
