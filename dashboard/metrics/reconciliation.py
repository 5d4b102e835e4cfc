"""Why the archive's cost is not AgentOps' own: three sums side by side, and what lies between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: AgentOps answers with five decimals: each answer is off by at most half of the last.
_HALF_STEP_USD = 0.000005
#: What binary fractions leave over when equal sums are subtracted.
_DUST_USD = 1e-12

ReasonName = Literal[
    "tool_costs",
    "estimates",
    "own_prices",
    "unread_usage",
    "unread_traces",
    "unexplained",
    "rounding",
    "late",
]


@dataclass(frozen=True)
class Reason:
    """A part of a difference. ``tokens`` where it is told in tokens as well."""

    name: ReasonName
    usd: float
    tokens: int | None = None


@dataclass(frozen=True)
class Reconciliation:
    """Three sums of one range, and their differences in parts.

    Attributes:
        windowed_usd, upstream_usd, spans_usd: as asked window by window, as one question for the whole
            range, and as summed over the archive's spans; None is not known.
        spans_against_upstream: parts of spans − upstream; their amounts add up to it.
        windows_against_upstream: parts of windows − upstream, likewise.
    """

    windowed_usd: float | None
    upstream_usd: float | None
    spans_usd: float | None
    spans_against_upstream: tuple[Reason, ...]
    windows_against_upstream: tuple[Reason, ...]


def reconcile(
    *,
    windowed_usd: float | None,
    windows: int,
    upstream_usd: float | None,
    upstream_tokens: int | None,
    reported_usd: float | None,
    tool_reported_usd: float | None,
    estimated_usd: float | None,
    own_usd: float | None,
    spans_tokens: int | None,
    traces_read: int,
    traces_in_all: int,
) -> Reconciliation:
    """Takes the differences apart.

    Known exactly are the parts that AgentOps never counts: costs that tools report, estimates from the
    price library, prices of one's own. What remains between the calls' reported cost and AgentOps' sum is
    named after its sign: more in the spans is usage that AgentOps does not read (*unread_usage*, with the
    tokens that it misses); less is traces that the archive has not read yet, where there are such
    (*unread_traces*), else *unexplained* (roll-ups that AgentOps adds to what they repeat, spans that
    arrived late). When two of these meet, only their balance is seen. An amount that five decimals
    cannot show is rounding, and no reason.

    Args:
        windowed_usd, windows: sum over the windows, and how many answers are in it.
        upstream_usd, upstream_tokens: metrics of the whole range (prompt + completion cost).
        reported_usd, estimated_usd, own_usd, spans_tokens: of the archive's spans; reported includes
            ``tool_reported_usd``.
        traces_read, traces_in_all: coverage of the range.
    """
    parts = (reported_usd, estimated_usd, own_usd)
    spans_usd = None if all(part is None for part in parts) else sum(part or 0.0 for part in parts)
    against_spans: list[Reason] = []
    if spans_usd is not None and upstream_usd is not None:
        tool_usd = tool_reported_usd or 0.0
        against_spans = [
            Reason("tool_costs", tool_usd),
            Reason("estimates", estimated_usd or 0.0),
            Reason("own_prices", own_usd or 0.0),
        ]
        rest_usd = (reported_usd or 0.0) - tool_usd - upstream_usd
        missed = (
            None if None in (spans_tokens, upstream_tokens) else (spans_tokens or 0) - (upstream_tokens or 0)
        )
        if abs(rest_usd) <= _HALF_STEP_USD:
            against_spans.append(Reason("rounding", rest_usd))
        elif rest_usd > 0:
            against_spans.append(Reason("unread_usage", rest_usd, missed if missed and missed > 0 else None))
        else:
            name: ReasonName = "unread_traces" if traces_read < traces_in_all else "unexplained"
            against_spans.append(Reason(name, rest_usd, missed if missed and missed < 0 else None))
    against_windows: list[Reason] = []
    if windowed_usd is not None and upstream_usd is not None:
        difference = windowed_usd - upstream_usd
        rounding = abs(difference) <= (windows + 1) * _HALF_STEP_USD
        against_windows = [Reason("rounding" if rounding else "late", difference)]
    return Reconciliation(
        windowed_usd,
        upstream_usd,
        spans_usd,
        tuple(reason for reason in against_spans if abs(reason.usd) > _DUST_USD),
        tuple(reason for reason in against_windows if abs(reason.usd) > _DUST_USD),
    )
