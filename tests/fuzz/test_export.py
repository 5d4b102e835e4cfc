"""A trace and a list as files: read back the same, sent again the same, and no formula in any cell."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import example, given
from hypothesis import strategies as st

from agentops_client import Trace
from agentops_lite.otlp import parse_json, spans_of
from dashboard.export.columns import COLUMNS
from dashboard.export.comma_separated import csv_pieces
from dashboard.export.flat import flat
from dashboard.export.json_lines import json_line_pieces
from dashboard.export.one_trace import trace_json
from dashboard.export.otlp import otlp_json
from dashboard.export.parquet import parquet_pieces
from tests.fuzz.drawn_traces import traces
from tests.fuzz.odd_values import moments, odd_text, whole


@given(trace=traces())
def test_an_exported_trace_is_read_back(trace: Trace) -> None:
    assert Trace.model_validate(json.loads(trace_json(trace))) == trace


@given(trace=traces(odd=False))
def test_an_exported_trace_can_be_sent_again(trace: Trace) -> None:
    ids = {span_id: f"{number:016x}" for number, span_id in enumerate("abcdefgh", 1)} | {"gone": "f" * 16}
    spans = [
        span.model_copy(
            update={"span_id": ids[span.span_id], "parent_span_id": ids.get(span.parent_span_id or "")}
        )
        for span in trace.spans
    ]
    sent = trace.model_copy(update={"spans": tuple(spans)})
    taken, refused = spans_of(parse_json(otlp_json(sent)), project_id="p", host_name="h", os_type="o")
    assert refused == 0 and len(taken) == len(spans)
    by_id = {(span.span_id, span.start_ns, span.duration_ns, span.name) for span in taken}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert by_id == {
        (
            span.span_id,
            round((span.started_at - epoch).total_seconds() * 1e6) * 1_000,
            span.duration_ns,
            span.name,
        )
        for span in spans
    }
    for span in spans:
        told = [t.attributes for t in taken if t.span_id == span.span_id]
        assert any(flat(span.span_attributes).items() <= attributes.items() for attributes in told)


_row = st.fixed_dictionaries(
    {
        "trace_id": odd_text,
        "name": odd_text,
        "service": odd_text,
        "outcome": odd_text,
        "outcome_by": odd_text,
        **{name: st.lists(odd_text, max_size=2) for name in ("agents", "tags", "models", "tools")},
        "started_at": moments(datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)),
        **{
            name: st.one_of(st.none(), st.integers(0, 10**12))
            for name, kind in COLUMNS.items()
            if kind == "count"
        },
        **{
            name: st.one_of(st.just(float("nan")), st.floats())
            for name, kind in COLUMNS.items()
            if kind == "number"
        },
    }
)


@given(rows=st.lists(_row, min_size=1, max_size=3))
@example([])
def test_a_list_is_the_same_in_every_form_and_no_formula(rows: list[dict[str, Any]]) -> None:
    clean = [{name: whole(row[name]) for name in COLUMNS} for row in rows]
    frame = pd.DataFrame({name: pd.Series([row[name] for row in clean], dtype="object") for name in COLUMNS})
    frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
    lines = [
        json.loads(line, parse_constant=_refuse)
        for line in b"".join(json_line_pieces([frame])).decode().split("\n")[:-1]
    ]
    table = pq.read_table(io.BytesIO(b"".join(parquet_pieces([frame])))).to_pylist()
    read = list(csv.reader(io.StringIO(b"".join(csv_pieces([frame])).decode(), newline="")))
    assert len(lines) == len(table) == len(read) - 1 == len(rows)
    for line, row, cells, sent in zip(lines, table, read[1:], clean, strict=True):
        assert list(line) == list(COLUMNS) and len(cells) == len(COLUMNS)
        for name, kind in COLUMNS.items():
            if kind != "time":
                assert line[name] == row[name], name
            if kind in ("text", "texts"):
                assert line[name] == sent[name]
        for cell, kind in zip(cells, COLUMNS.values(), strict=True):
            if kind in ("text", "texts"):
                assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")
