"""What else happened within a span, and the spans that it names."""

from __future__ import annotations

from agentops_client import Span

from .attributes import flat
from .values import Happening, LinkedSpan
from .visible import visible


def happenings(span: Span) -> tuple[Happening, ...]:
    """All events but exceptions, which are failures, in the order in which they were recorded."""
    return tuple(
        Happening(event.at, visible(event.name), flat(event.attributes))
        for event in span.events
        if event.name != "exception"
    )


def links(span: Span) -> tuple[LinkedSpan, ...]:
    """The spans of other traces (or of this one) that this span continues or was caused by."""
    return tuple(
        LinkedSpan(visible(link.trace_id), visible(link.span_id), flat(link.attributes))
        for link in span.links
    )
