"""Queries against an embedded AgentOps with known spans: the numbers, and three kinds of nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from agentops_lite import LiteConfig, serve
from dashboard.queries import NoData, check, overview
from dashboard.scope import Scope
from dashboard.upstream import Upstream
from tests.dashboard.failing import faulty, longer_than
from tests.otlp import llm, send, span, ten_traces

Ask = Callable[..., Upstream]
HOUR = Scope(range="1h", zone="Asia/Seoul", language="en", refresh_s=30)


def now() -> datetime:
    return datetime.now(UTC)


def test_totals_are_the_sums_of_what_was_sent(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    view = overview(ask(lite), HOUR, wait_s=20)
    assert view.totals.traces == 10
    assert (view.totals.success, view.totals.failed, view.totals.indeterminate) == (6, 2, 2)
    assert view.totals.cost_usd == pytest.approx(0.45)
    assert (view.totals.prompt_tokens, view.totals.completion_tokens) == (1_000_000, 500_000)
    assert view.totals.total_tokens == 1_500_000
    assert view.totals.spans == 10
    assert view.emptiness is None


def test_windows_add_up_to_the_totals(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    view = overview(ask(lite), HOUR, wait_s=20)
    sums = view.windows[
        ["cost_usd", "total_tokens", "traces", "failed", "cache_read_tokens", "reasoning_tokens"]
    ].sum()
    assert sums["cost_usd"] == pytest.approx(0.45)
    assert sums["total_tokens"] == 1_500_000
    assert sums["traces"] == 10
    assert sums["failed"] == 2
    assert sums["cache_read_tokens"] == 200_000
    assert sums["reasoning_tokens"] == 100_000
    assert set(view.windows["usage"]) == {"known", "empty"}
    assert view.clocks.known == view.clocks.wanted == len(view.windows)


def test_a_trace_that_crosses_windows_counts_once_in_the_total(lite: str, ask: Ask) -> None:
    start = now() - timedelta(minutes=30)
    send(lite, [llm(1, n, start + timedelta(minutes=4 * n), 10, 10) for n in range(5)])
    view = overview(ask(lite), HOUR, wait_s=20)
    assert view.totals.traces == 1
    assert view.windows["traces"].sum() == 5


def test_the_change_compares_closed_buckets_with_the_equal_stretch_before(lite: str, ask: Ask) -> None:
    send(lite, [llm(n, 1, now() - timedelta(minutes=90), 10, 10) for n in range(1, 4)])
    send(lite, [llm(n, 1, now() - timedelta(minutes=30), 10, 10) for n in range(10, 15)])
    view = overview(ask(lite), HOUR, wait_s=20)
    assert view.closed is not None
    assert view.previous is not None
    assert (view.closed.traces, view.previous.traces) == (5, 3)
    assert view.closed.window.length == view.previous.window.length
    assert view.previous.window.end == view.closed.window.start


def test_newest_trace_and_fetch_are_two_clocks(lite: str, ask: Ask) -> None:
    started = now() - timedelta(minutes=7)
    send(lite, [llm(1, 1, started, 10, 10)])
    view = overview(ask(lite), HOUR, wait_s=20)
    assert view.clocks.newest_at is not None
    assert abs(view.clocks.newest_at - started) < timedelta(milliseconds=1)
    assert view.clocks.fetched_at is not None
    assert now() - view.clocks.fetched_at < timedelta(seconds=30)


def test_nothing_ever_and_nothing_here_are_told_apart(lite: str, ask: Ask) -> None:
    never = overview(ask(lite), HOUR, wait_s=20)
    assert never.emptiness is not None
    assert never.emptiness.reason == "never"
    started = now() - timedelta(days=3)
    send(lite, [llm(1, 1, started, 10, 10)])
    elsewhere = overview(ask(lite), HOUR, wait_s=20)
    assert elsewhere.emptiness is not None
    assert elsewhere.emptiness.reason == "range"
    assert elsewhere.emptiness.newest_at is not None
    assert abs(elsewhere.emptiness.newest_at - started) < timedelta(milliseconds=1)


def test_current_litellm_leaves_tokens_without_a_split(lite: str, ask: Ask) -> None:
    usage = {
        "gen_ai__usage__input_tokens": 10,
        "gen_ai__usage__output_tokens": 20,
        "gen_ai__usage__total_tokens": 30,
    }
    send(lite, [span(1, 1, now() - timedelta(minutes=5), name="litellm_request", **usage)], service="litellm")
    totals = overview(ask(lite), HOUR, wait_s=20).totals
    assert (totals.total_tokens, totals.prompt_tokens, totals.completion_tokens) == (30, 0, 0)
    assert totals.cost_usd == 0


def test_an_odd_span_does_not_hide_the_figures_beside_it(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    send(lite, [span(99, 1, now(), agentops__tags='{"not": "a list"}')])  # lists that show it answer 500
    view = overview(ask(lite), HOUR, wait_s=20)
    assert view.totals.traces == 11
    assert view.windows["cause"].isna().all()
    assert view.clocks.newest_at is not None


def covers(moment: datetime) -> Callable[[httpx.Request], bool]:
    """Metrics questions over a range that holds `moment`."""

    def fails(request: httpx.Request) -> bool:
        asked = request.url.params
        if "meterics" not in request.url.path:
            return False
        start, end = (datetime.fromisoformat(asked[name]) for name in ("start_time", "end_time"))
        return start <= moment < end

    return fails


def test_one_bad_window_costs_its_figures_and_no_others(lite: str) -> None:
    send(lite, ten_traces(now() - timedelta(minutes=15)))
    bad = now() - timedelta(minutes=50)
    source = faulty(lite, covers(bad))
    try:
        view = overview(source, HOUR, wait_s=20)
    finally:
        source.close()
    failed = view.windows[view.windows["cause"].notna()]
    assert failed["start"].tolist() == [w.start for w in view.grid.windows if w.start <= bad < w.end]
    assert failed.iloc[0]["cause"] == "upstream_failed"
    assert view.clocks.error is not None and view.clocks.error.cause == "upstream_failed"
    assert math.isnan(failed.iloc[0]["cost_usd"])
    assert view.totals.traces == 10
    assert view.totals.cost_usd == pytest.approx(0.45)  # of the stretches that can be had
    assert [w.start for w in view.totals.without] == failed["start"].tolist()


def test_a_list_that_cannot_be_had_for_the_whole_range_leaves_its_counts_unknown(lite: str) -> None:
    send(lite, ten_traces(now()))
    with closing(faulty(lite, longer_than(timedelta(minutes=30), path="/v4/traces"))) as source:
        view = overview(source, HOUR, wait_s=20)
    assert view.totals.error is not None and view.totals.error.cause == "upstream_failed"
    assert (view.totals.traces, view.totals.success, view.totals.failed) == (None, None, None)
    assert view.totals.cost_usd == pytest.approx(0.45)  # the metrics have told it
    assert view.clocks.error is view.totals.error
    assert view.windows["cause"].isna().all()


def test_metrics_that_cannot_be_had_for_the_whole_range_are_added_up(lite: str) -> None:
    send(lite, ten_traces(now()))
    with closing(faulty(lite, longer_than(timedelta(minutes=30), path="meterics"))) as source:
        view = overview(source, HOUR, wait_s=20)
    assert view.totals.error is not None
    assert (view.totals.traces, view.totals.total_tokens) == (10, 1_500_000)
    assert view.totals.cost_usd == pytest.approx(0.45)


def test_a_failure_of_the_newest_window_is_no_data(lite: str) -> None:
    send(lite, ten_traces(now()))
    newest = HOUR.grid(now()).newest.start
    source = faulty(lite, covers(newest))
    try:
        with pytest.raises(NoData) as failure:
            overview(source, HOUR, wait_s=20)
    finally:
        source.close()
    assert failure.value.error.cause == "upstream_failed"
    assert failure.value.error.status == 500
    assert failure.value.retry_at > failure.value.since


def test_no_data_names_cause_and_times(ask: Ask) -> None:
    gone = ask("http://127.0.0.1:9")
    with pytest.raises(NoData) as failure:
        overview(gone, HOUR, wait_s=20)
    assert failure.value.error.cause == "connection_refused"
    assert failure.value.last_success_at is None
    with pytest.raises(NoData):
        check(gone, wait_s=20)


def test_readiness_asks_the_newest_minute(lite: str, ask: Ask) -> None:
    answered = check(ask(lite), wait_s=20)
    assert answered is not None
    assert now() - answered < timedelta(seconds=30)


@pytest.mark.parametrize("dialect", ["query", "path"])
def test_both_dialects_give_the_same_numbers(dialect: str, ask: Ask) -> None:
    with serve(LiteConfig(dialect=dialect)) as url:  # type: ignore[arg-type]
        send(url, ten_traces(now()))
        source = ask(url)
        totals = overview(source, HOUR, wait_s=20).totals
        assert source.client.dialect == dialect
        assert (totals.traces, totals.total_tokens, totals.failed) == (10, 1_500_000, 2)


def test_a_stock_build_wants_a_session_and_takes_one(ask: Ask) -> None:
    config = LiteConfig(auth="session")
    with serve(config) as url:
        send(url, ten_traces(now()))
        with pytest.raises(NoData) as failure:
            overview(ask(url), HOUR, wait_s=20)
        assert failure.value.error.cause == "session_needed"
        signed_in = ask(url, session_email=config.email, session_password=config.password)
        assert overview(signed_in, HOUR, wait_s=20).totals.traces == 10


def test_a_refused_key_says_so(lite: str, ask: Ask) -> None:
    for key, cause in [
        ("00000000-0000-4000-8000-000000000000", "key_refused"),
        ("not-a-key", "key_malformed"),
        (None, "not_configured"),
    ]:
        with pytest.raises(NoData) as failure:
            overview(ask(lite, key=key), HOUR, wait_s=20)
        assert failure.value.error.cause == cause
