"""One trace as JSON, in the form and with the names in which AgentOps answers."""

from __future__ import annotations

import json
from typing import Any

from agentops_client import Span, Trace

from .flat import flat

#: What is nested deeper is written under dotted names: readers of JSON give up at some depth.
_DEPTH_MAX = 64
_TREES = ("attributes", "span_attributes", "resource_attributes")
_LISTS = ("event_attributes", "link_attributes")


def trace_json(trace: Trace) -> bytes:
    """The trace with all its spans, UTF-8; ``Trace.model_validate`` reads it back."""
    document = trace.model_dump(mode="json", by_alias=True, exclude={"spans"})
    document["spans"] = [_span(span) for span in trace.spans]
    # a lone surrogate has no UTF-8 form, but this escape, which JSON knows
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def _span(span: Span) -> dict[str, Any]:
    document = span.model_dump(mode="json", by_alias=True, exclude={*_TREES, *_LISTS})
    for name in _TREES:
        document[name] = _shallow(getattr(span, name))
    for name in _LISTS:
        document[name] = [_shallow(tree) for tree in getattr(span, name)]
    return document


def _shallow(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict):
        if depth == _DEPTH_MAX:
            return flat(value)
        return {name: _shallow(child, depth + 1) for name, child in value.items()}
    if isinstance(value, list):
        if depth == _DEPTH_MAX:
            return flat({str(index): child for index, child in enumerate(value)})
        return [_shallow(child, depth + 1) for child in value]
    return value
