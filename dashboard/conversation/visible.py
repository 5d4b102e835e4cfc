"""Text that can be sent to a browser: what has no glyph is shown by one, nothing else is changed."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BYTES = re.compile(
    r"(data:[\w.+-]{1,60}/[\w.+-]{1,100}(?:;[\w.+=-]{1,100}){0,4}?;base64,)([A-Za-z0-9+/_%-]++=*+)", re.ASCII
)

#: C0 controls have pictures, C1 controls have none.
_SHOWN = (
    {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"}
    | {0x7F: "␡"}
    | {code: f"\\x{code:02x}" for code in range(0x80, 0xA0)}
)


def visible(text: str) -> str:
    r"""Control characters as pictures (``␀``), lone surrogates as ``\ud800``; tabs and line ends stay.

    Marks of writing direction stay too: whole scripts need them, and a reader's box isolates them.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if _CONTROL.search(text):
        text = text.translate(_SHOWN)
    return text


def without_bytes(text: str) -> str:
    """The text with each ``data:`` URL's content replaced by its size."""
    if ";base64," not in text:
        return text
    return _BYTES.sub(lambda found: f"{found[1]}… ({base64_bytes(found[2])} B)", text)


def base64_bytes(encoded: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(encoded.rstrip("=")) * 3 // 4
