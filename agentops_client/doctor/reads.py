"""One list, one metrics, one trace, one log; and how old the newest trace is."""

from __future__ import annotations

from datetime import timedelta

from ..errors import LogNotFound, NotAgentOps, TraceNotFound
from ..translation import ROUTE_MISSING
from .findings import Outcome, Value
from .subject import Subject

#: A newest trace older than this is warned of: a working day's traffic pauses for less.
STALE_AFTER_S = 3600
#: Senders' clocks may be so much ahead of ours.
FUTURE_S = 60

#: Asked from narrow to wide until there is a trace: the width of a range is what it costs upstream.
_RANGES: tuple[tuple[str, timedelta | None], ...] = (
    ("day", timedelta(days=1)),
    ("month", timedelta(days=30)),
    ("all", None),
)
_ROWS = 20


def check_list(subject: Subject) -> Outcome:
    """The newest traces."""
    for name, width in _RANGES:
        start = None if width is None else subject.now.replace(second=0) - width
        page = subject.client.traces(start, None, limit=_ROWS)
        if page.traces:
            values: dict[str, Value] = {
                "total": page.total,
                "range": name,
                "trace_id": page.traces[0].trace_id,
            }
            return Outcome("ok", "list_ok", values, {"rows": page.traces})
    return Outcome("warning", "project_empty")


def check_metrics(subject: Subject) -> Outcome:
    """Totals of the last 24 hours."""
    end = subject.now.replace(second=0)
    totals = subject.client.project_metrics(end - timedelta(days=1), end)
    values: dict[str, Value] = {
        "traces": totals.trace_count,
        "spans": totals.spans_total,
        "tokens": totals.total_tokens,
        "cost_usd": str(totals.cost_usd),
    }
    return Outcome("ok", "metrics_ok", values)


def check_detail(subject: Subject) -> Outcome:
    """The newest trace with its spans."""
    if not subject.rows:
        return Outcome("skipped", "no_trace")
    trace_id = subject.rows[0].trace_id
    return Outcome(
        "ok", "detail_ok", {"trace_id": trace_id, "spans": len(subject.client.trace(trace_id).spans)}
    )


def check_log(subject: Subject) -> Outcome:
    """The newest trace's log; most traces have none, and some builds serve none."""
    if not subject.rows:
        return Outcome("skipped", "no_trace")
    trace_id = subject.rows[0].trace_id
    try:
        log = subject.client.logs(trace_id)
    except (LogNotFound, NotAgentOps) as error:
        # without that address, FastAPI answers in its own words, and a proxy with a page
        if isinstance(error, NotAgentOps) or error.upstream_words == ROUTE_MISSING:
            return Outcome("ok", "log_not_served", {"request": f"{error.method} {error.path}"})
        return Outcome("ok", "log_none", {"trace_id": trace_id})
    except TraceNotFound as error:
        # the list has just shown it, so it is there, but not to whoever asks for its log
        return Outcome("warning", "log_refused", {"trace_id": trace_id, "words": error.upstream_words})
    return Outcome("ok", "log_ok", {"trace_id": trace_id, "lines": len(log.text.splitlines())})


def check_freshness(subject: Subject) -> Outcome:
    """The age of the newest trace, by its start."""
    if not subject.rows:
        return Outcome("skipped", "no_trace")
    newest = subject.rows[0].started_at
    age_s = int(subject.clock() - newest.timestamp())
    values: dict[str, Value] = {"newest": newest.isoformat(), "age_s": abs(age_s)}
    if age_s < -FUTURE_S:
        return Outcome("warning", "from_future", values)
    return Outcome("warning", "stale", values) if age_s > STALE_AFTER_S else Outcome("ok", "fresh", values)
