"""The header line of every page: is the source healthy, how old is what one sees, when is the next
refresh.  ``render_pulse`` puts it on the screen and says whether it asked for a refresh in this run.

Ages and the countdown tick in the browser; the refresh itself is a rerun that the browser asks for, so
nothing is fetched for a page that nobody looks at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal

from dashboard.components import assets

HEIGHT_PX: Final = 36  # one line; pulse.css gives narrow screens more

Status = Literal["ok", "partial", "down", "loading"]

LABELS: Final[Mapping[str, str]] = {
    "updated": "updated {age} ago",
    "never": "not updated yet",
    "newest": "newest trace {age} ago",
    "no_trace": "no trace yet",
    "next": "next in {age}",
    "refreshing": "refreshing…",
    "manual": "refresh is off",
    "refresh": "Refresh now",
    "copy": "Copy link",
    "copied": "Link copied",
    "copy_by_hand": "Copy this link:",
    "unit_s": "{n} s",
    "unit_min": "{n} min",
    "unit_h": "{n} h",
    "unit_d": "{n} d",
}


def render_pulse(
    *,
    status: Status,
    status_text: str,
    status_detail: str = "",
    fetched_at: dt.datetime | None,
    newest_at: dt.datetime | None,
    next_at: dt.datetime | None,
    range_text: str = "",
    locale: str = "en",
    labels: Mapping[str, str] | None = None,
    now: dt.datetime | None = None,
    key: str = "pulse",
) -> bool:
    """Draw the line; True when the browser's countdown or the reader asked for a refresh in this run.

    Times are aware.  `fetched_at` None means never, `newest_at` None that there is no trace, `next_at`
    None that nothing refreshes by itself.  `now` is the server's time that they belong to (default: the
    clock), so a browser whose clock is wrong still shows right ages.  `labels` replaces entries of
    `LABELS`; ``{age}`` and ``{n}`` are filled in by the browser.
    """
    unknown = set(labels or ()) - set(LABELS)
    if unknown:
        raise ValueError(f"unknown pulse labels {sorted(unknown)}; known are {sorted(LABELS)}")
    result = assets.component("pulse")(
        key=key,
        height=HEIGHT_PX,
        data={
            "status": status,
            "status_text": status_text,
            "status_detail": status_detail,
            "fetched_at_ms": _ms(fetched_at),
            "newest_at_ms": _ms(newest_at),
            "next_at_ms": _ms(next_at),
            "now_ms": _ms(now or dt.datetime.now(dt.UTC)),
            "range_text": range_text,
            "locale": locale,
            "labels": {**LABELS, **(labels or {})},
        },
        on_tick_change=lambda: None,
    )
    return result.get("tick") is not None


def _ms(moment: dt.datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("render_pulse wants times with a time zone")
    return round(moment.timestamp() * 1000)
