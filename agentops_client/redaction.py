"""Keeps secrets out of every text that leaves this package: errors, logs, upstream's own words."""

from __future__ import annotations

import html
import json
import re
import threading
from urllib.parse import quote, quote_plus

#: Upstream's words are cut here: enough for a sentence, too little for a page of HTML.
WORDS_MAX = 300
#: So much of a text is masked to find these words.
_LOOKED_AT = 40_000
MASK = "***"
#: Below this a "secret" is a syllable; masking it would only garble texts.
_SHORTEST = 4

_TOKENS = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,2}")
_NAMED = re.compile(
    r"""(?ix) (\b (?:bearer | basic) \s+ | ["']? \b (?:session_id | api_key | apikey | password | token |
    access_token) ["']? \s* [=:] \s* ["']?) [^\s"',;}<&]+"""
)
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_SPACES = re.compile(r"\s+")
_HTML = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]{0,500}>")


def _writings(secret: str) -> set[str]:
    """The secret as a server may say it back: escaped, and escaped again where it quotes our request."""
    written = {secret, secret.lower(), secret.upper(), secret.replace("-", "")}
    for _ in range(2):
        written |= {
            escaped
            for text in written
            for escaped in (
                json.dumps(text)[1:-1],
                json.dumps(text, ensure_ascii=False)[1:-1],
                html.escape(text),
                quote(text, safe=""),
                quote_plus(text),
            )
        }
    return written


class Redactor:
    """Masks known secrets, in the writings that occur on the wire, and all that looks like one.

    Threads may add secrets while others redact.
    """

    def __init__(self, *secrets: str | None) -> None:
        self._lock = threading.Lock()
        self._known: tuple[str, ...] = ()
        self.add(*secrets)

    def add(self, *secrets: str | None) -> None:
        writings = {
            writing
            for secret in secrets
            if secret and len(secret) >= _SHORTEST
            for writing in _writings(secret)
            if len(writing) >= _SHORTEST
        }
        with self._lock:
            # longest first, so that no tail of a longer one is left over
            self._known = tuple(sorted({*self._known, *writings}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, MASK)
        return _USERINFO.sub(f"{MASK}@", _NAMED.sub(rf"\g<1>{MASK}", _TOKENS.sub(MASK, text)))

    def words(self, text: str) -> str:
        """One line of at most :data:`WORDS_MAX` characters, without markup, control characters, secrets."""
        # masked before the cleaning, which could make a secret unrecognisable, and after it, which
        # could put one together; cut first, since a page can be long
        beginning = self(text[:_LOOKED_AT])
        if len(text) > _LOOKED_AT and self._known:
            # where it was cut may stand half a secret, which nothing recognises
            beginning = beginning[: -len(self._known[0])]
        text = beginning[: _LOOKED_AT // 2]
        if "<" in text:
            text = _HTML.sub(" ", text)
        text = self(_CONTROL.sub(" ", text))
        text = _SPACES.sub(" ", text).strip()
        return text if len(text) <= WORDS_MAX else text[: WORDS_MAX - 1] + "…"


#: For places that know no secret of their own; patterns are masked all the same.
NO_SECRETS = Redactor()
