"""Everything that matches, as a file: prepared piece by piece with progress, and given up on request."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from .. import panels
from ..archive.reading import listing
from ..export import FORMATS, exported
from ..filters import Filters
from ..panels import Page
from ..queries.spans import SpanRange
from .trace_list import matching

_FILE = "export_file"
_NAMES = {"csv": "CSV", "csv_excel": "CSV (Excel)", "json_lines": "JSON Lines", "parquet": "Parquet"}


def export(span: SpanRange, filters: Filters, page: Page) -> None:
    """The choice of a format, the progress, and then the download."""
    words, formats = page.words, page.formats
    with st.popover(words("traces.export")):
        form = st.selectbox(
            words("traces.export_format"),
            list(FORMATS),
            format_func=lambda name: _NAMES[name],
            key="export_form",
        )
        ids = matching(span, filters)
        started = st.button(
            words("traces.export_start", n=formats.count(len(ids))), key="export_start", disabled=not ids
        )
        if started:
            st.session_state.pop(_FILE, None)
            # A press interrupts this run at the next sign of progress; the file is then not finished.
            st.button(words("traces.export_cancel"), key="export_cancel")
            st.session_state[_FILE] = (form, _prepared(span, form, ids, page))
        ready = st.session_state.get(_FILE)
        if ready is not None and ready[0] == form:
            suffix = FORMATS[form].suffix
            file_name = f"traces{suffix}"
            st.download_button(
                words("traces.export_ready", name=file_name), ready[1], file_name=file_name,
                mime=FORMATS[form].media_type, on_click="ignore", key="export_download",
            )  # fmt: skip
        panels.hint(words("traces.who"))


def _prepared(span: SpanRange, form: str, ids: list[str], page: Page) -> bytes:
    bar = st.progress(0.0)
    count = page.formats.count

    def progress(done: int, total: int) -> None:
        text = page.words("traces.export_progress", done=count(done), total=count(total))
        bar.progress(done / total if total else 1.0, text=text)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        with path.open("wb") as file:
            rows = lambda some: span.ask_plain(listing.rows, list(some))  # noqa: E731
            for piece in exported(form, ids, rows, progress=progress):
                file.write(piece)
        return path.read_bytes()
