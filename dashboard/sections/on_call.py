"""The on-call page's verdict: figures judged by the settings' limits, and said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import streamlit as st

from agentops_client import AgentOpsError

from ..metrics.arrivals import arrivals
from ..metrics.judgement import Judgement, Limits
from ..metrics.usual import WEEKS_NEEDED
from ..metrics.verdict import Verdict, cost, error_rate, latency, outage, verdict
from ..panels import Page
from ..panels.nothing import cause_text
from ..panels.watch import verdict_banner
from ..queries import NoData
from ..queries.on_call import OnCall, last_hour
from ..settings import dashboard_settings
from . import coverage

#: Seconds between refreshes here, where the reader has not chosen another step.
REFRESH = timedelta(seconds=10)
#: While past weeks are being read, the page comes back so soon.
FILLING = timedelta(seconds=1)
#: Causes in which nothing at all answers.
_UNREACHABLE = {"connection_refused", "name_not_resolved", "timed_out", "connection_lost", "tls_failed"}


@contextmanager
def always_the_last_hour(page: Page) -> Iterator[None]:
    """Makes the last hour the page's view; an outage inside becomes the verdict, above the panel that says
    its cause and remedy. To be used around all that is asked and drawn."""
    page.scope = last_hour(page.scope)
    try:
        yield
    except (NoData, AgentOpsError) as failure:
        error = failure.error if isinstance(failure, NoData) else failure
        since = failure.since if isinstance(failure, NoData) else None
        _outage_banner(error, outage(since), page)
        raise


def again(view: OnCall, page: Page) -> timedelta | None:
    """When the page comes back; None leaves it to the reader's own refresh."""
    if view.usual.waiting:
        return FILLING
    unchosen = page.scope.refresh_s and page.scope.refresh_s == dashboard_settings().refresh_s
    waits = [wait for wait in (coverage.again(view.coverage), REFRESH if unchosen else None) if wait]
    return min(waits, default=None)


def judged(view: OnCall) -> Verdict:
    """The verdict over what is known, by the limits of the settings."""
    settings, now = dashboard_settings(), view.view.grid.now
    spans = view.spans
    by_spans = compared_by_spans(view)
    p95_limits = settings.oncall_p95_s
    return verdict(
        [
            error_rate(
                view.windows, view.success, view.failed, Limits(*settings.oncall_error_rate),
                view.failures.frame,
            ),
            _not_read()
            if spans is None
            else latency(
                spans.latency, spans.totals.p95_s, spans.totals.durations,
                Limits(*p95_limits) if p95_limits else None, now,
            ),
            arrivals(
                view.view.windows, now, view.usual.stretches,
                minimum_per_min=settings.oncall_traces_per_min,
            ),
            cost(
                view.windows if by_spans else view.view.windows, view.usd_per_h(by_spans=by_spans),
                view.usual.costs_usd(by_spans=by_spans), view.view.totals.traces,
                Limits(*settings.oncall_cost_factor),
            ),
        ]
    )  # fmt: skip


def compared_by_spans(view: OnCall) -> bool:
    """Whether cost is compared with the usual by spans on both sides; else by AgentOps' own on both."""
    return view.spans is not None and len(view.usual.costs_usd(by_spans=True)) >= WEEKS_NEEDED


def banner(found: Verdict, view: OnCall, page: Page) -> None:
    """The verdict in one sentence, and the further findings."""
    told = [(reason.level, sentence(reason, view, page)) for reason in found.reasons]
    headline = told[0][1] if told else _quiet(found, view, page)
    word = page.words(f"on_call.level_{found.level}")
    verdict_banner(found.level, word, headline, told[1:], kiosk=kiosk())


def sentence(reason: Judgement, view: OnCall, page: Page) -> str:
    """A finding in words: what, since when, and why."""
    words, formats = page.words, page.formats
    values: dict[str, object] = {"value": "", "limit": ""}
    if reason.metric == "error_rate":
        values |= {"value": formats.percent(reason.value), "mostly": _mostly(reason, page)}
    elif reason.metric == "p95":
        values |= {"value": formats.duration(reason.value), "limit": formats.duration(reason.threshold)}
    elif reason.metric == "cost":
        usd = view.usd_per_h(by_spans=compared_by_spans(view))
        values |= {"value": multiple(reason.value), "usd": formats.usd(usd)}
    else:
        values |= {"value": formats.count(reason.value), "limit": formats.count(reason.threshold)}
    moment = reason.since or reason.better_since
    return words(
        f"on_call.{reason.metric}.{_form(reason)}", time=clock(moment, page) if moment else "", **values
    )


def clock(moment: datetime, page: Page) -> str:
    """``14:05``, with its date where that is not today's."""
    formats = page.formats
    today = moment.astimezone(formats.zone).date() == page.now.astimezone(formats.zone).date()
    return formats.clock(moment) if today else formats.short_moment(moment, page.now)


def multiple(factor: float | None) -> str:
    """A factor with two digits: ``0.52``, ``1.4``, ``12``."""
    if factor is None:
        return "–"
    return f"{factor:.0f}" if factor >= 10 else f"{factor:.2g}"


def _form(reason: Judgement) -> str:
    if reason.metric == "arrivals":
        return f"{reason.why}_at_least" if reason.at_least else reason.why
    if reason.since is not None:
        return "at_least" if reason.at_least else "since"
    return "better" if reason.better_since is not None else "hour"


def _mostly(reason: Judgement, page: Page) -> str:
    named = {"type": reason.error_type, "model": reason.model}
    known = {name: text for name, text in named.items() if text}
    return page.words(f"on_call.error_rate.mostly_{'_'.join(known)}", **known) if known else ""


def _quiet(found: Verdict, view: OnCall, page: Page) -> str:
    """What is said where nothing is bad."""
    words, rate, arrived = page.words, found.judgements["error_rate"], found.judgements["arrivals"]
    if found.level == "ok":
        return words(
            "on_call.normal", rate=page.formats.percent(rate.value), n=page.formats.count(rate.n),
            per_min=multiple(view.traces_per_min),
        )  # fmt: skip
    if view.view.totals.traces is None or rate.why == "waiting":
        return unread(view, page)
    if view.view.emptiness is not None and view.view.emptiness.reason == "never":
        return words("empty.never")
    if view.view.totals.traces == 0:
        return words("on_call.nothing_usual" if arrived.why == "too_small" else "on_call.nothing_arrived")
    return words("on_call.none_decided" if rate.why == "none_decided" else "on_call.unjudged")


def unread(view: OnCall, page: Page) -> str:
    """Why nothing can be said of the hour yet: it is being read, or AgentOps failed to tell."""
    error = view.view.totals.error
    if error is None:
        return page.words("on_call.waiting")
    return page.words("on_call.hour_failed", cause=cause_text(error, "title", page.words))


def _outage_banner(error: AgentOpsError, found: Verdict, page: Page) -> None:
    words, (reason, *_) = page.words, found.reasons
    key = "unreachable" if error.cause in _UNREACHABLE else "failed"
    headline = words("on_call.outage.now")
    if reason.since is not None:
        headline = words(f"on_call.outage.{key}", time=clock(reason.since, page))
    cause = words("on_call.outage.cause", cause=cause_text(error, "title", words))
    verdict_banner("critical", words("on_call.level_critical"), headline, [("unknown", cause)], kiosk=kiosk())


def _not_read() -> Judgement:
    return Judgement("p95", "unknown", why="not_read")


def kiosk() -> bool:
    """Whether the page hangs on a wall: nothing but itself, in large letters."""
    return st.query_params.get("kiosk") == "1"
