"""Tells the page that embeds us how tall we are: `render_frame`.

Inside a frame the browser posts ``{"type": "agentops-dashboard:height", "height": <whole CSS px>}`` to the
parent whenever the content's height changes; outside a frame it does not. It takes nothing from the parent.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components import assets


def render_frame(*, origins: Sequence[str], current: int | None, key: str) -> None:
    """Draws nothing.

    Args:
        origins: to whom the height may be posted where the browser does not say who embeds us:
            ``https://portal.example``, or ``self`` for our own origin.
        current: which of the links above the page leads to this one, from 0; None for none of them.
    """
    assets.component("frame")(key=key, data={"origins": list(origins), "current": current})
