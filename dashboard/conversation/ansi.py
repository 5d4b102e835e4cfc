"""A terminal's log as coloured text, without a terminal's tricks.

Colours and weights are kept. Whatever moves the cursor, erases, links, renames the window or rings is
taken out, so that nothing written can be covered: a carriage return begins a new line instead of writing
over the old one. Backgrounds, inverse and concealed text are ignored, because they could hide words, and
every colour is one of sixteen names, because a theme must be able to make each of them legible.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .visible import visible

_HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
#: The names that a run's colour can have, in the order of their numbers 0–15.
COLOURS = (*_HUES, *(f"bright_{hue}" for hue in _HUES))
_RGB = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
    (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
    (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip

_ESCAPE = re.compile(
    r"\x1b(?:"
    # a title or link that does not end on its line is text: it could swallow the rest of the log
    r"[\]PX^_][^\x00-\x1f\x7f]{0,4096}+(?:\x07|\x1b\\)"
    r"|\[(?P<parameters>[0-?]*+)(?P<between>[ -/]*+)(?P<final>[@-~])"
    r"|[ -/]*+[0-~])"
)
#: One character can stand for two.
_SHORT = re.compile(r"[\x90\x98\x9b-\x9f]")
_LONG = {
    0x90: "\x1bP",
    0x98: "\x1bX",
    0x9B: "\x1b[",
    0x9C: "\x1b\\",
    0x9D: "\x1b]",
    0x9E: "\x1b^",
    0x9F: "\x1b_",
}
_LINE_END = re.compile(r"\r+\n?|[\x0b\x0c\x85]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_MARKS = {code: f"⟨U+{code:04X}⟩" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: A longer sequence means nothing to any terminal.
_PARAMETERS_MAX = 100


class Run(NamedTuple):
    """Text in one style. ``colour`` is one of COLOURS, "" for the reader's own."""

    text: str
    colour: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False


class _Style(NamedTuple):
    colour: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False


_PLAIN = _Style()
_SWITCHES = {
    1: {"bold": True}, 2: {"dim": True}, 3: {"italic": True}, 4: {"underline": True}, 9: {"struck": True},
    21: {"underline": True}, 22: {"bold": False, "dim": False}, 23: {"italic": False},
    24: {"underline": False}, 29: {"struck": False},
}  # fmt: skip


def runs(text: str) -> tuple[Run, ...]:
    """The text in runs of one style each, none of them empty and no two neighbours of the same style.

    Linear in the text. Control characters are shown as pictures, marks that turn the writing direction by
    their number.
    """
    if _SHORT.search(text):
        text = text.translate(_LONG)
    found: list[Run] = []
    style = _PLAIN
    pieces: list[str] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        if escape.start() > at:
            pieces.append(text[at : escape.start()])
        at = escape.end()
        parameters, between, final = escape.groups()
        if final != "m" or between or len(parameters) > _PARAMETERS_MAX:
            continue
        following = _styled(style, parameters)
        if following != style:
            _close(found, pieces, style)
            style = following
    pieces.append(text[at:])
    _close(found, pieces, style)
    return tuple(found)


def _close(found: list[Run], pieces: list[str], style: _Style) -> None:
    words = _shown("".join(pieces))
    pieces.clear()
    if not words:
        return
    if found and found[-1][1:] == style:
        found[-1] = Run(found[-1].text + words, *style)
    else:
        found.append(Run(words, *style))


def _shown(text: str) -> str:
    if not _ODD.search(text):
        return text
    text = _LINE_END.sub("\n", text.replace("\x07", ""))
    if _DIRECTION.search(text):
        text = text.translate(_MARKS)
    return visible(text)


@lru_cache(maxsize=4096)
def _styled(style: _Style, parameters: str) -> _Style:
    """The style after one sequence; what it does not know leaves the style as it was."""
    if parameters[:1] in ("<", "=", ">", "?"):
        return style  # private: the same letter, another meaning
    numbers = [int(word) if word.isdigit() and len(word) < 6 else 0 if not word else -1
               for word in re.split("[;:]", parameters)]  # fmt: skip
    at = 0
    while at < len(numbers):
        number = numbers[at]
        at += 1
        if number == 0:
            style = _PLAIN
        elif number in _SWITCHES:
            style = style._replace(**_SWITCHES[number])  # type: ignore[arg-type]
        elif 30 <= number <= 37:
            style = style._replace(colour=COLOURS[number - 30])
        elif 90 <= number <= 97:
            style = style._replace(colour=COLOURS[number - 82])
        elif number == 39:
            style = style._replace(colour="")
        elif number in (38, 48, 58):
            colour, taken = _extended(numbers[at : at + 4])
            at += taken
            if number == 38 and colour:
                style = style._replace(colour=colour)
    return style


def _extended(numbers: list[int]) -> tuple[str, int]:
    """The colour that ``5;n`` or ``2;r;g;b`` names, and how many numbers that took."""
    if numbers[:1] == [5] and len(numbers) > 1:
        return _of_256(numbers[1]), 2
    if numbers[:1] == [2] and len(numbers) == 4:
        return _nearest(numbers[1], numbers[2], numbers[3]), 4
    return "", len(numbers)  # cut short: what follows belongs to it


def _of_256(number: int) -> str:
    if not 0 <= number <= 255:
        return ""
    if number < 16:
        return COLOURS[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return _nearest(grey, grey, grey)
    steps = (0, 95, 135, 175, 215, 255)
    cube = number - 16
    return _nearest(steps[cube // 36], steps[cube // 6 % 6], steps[cube % 6])


def _nearest(red: int, green: int, blue: int) -> str:
    return _nearest_of_16(red // 16 & 15, green // 16 & 15, blue // 16 & 15)


@lru_cache(maxsize=4096)
def _nearest_of_16(red: int, green: int, blue: int) -> str:
    # sixteen steps a channel are enough to choose one of sixteen, and make a table that stays small
    wanted = (red * 17, green * 17, blue * 17)
    distances = [sum((a - b) ** 2 for a, b in zip(wanted, known, strict=True)) for known in _RGB]
    return COLOURS[distances.index(min(distances))]
