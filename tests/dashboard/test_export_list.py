"""A list as a file: what is in it, whole and in pieces, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from dashboard.archive.reading.listing import matching, rows
from dashboard.export import FORMATS, Cancelled, exported
from dashboard.export.columns import COLUMNS, Kind
from dashboard.export.files import PIECE
from dashboard.filters import Filters
from tests.dashboard.archived import END, START, archive, trace
from tests.dashboard.listed_traces import HOSTILE, World, cost_usd, world

Rows = Callable[[Sequence[str]], pd.DataFrame]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture(scope="module")
def made() -> World:
    return world()


@pytest.fixture
def stored(made: World) -> Iterator[Rows]:
    with made.archive.reading() as db:
        yield lambda ids: rows(db, ids)


def written(form: str, *traces: dict[str, Any], **said: Any) -> bytes:
    db = archive(traces=list(traces))
    ids = matching(db, START, END, Filters(sort="trace_id", descending=False))
    return b"".join(exported(form, ids, lambda some: rows(db, some), **said))


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def facts(made: World, trace_id: str) -> dict[str, Any]:
    row = made.traces[trace_id]
    return {name: cost_usd(row) if name == "cost_usd" else row[name] for name in COLUMNS}


def test_every_form_holds_all_that_matches_in_order(made: World, stored: Rows) -> None:
    filters = Filters(has_errors=False, sort="cost_usd", size=20, page=3)
    expected = made.expected(filters)
    assert len(expected) > PIECE
    truth = [facts(made, trace_id) for trace_id in expected]

    lines = b"".join(exported("json_lines", expected, stored)).decode().splitlines()
    parsed = [json.loads(line) for line in lines]
    for row in parsed:
        row["started_at"] = datetime.fromisoformat(row["started_at"])
    assert parsed == truth

    table = pq.read_table(io.BytesIO(b"".join(exported("parquet", expected, stored))))
    assert table.to_pylist() == truth
    assert pq.ParquetFile(io.BytesIO(b"".join(exported("parquet", expected, stored)))).num_row_groups == -(
        -len(expected) // PIECE
    )

    def cell(kind: Kind, value: Any) -> str:
        if value is None:
            return ""
        if kind == "time":
            return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
        text = "; ".join(value) if kind == "texts" else str(value)
        return f"'{text}" if kind in ("text", "texts") and text.startswith(DANGEROUS) else text

    assert cells(b"".join(exported("csv", expected, stored))) == [
        {name: cell(kind, row[name]) for name, kind in COLUMNS.items()} for row in truth
    ]


def test_no_cell_of_a_csv_is_a_formula(made: World, stored: Rows) -> None:
    everything = cells(b"".join(exported("csv", list(made.traces), stored)))
    assert len(everything) == 5_000
    assert {name for row in everything for name in (row["name"], row["name"][1:])} > set(HOSTILE)
    for row in everything:
        for value in row.values():
            assert not value.startswith(DANGEROUS)
    assert any(row["agents"].startswith("'=agent") for row in everything)
    assert any(row["tags"].startswith("'@tag") for row in everything)


@pytest.mark.parametrize("start", [*DANGEROUS, " =", "  @"])
def test_an_apostrophe_makes_text_of_a_formula(start: str) -> None:
    text = f"{start}SUM(A1)"
    (row,) = cells(written("csv", trace(name=text, tags=[text, "b"], service="a" + text)))
    assert (row["name"], row["tags"], row["service"]) == (f"'{text}", f"'{text}; b", "a" + text)


def test_numbers_and_blanks_of_a_csv() -> None:
    (row,) = cells(written("csv", trace(reported_usd=0.000001, duration_s=0.5, total_tokens=3)))
    assert [row[name] for name in ("cost_usd", "reported_usd", "estimated_usd")] == ["1e-06", "1e-06", ""]
    assert [row[name] for name in ("duration_s", "total_tokens", "prompt_tokens")] == ["0.5", "3", ""]
    assert [row[name] for name in ("name", "tags", "errors")] == ["", "", "0"]


def test_lines_of_a_csv_are_those_of_the_standard() -> None:
    data = written("csv", trace("t1", name='say "hi", you\nthere'), trace("t2"))
    heading, rest = data.split(b"\r\n", 1)
    assert heading.decode().split(",") == list(COLUMNS)
    assert rest.startswith(b't1,"say ""hi"", you\nthere",')
    assert data.endswith(b"\r\n")
    assert data.count(b"\r\n") == 3


def test_excel_is_told_that_it_is_utf_8() -> None:
    plain, excel = (written(form, trace(name="한글")) for form in ("csv", "csv_excel"))
    assert excel == b"\xef\xbb\xbf" + plain
    assert "한글".encode() in plain


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_list_is_a_file_too(form: str) -> None:
    data = written(form)
    if form == "parquet":
        table = pq.read_table(io.BytesIO(data))
        assert (table.num_rows, table.column_names) == (0, list(COLUMNS))
    elif form == "json_lines":
        assert data == b""
    else:
        assert cells(data) == []
        assert data.decode("utf-8-sig").startswith("trace_id,name,")


def test_parquet_has_the_same_types_whatever_is_unknown() -> None:
    unknown, known = (
        pq.read_table(io.BytesIO(written("parquet", row)))
        for row in (trace(), trace(reported_usd=1, duration_s=2, prompt_tokens=3, tags=["a"]))
    )
    assert unknown.schema == known.schema
    assert known.to_pylist()[0]["started_at"] == datetime(2026, 3, 1, tzinfo=UTC)
    assert (unknown.to_pylist()[0]["tags"], known.to_pylist()[0]["tags"]) == ([], ["a"])
    assert known.to_pylist()[0]["prompt_tokens"] == 3


def test_progress_is_told_before_each_piece_and_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    total = 2 * PIECE + 1
    frame = rows(archive(), [])
    pieces = exported(
        "json_lines", ["t"] * total, lambda _: frame, progress=lambda *numbers: told.append(numbers)
    )
    next(pieces)
    assert told == [(0, total)]
    list(pieces)
    assert told == [(0, total), (PIECE, total), (2 * PIECE, total), (total, total)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_cancelled_file_ends_with_an_error_and_asks_no_more(form: str) -> None:
    cancel, asked = threading.Event(), []
    frame = rows(archive(), [])

    def some(ids: Sequence[str]) -> pd.DataFrame:
        asked.append(len(ids))
        cancel.set()
        return frame

    with pytest.raises(Cancelled):
        list(exported(form, ["t"] * (3 * PIECE), some, cancel=cancel))
    assert asked == [PIECE]


def test_a_trace_that_is_gone_is_left_out() -> None:
    db = archive(traces=[trace("a"), trace("c")])
    data = b"".join(exported("json_lines", ["c", "b", "a"], lambda some: rows(db, some)))
    assert [json.loads(line)["trace_id"] for line in data.splitlines()] == ["c", "a"]
