"""One trace as a film: what ran at each moment and what was spent by then."""

from __future__ import annotations

from .. import panels
from ..components.replay_view import LABELS, SHARED, render_replay
from ..panels import Page
from ..queries.trace import TraceView
from ..replay import replay as timeline

_KEY = "replay"


def replay(view: TraceView, page: Page, *, selected: str | None = None) -> str | None:
    """Draws it with its heading, the span `selected` marked in it.

    Returns the id of the span that the reader has chosen in it, in the one run that this causes.
    """
    words, formats = page.words, page.formats
    played = timeline(view.spans)
    panels.section(words("replay.title"), (words("replay.help"),))
    if played.left_out:
        shown, left_out = formats.count(len(played.spans)), formats.count(played.left_out)
        panels.hint(words("replay.left_out", shown=shown, n=left_out))
    said = words(
        "replay.said", spans=formats.count(len(played.spans) + played.left_out),
        duration=formats.duration(played.duration_s),
    )  # fmt: skip
    return render_replay(
        played, key=_KEY, trace=view.wire.trace_id, description=said, selected=selected,
        locale=words.language,
        labels={name: words(f"{'waterfall' if name in SHARED else 'replay'}.{name}") for name in LABELS},
    ).chosen  # fmt: skip
