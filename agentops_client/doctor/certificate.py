"""The dates of a certificate that was not accepted. Python reads out accepted ones only.

X.509 (RFC 5280, 4.1) in DER: Certificate → tbsCertificate → [0] version?, serial, algorithm, issuer,
validity → notBefore, notAfter.
"""

from __future__ import annotations

from datetime import UTC, datetime

_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0


def validity(der: bytes) -> tuple[datetime, datetime] | None:
    """notBefore and notAfter; None where the bytes are no certificate."""
    try:
        _, body, _ = _element(der, 0)
        _, at, _ = _element(der, body)
        tag, _, end = _element(der, at)
        if tag == _VERSION:
            at = end
        for _ in ("serial", "algorithm", "issuer"):
            _, _, at = _element(der, at)
        _, at, _ = _element(der, at)
        first_tag, first, first_end = _element(der, at)
        last_tag, last, last_end = _element(der, first_end)
        return _time(first_tag, der[first:first_end]), _time(last_tag, der[last:last_end])
    except (ValueError, IndexError):
        return None


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """Tag, begin of the content and end of the element at ``at``. Raises ValueError, IndexError."""
    tag, length, begin = der[at], der[at + 1], at + 2
    if length & 0x80:
        digits = length & 0x7F
        length = int.from_bytes(der[begin : begin + digits], "big")
        begin += digits
    if begin + length > len(der):
        raise ValueError("cut off")
    return tag, begin, begin + length


def _time(tag: int, text: bytes) -> datetime:
    digits = text.decode("ascii")
    if tag == _UTC_TIME:
        # two digits of a year mean 1950 to 2049
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
