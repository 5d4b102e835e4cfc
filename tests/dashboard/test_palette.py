"""One palette: read against both themes, told apart with every kind of sight, and never the only sign.

Contrast as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio; sight as simulated by Machado, Oliveira and
Fernandes (2009) in colorspacious; differences in CAM02-UCS, where about 2 can just be seen.
"""

from __future__ import annotations

import re
import tomllib
from itertools import combinations, product
from pathlib import Path
from typing import Any

import colorspacious
import numpy as np
import pytest

from dashboard import figures
from dashboard.figures import palette
from dashboard.figures.flow import KINDS
from dashboard.figures.latency import _LINES
from dashboard.figures.scatter import _SHAPES
from dashboard.panels.beats import _SIGNS
from dashboard.panels.mark import SIGNS, mark
from dashboard.text import Words
from tests.dashboard.figure_frames import axis_of, checked, windows_of

ROOT = Path(__file__).resolve().parents[2]
THEME: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
THEMES = ("light", "dark")
STYLES = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "dashboard").rglob("*.css"))}

Colour = np.ndarray[Any, np.dtype[np.float64]]


def rgb(colour: str) -> Colour:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def over(above: str, below: str, share: float) -> Colour:
    """`above` with that opacity over `below`, or mixed with it in sRGB."""
    return rgb(above) * share + rgb(below) * (1 - share)


def contrast(one: Colour, other: Colour) -> float:
    def luminance(colour: Colour) -> float:
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def difference(one: str, other: str, sight: str) -> float:
    def seen(colour: str) -> Colour:
        if sight == "normal":
            return rgb(colour)
        space = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        return np.clip(colorspacious.cspace_convert(rgb(colour), space, "sRGB1"), 0, 1)

    return float(colorspacious.deltaE(seen(one), seen(other), input_space="sRGB1"))


def grounds(theme: str) -> list[str]:
    return [THEME[theme]["backgroundColor"], THEME[theme]["secondaryBackgroundColor"]]


def test_the_measures_give_what_is_known() -> None:
    assert contrast(rgb("#000000"), rgb("#FFFFFF")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#FFFFFF")) == pytest.approx(4.48, abs=0.01)  # the textbook near miss
    red, green = "#C00000", "#4E7A00"
    assert difference(red, green, "normal") > 40
    assert difference(red, green, "deuteranomaly") < 15


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    ink = THEME[theme]["textColor"]
    for ground in grounds(theme):
        assert contrast(rgb(ink), rgb(ground)) >= 7
        # Axis titles and ticks (chart/theme.js), and the faintest words of ours.
        faintest = min(
            float(found) for found in re.findall(r"opacity: (0\.[789]\d*)[;}]", STYLES["style.css"])
        )
        for share in (0.74, faintest):
            assert contrast(over(ink, ground, share), rgb(ground)) >= 4.5, share


@pytest.mark.parametrize("theme", THEMES)
def test_a_chosen_button_and_links_can_be_read(theme: str) -> None:
    ground = THEME[theme]["backgroundColor"]
    primary = THEME[theme]["primaryColor"]
    assert contrast(rgb(primary), over(primary, ground, 0.1)) >= 4.5  # Streamlit's tint of what is chosen
    links = set(re.findall(r"color: light-dark\((#\w{6}), (#\w{6})\)", "\n".join(STYLES.values())))
    assert links
    for pair in links:
        assert contrast(rgb(pair[THEMES.index(theme)]), rgb(ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_judgements_in_colour_can_be_read(theme: str) -> None:
    mixed = re.findall(
        r"[ ;{]color: color-mix\(in srgb, (#\w{6}) (\d+)%, currentColor\)", STYLES["style.css"]
    )
    assert len(mixed) >= 5
    for (colour, percent), ground in product(mixed, grounds(theme)):
        shown = over(colour, THEME[theme]["textColor"], int(percent) / 100)
        assert contrast(shown, rgb(ground)) >= 4.5, (colour, percent, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_stand_out(theme: str) -> None:
    faint = palette.TOKEN_COLOURS["cache_read"]  # drawn with dots in full blue
    tokens = [colour for colour in palette.TOKEN_COLOURS.values() if colour != faint]
    kinds = [colour for colour, _, _ in KINDS.values()]
    for colour in {*palette.SERIES, *palette.OUTCOME_COLOURS.values(), *tokens, *kinds, palette.WARNING}:
        assert contrast(rgb(colour), rgb(THEME[theme]["backgroundColor"])) >= 3, colour


#: Colours that meet in one chart and are alike in all but colour, with the least difference there is.
TOGETHER = {
    "series": palette.SERIES,
    "tokens": [c for c in palette.TOKEN_COLOURS.values() if c.startswith("#")],
    "percentiles": [colour for colour, _, _ in _LINES.values()],
    "kinds": [colour for colour, _, _ in KINDS.values()],
    "sources": [palette.BLUE, palette.WARNING],
    "bad and rest": [palette.FAILED, palette.UNKNOWN],
    "good and bad": [palette.SUCCESS, palette.FAILED],
}


@pytest.mark.parametrize("sight", ["normal", "protanomaly", "deuteranomaly", "tritanomaly"])
@pytest.mark.parametrize("name", TOGETHER)
def test_colours_that_meet_can_be_told_apart(name: str, sight: str) -> None:
    for one, other in combinations(TOGETHER[name], 2):
        assert difference(one, other, sight) >= 10, (one, other)


def test_what_colour_tells_less_well_is_told_by_a_pattern() -> None:
    """Others beside the slate series, and the outcome that is not known beside success."""
    close = [(palette.UNKNOWN, palette.SLATE), (palette.UNKNOWN, palette.SUCCESS)]
    assert min(difference(*pair, sight) for pair in close for sight in ("deuteranomaly", "tritanomaly")) > 7
    windows = windows_of(1, success=[20.0], failed=[20.0], indeterminate=[20.0], cache_read=[20.0])
    names = {"success": "s", "failed": "f", "indeterminate": "i"}
    drawn = figures.outcomes_over_time(windows, axis=axis_of(windows), names=names, y_title="", count=str)
    shapes = {bar.name: bar.marker.pattern.shape for bar in checked(drawn).data if bar.type == "bar"}
    assert len(set(shapes.values())) == 3
    usage = figures.usage_over_time(
        windows, windows[["success", "failed"]], axis=axis_of(windows), names={}, y_title="", text=str,
        total="all", rest="failed",
    )  # fmt: skip
    assert [bar.marker.pattern.shape for bar in checked(usage).data if bar.type == "bar"] == [None, "/"]
    tokens = figures.tokens_over_time(
        windows, windows[["cache_read"]], axis=axis_of(windows), names={"cache_read": "c"}, y_title="",
        count=str,
    )  # fmt: skip
    assert checked(tokens).data[0].marker.pattern.fgcolor == palette.BLUE


def test_no_state_is_told_by_colour_alone() -> None:
    assert len({dash for _, dash, _ in _LINES.values()}) == len({sign for *_, sign in _LINES.values()}) == 3
    assert len(set(_SHAPES.values())) == len(_SHAPES)
    assert len({letter for *_, letter in KINDS.values()}) == len(KINDS)
    assert [SIGNS[mood] for mood in ("good", "fair", "bad")] == ["●", "▲", "✕"]
    assert "✕" in mark("late", "bad")
    assert "late" in mark("late", "bad")
    assert len(set(_SIGNS.values())) == len(_SIGNS)
    for language in ("en", "ko"):
        words = Words(language)
        told = [words(f"outcome.{name}") for name in ("success", "failed", "indeterminate")]
        assert [text[0] for text in told] == ["●", "✕", "○"]
        assert all(len(text) > 2 for text in told)


def test_streamlit_and_the_styles_repeat_the_palette() -> None:
    assert tuple(THEME["chartCategoricalColors"]) == palette.SERIES
    known = {
        *palette.SERIES, palette.SUCCESS, palette.FAILED, palette.UNKNOWN, palette.WARNING,
        *(value for theme in THEMES for value in THEME[theme].values()),
        *("#F4F6FA", "#3A4458"),  # a definition, which is dark in both themes
        "#2458BD",  # the button under the mouse
    }  # fmt: skip
    # Pairs are those of links and of coloured logs; above they are measured one by one.
    single = re.sub(r"color: light-dark\([^)]*\)", "", STYLES["style.css"])
    found = {colour.upper() for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", single)}
    assert found - known == set()


def test_both_themes_name_the_same_things() -> None:
    assert THEME["light"].keys() == THEME["dark"].keys()
