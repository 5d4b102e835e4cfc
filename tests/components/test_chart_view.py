"""The Python side of the chart and of the pulse, without a browser."""

from __future__ import annotations

import datetime as dt

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import chart_view, fetch, pulse_view
from tests.components.reading import CHART, component_data, figures, pulse, values

WINTER_MS = 1_767_225_600_000  # 2026-01-01T00:00:00 read as UTC


def one_chart(**options):
    def script(options):
        import plotly.graph_objects as go
        import streamlit as st

        from dashboard.components.chart_view import render_chart

        figure = go.Figure(go.Scatter(x=["2026-01-01", "2026-01-02"], y=[1.5, float("nan")]))
        given = {"key": "cost", "height": 260, "description": "Cost", "filename": "cost", **options}
        st.session_state.events = render_chart(figure, **given)

    return AppTest.from_function(script, args=(options,), default_timeout=20).run()


def test_page_tests_read_the_figure_back():
    at = one_chart()
    assert not at.exception
    (figure,) = figures(at)
    assert figure["data"][0]["x"] == ["2026-01-01", "2026-01-02"]
    first, second = values(figure["data"][0]["y"])
    assert first == 1.5
    assert np.isnan(second)
    assert at.session_state.events == chart_view.ChartEvents(zoomed_range=None, selected=())


def test_what_the_browser_is_given():
    (data,) = component_data(one_chart(on_range="rerun", group="time", locale="ko"), CHART)
    assert data["reports"] == {"range": True, "select": False}
    assert (data["revision"], data["group"], data["locale"], data["height"]) == ("kept", "time", "ko", 260)
    assert data["labels"] == dict(chart_view.LABELS)


def test_streamlits_template_of_placeholder_colours_is_not_sent():
    assert "#000001" not in str(figures(one_chart()))


def test_misspelt_label_is_refused():
    given = {"key": "cost", "height": 260, "description": "Cost", "filename": "cost"}
    with pytest.raises(ValueError, match="donwload"):
        chart_view.render_chart(go.Figure(), **given, labels={"donwload": "x"})
    with pytest.raises(ValueError, match="nwest"):
        pulse_view.render_pulse(
            status="ok", status_text="", fetched_at=None, newest_at=None, next_at=None, labels={"nwest": "x"}
        )


def test_figure_that_json_cannot_carry_is_a_type_error():
    figure = go.Figure(go.Scatter(x=[1], y=[1], customdata=[object()]))
    with pytest.raises(TypeError, match="chart 'cost'"):
        chart_view._json(figure.to_dict(), "cost")


# ---- which plotly.js ---------------------------------------------------------------------------------


@pytest.fixture
def vendor(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "VENDOR", tmp_path)
    (tmp_path / fetch.FULL).write_text("full")
    (tmp_path / fetch.BASIC).write_text("basic")
    return tmp_path


@pytest.mark.parametrize(
    ("figure", "name"),
    [
        (go.Figure(), "basic"),
        (go.Figure([go.Scatter(y=[1]), go.Bar(y=[1])]), "basic"),
        (go.Figure(go.Pie(values=[1])), "basic"),
        (go.Figure([go.Scatter(y=[1]), go.Heatmap(z=[[1]])]), "full"),
    ],
)
def test_bundle_by_trace_types(vendor, figure, name):
    assert chart_view._bundle(figure.to_dict())["name"] == name


def test_full_bundle_draws_lines_where_the_basic_one_is_missing(vendor):
    (vendor / fetch.BASIC).unlink()
    assert chart_view._bundle(go.Figure(go.Scatter(y=[1])).to_dict())["name"] == "full"


def test_full_bundle_is_copied_when_nothing_was_set_up(vendor):
    (vendor / fetch.BASIC).unlink()
    (vendor / fetch.FULL).unlink()
    assert chart_view._bundle(go.Figure().to_dict())["path"].startswith(f"vendor/{fetch.FULL}?v=")
    assert (vendor / fetch.FULL).is_file()


def test_new_content_gets_a_new_address(vendor):
    before = chart_view._bundle(go.Figure().to_dict())["path"]
    (vendor / fetch.BASIC).write_text("another basic")
    assert chart_view._bundle(go.Figure().to_dict())["path"] != before


# ---- zoomed range ------------------------------------------------------------------------------------


def zoomed(start_ms, end_ms, revision="kept"):
    return {"range": [start_ms, end_ms], "revision": revision}


def test_range_is_wall_clock_of_the_zone_in_utc():
    value = zoomed(WINTER_MS, WINTER_MS + 3_600_000)
    assert chart_view._range(value, "kept", "UTC") == ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")
    assert chart_view._range(value, "kept", "Asia/Seoul") == ("2025-12-31T15:00:00Z", "2025-12-31T16:00:00Z")


def test_range_is_widened_to_whole_seconds():
    value = zoomed(WINTER_MS + 900, WINTER_MS + 1_100)
    assert chart_view._range(value, "kept", "UTC") == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z")


def test_an_hour_that_occurs_twice_is_read_widest():
    # 2026-10-25 02:10 to 02:50 in Berlin is both 00:10–00:50 and 01:10–01:50 UTC.
    day = dt.datetime(2026, 10, 25, tzinfo=dt.UTC).timestamp() * 1000
    value = zoomed(day + 130 * 60_000, day + 170 * 60_000)
    assert chart_view._range(value, "kept", "Europe/Berlin") == (
        "2026-10-25T00:10:00Z",
        "2026-10-25T01:50:00Z",
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {},
        {"range": None, "revision": "kept"},
        zoomed(2, 1),
        zoomed(1, 2, revision="another figure"),
        zoomed(float("nan"), 2),
        zoomed(0, 1e300),
        zoomed("a", "b"),
    ],
)
def test_anything_else_from_the_browser_is_no_range(value):
    assert chart_view._range(value, "kept", "UTC") is None


# ---- pulse -------------------------------------------------------------------------------------------


def test_pulse_gives_milliseconds_and_default_words():
    def script():
        import datetime as dt

        import streamlit as st

        from dashboard.components.pulse_view import render_pulse

        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        st.session_state.ticked = render_pulse(
            status="ok",
            status_text="healthy",
            fetched_at=now,
            newest_at=None,
            next_at=now + dt.timedelta(seconds=10),
            now=now,
            labels={"copy": "링크 복사"},
        )

    at = AppTest.from_function(script, default_timeout=20).run()
    assert not at.exception
    data = pulse(at)
    assert (data["fetched_at_ms"], data["newest_at_ms"]) == (WINTER_MS, None)
    assert data["next_at_ms"] - data["now_ms"] == 10_000
    assert data["labels"] == {**pulse_view.LABELS, "copy": "링크 복사"}
    assert at.session_state.ticked is False


def test_pulse_refuses_times_without_zone():
    with pytest.raises(ValueError, match="time zone"):
        pulse_view._ms(dt.datetime(2026, 1, 1))  # noqa: DTZ001
