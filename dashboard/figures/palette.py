"""The colours, in one place; ``.streamlit/config.toml`` repeats the ones that Streamlit must know.

Series colours keep at least 3:1 against white and ``#0E1117`` and can be told apart with normal,
deutan, protan and tritan sight. Meanings are never told by colour alone.
"""

from __future__ import annotations

SERIES = ("#5B8FF9", "#D97706", "#7C3AED", "#996B3D", "#BE185D", "#7A86B8")

BLUE, AMBER, VIOLET, BROWN, ROSE, SLATE = SERIES
SUCCESS = "#0F9D8A"
FAILED = "#DC2626"
UNKNOWN = "#6D7A8C"
WARNING = "#D97706"
#: Stretches for which AgentOps gave no answer, and other bands behind the data.
BAND = "rgba(109, 122, 140, 0.22)"

TOKEN_COLOURS = {
    "prompt": BLUE,
    "cache_read": "rgba(91, 143, 249, 0.45)",
    "completion": AMBER,
    "reasoning": VIOLET,
    "unsplit": UNKNOWN,
}
OUTCOME_COLOURS = {"success": SUCCESS, "failed": FAILED, "indeterminate": UNKNOWN}


def faded(colour: str, alpha: float) -> str:
    """`colour` (``#RRGGBB``) as ``rgba`` with that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def series_marker(index: int) -> dict[str, object]:
    """How the bars of the key at `index` in stacking order look; the seventh and on are striped."""
    marker: dict[str, object] = {"color": SERIES[index % len(SERIES)], "line": {"width": 0}}
    if index >= len(SERIES):
        marker["pattern"] = hatch("\\")
    return marker


def hatch(shape: str) -> dict[str, object]:
    """A pattern over a colour, so that areas are not told apart by colour alone."""
    return {"shape": shape, "size": 5, "solidity": 0.25, "fillmode": "overlay"}
