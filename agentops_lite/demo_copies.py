"""Many traces from few: templates are copied with fresh ids, other times and other durations.

A month of single traces would take half a minute to build. Templates go through `to_row` like everything
else, and a copy differs only in its ids, its start and a factor on its times, so its tokens, costs and texts
are right by construction. All arithmetic is on columns; repeated texts stay references to the templates'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from agentops_lite.spans import Span, SpanRow, events_text, to_row
from agentops_lite.store import SCHEMA

Whole = NDArray[np.int64]
_ANEW = {"trace_id", "span_id", "parent_span_id", "start_ns", "duration_ns", "events"}


class Templates:
    """Traces to copy. Their own ids and start times do not matter; an event must lie at its span's end."""

    def __init__(self, traces: Sequence[Sequence[Span]]) -> None:
        self._spans = [span for trace in traces for span in trace]
        self._sizes = np.array([len(trace) for trace in traces], dtype=np.int64)
        self._firsts = np.cumsum(self._sizes) - self._sizes
        begins = np.array([min(span.start_ns for span in trace) for trace in traces], dtype=np.int64)
        starts = np.array([span.start_ns for span in self._spans], dtype=np.int64)
        self._offsets = starts - np.repeat(begins, self._sizes)
        self._ends = self._offsets + np.array([span.duration_ns for span in self._spans], dtype=np.int64)
        self._parents = np.array([place for trace in traces for place in _parent_places(trace)])
        columns = zip(*(to_row(span) for span in self._spans), strict=True)
        self._columns = {
            name: pa.array(values, type=SCHEMA.field(name).type)
            for name, values in zip(SpanRow._fields, columns, strict=True)
            if name not in _ANEW
        }

    def copies(
        self,
        rng: np.random.Generator,
        which: Whole,
        starts_ns: Whole,
        factors: NDArray[np.float64],
        *,
        now_ns: int,
    ) -> Copies:
        """One trace for each entry: this template, started then, its times stretched by the factor."""
        sizes = self._sizes[which]
        firsts = np.cumsum(sizes) - sizes
        trace = np.repeat(np.arange(len(which)), sizes)
        source = self._firsts[which][trace] + np.arange(len(trace)) - firsts[trace]
        stretch = factors[trace]
        begins = starts_ns[trace] + (self._offsets[source] * stretch).astype(np.int64)
        ends = starts_ns[trace] + (self._ends[source] * stretch).astype(np.int64)
        place = self._parents[source]
        # (one more id than spans, emptied: the parent of roots)
        parents = np.where(place >= 0, firsts[trace] + place, len(trace))
        span_ids = pa.concat_arrays([_random_ids(rng, len(trace), 8), pa.array([""])])
        trace_ids = _random_ids(rng, len(which), 16)

        def table(rows: Whole) -> pa.Table:
            repeated = pa.array(source[rows].astype(np.int32))
            columns: dict[str, pa.Array] = {
                "trace_id": trace_ids.take(pa.array(trace[rows])),
                "span_id": span_ids.take(pa.array(rows)),
                "parent_span_id": span_ids.take(pa.array(parents[rows])),
                "start_ns": pa.array(begins[rows]),
                "duration_ns": pa.array(ends[rows] - begins[rows]),
                "events": self._events(source[rows], ends[rows]),
            }
            for name, values in self._columns.items():
                is_text = values.type == pa.string()
                columns[name] = (
                    pa.DictionaryArray.from_arrays(repeated, values) if is_text else values.take(repeated)
                )
            return pa.table({name: columns[name] for name in SpanRow._fields})

        order = np.argsort(begins, kind="stable")
        is_over = ends[order] <= now_ns
        return Copies(ended=table(order[is_over]), running=table(order[~is_over]))

    def _events(self, source: Whole, ends: Whole) -> pa.Array:
        """The only text with a time in it: written anew for the few spans that have events."""
        texts = ["[]"]
        places = np.zeros(len(source), dtype=np.int32)
        eventful = np.array([bool(span.events) for span in self._spans])
        for row in np.flatnonzero(eventful[source]):
            places[row] = len(texts)
            texts.append(events_text(self._spans[source[row]].events, at_ns=int(ends[row])))
        return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(texts))


class Copies(NamedTuple):
    """Tables with the columns of `SpanRow`, sorted by start as a collector would have received them."""

    ended: pa.Table
    running: pa.Table
    """Spans that end after now."""


def span_rows(table: pa.Table) -> list[SpanRow]:
    """The table's rows, one by one; for few."""
    plain = table.cast(pa.schema([SCHEMA.field(name) for name in SpanRow._fields]))
    return [SpanRow(*row) for row in zip(*(column.to_pylist() for column in plain.columns), strict=True)]


def _parent_places(trace: Sequence[Span]) -> list[int]:
    """For each span, where in its trace the parent is; -1 for a root."""
    places = {span.span_id: place for place, span in enumerate(trace)}
    return [places[span.parent_span_id] if span.parent_span_id else -1 for span in trace]


def _random_ids(rng: np.random.Generator, count: int, size: int) -> pa.Array:
    """Texts of `size` random bytes in hexadecimal."""
    width = 2 * size
    text = rng.bytes(count * size).hex().encode()
    offsets = np.arange(0, width * (count + 1), width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text))
