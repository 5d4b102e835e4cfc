"""Addresses of traces."""

from __future__ import annotations

from dashboard.links import app_href


def test_a_trace_in_agentops_own_dashboard_has_the_address_that_the_sdk_prints() -> None:
    assert app_href("http://localhost:3006/", "ab12") == "http://localhost:3006/sessions?trace_id=ab12"


def test_an_id_cannot_leave_its_place_in_the_address() -> None:
    assert (
        app_href("http://localhost:3006", "a&b=c#d")
        == "http://localhost:3006/sessions?trace_id=a%26b%3Dc%23d"
    )
