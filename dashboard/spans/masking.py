"""Error messages without what differs from call to call, and without what nobody may read.

Only the beginning of the first line is looked at, so the time does not depend on the message's length.
"""

from __future__ import annotations

import re

GROUP_MAX = 300

#: So much of a message is masked; masking mostly shortens, and only GROUP_MAX of it is kept.
_LOOKED_AT = 1_200

_VISIBLE = re.compile(r"\S")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,15}://)([^\s'\"<>]*)")
#: Also as the end of a longer name (``client_secret``, ``dbPassword``); but models count tokens, too.
_SECRET = re.compile(
    r"((?:(?:api|access|secret|private)[ _-]?key|secret|password|passwd|pwd|credential|\bauthorization"
    r"|(?:\b|(?:access|refresh|id|auth|session|api)[ _-]?)token)s?"
    r"['\"]?\s*[=:]\s*)(?:(?:bearer|basic)\s+)?[^\s,;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer|basic)\s+[^\s,;'\"]{6,}", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?<!\w)'[^']*'(?!\w)|(?<!\w)"[^"]*"(?!\w)|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»|(?<!\w)['"][^'"]*\Z"""
)
_QUERY = re.compile(r"\?[\w.%-]{1,64}=[^\s'\"<>]*")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_RUN = re.compile(r"[A-Za-z0-9_+~*-]{6,}={0,2}")
#: Base64 may hold slashes, and then looks like a path.
_SLASHED_RUN = re.compile(r"(?<![/\w])[A-Za-z0-9_+=-]+(?:/[A-Za-z0-9_+=-]+)+")
_SEVERAL_IDS = re.compile(r"<id>(?:[./:+|*-]*<id>)+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]{8,}")
_KEY = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(?:(?:sk|pk|rk|gh[oprsu]|github_pat|glpat|xox[a-z]|hf|gsk|r8|whsec|sess)[-_]|AKIA|ASIA|AIza|ya29)"
    r"(.{8,})"
)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_WORDS = re.compile(r"[A-Z]*[a-z]{2,}(?:[A-Z]+[a-z]{2,})*[A-Z]*")


def masked(message: str) -> str:
    """The message's first line with numbers as ``#``, ids, keys and long tokens as ``<id>``, quoted values
    as ``'…'``, addresses as ``<email>`` and URLs without user, query and fragment; at most GROUP_MAX
    characters."""
    words = _UNPRINTABLE.sub(" ", _beginning(message))
    words = _URL.sub(_masked_url, words)
    words = _SECRET.sub(r"\1<id>", words)
    words = _BEARER.sub(r"\1 <id>", words)
    words = _QUOTED.sub("'…'", words)
    words = _EMAIL.sub("<email>", words)
    words = _QUERY.sub("?…", words)
    words = _SLASHED_RUN.sub(_masked_slashed_run, words)
    words = _RUN.sub(_masked_run, words)
    words = _SEVERAL_IDS.sub("<id>", words)
    words = " ".join(_NUMBER.sub("#", words).split())
    return words if len(words) <= GROUP_MAX else words[: GROUP_MAX - 1] + "…"


def _beginning(message: str) -> str:
    """The first line that is not blank, of a long one only whole words: half a key is not seen as one."""
    seen = _VISIBLE.search(message)
    if seen is None:
        return ""
    line = message[seen.start() : seen.start() + _LOOKED_AT + 1].partition("\n")[0]
    if len(line) <= _LOOKED_AT:
        return line
    whole = line[:_LOOKED_AT].rpartition(" ")[0]
    return whole or "<id>"


def _masked_url(url: re.Match[str]) -> str:
    rest = url[2].rpartition("@")[2]
    address = re.split(r"[?#;]", rest, maxsplit=1)[0]
    return url[1] + address + ("?…" if address != rest else "")


def _masked_slashed_run(run: re.Match[str]) -> str:
    token = run[0]
    mixed = any(map(str.isupper, token)) and any(map(str.islower, token)) and any(map(str.isdigit, token))
    if len(token) >= 32 and mixed and any(_is_id(piece) for piece in _PIECE.findall(token)):
        return "<id>"
    return token


def _masked_run(run: re.Match[str]) -> str:
    token = run[0]
    key = _KEY.search(token)
    if key is not None and (not key[1].islower() or key[1].isalpha() or any(map(str.isdigit, key[1]))):
        return "<id>"
    is_id = _UUID.fullmatch(token) is not None or any(_is_id(piece) for piece in _PIECE.findall(token))
    return "<id>" if is_id else token


def _is_id(piece: str) -> bool:
    """Letters mixed with digits, hexadecimal, or letters that make no words, of some length. A model's name
    is none: its pieces are words, numbers, or short."""
    if piece.isdigit():
        return False
    if piece.isalpha():
        if len(piece) < 16:
            return False
        of_one_case = piece.islower() or piece.isupper()
        return len(piece) >= 32 if of_one_case else _WORDS.fullmatch(piece) is None
    return len(piece) >= 8 or _HEX.fullmatch(piece) is not None
