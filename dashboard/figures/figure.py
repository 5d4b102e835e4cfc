"""A plotly figure as what it is on its way to the browser: traces and a layout, in plain dictionaries.

``plotly.graph_objects`` checks every property at every step, which took longer than all else that a page
does together. Its names are kept, so whoever knows plotly can read on; that what is built is valid plotly,
the tests of the figures have plotly itself check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Properties = dict[str, Any]  # as plotly names them


class Figure:
    """Traces and layout.

    Attributes:
        data: traces, each with its ``type``.
        layout: as plotly.js takes it; without a template.
    """

    def __init__(self) -> None:
        self.data: list[Properties] = []
        self.layout: Properties = {}

    def add_scatter(self, **properties: Any) -> None:
        self.data.append({"type": "scatter", **properties})

    def add_bar(self, **properties: Any) -> None:
        self.data.append({"type": "bar", **properties})

    def add_shape(self, **properties: Any) -> None:
        self.layout.setdefault("shapes", []).append(properties)

    def add_annotation(self, **properties: Any) -> None:
        self.layout.setdefault("annotations", []).append(properties)

    def update_layout(self, **properties: Any) -> None:
        """Sets these properties; of those that are objects only what is named."""
        _merge(self.layout, properties)

    def update_xaxes(self, **properties: Any) -> None:
        self.update_layout(xaxis=properties)

    def update_yaxes(self, **properties: Any) -> None:
        self.update_layout(yaxis=properties)

    def to_dict(self) -> Properties:
        """``data`` and ``layout``; arrays as they were given."""
        return {"data": self.data, "layout": self.layout}


def _merge(into: Properties, properties: Mapping[str, Any]) -> None:
    for name, value in properties.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), Mapping):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, Mapping) else value
