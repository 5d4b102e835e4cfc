"""The secure connection: is the certificate trusted, for this name, and for how long?"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

from ..network import tls_context
from .certificate import validity
from .connection import connected, place
from .findings import Outcome, Value
from .subject import Subject

#: A certificate with less life than this is warned of.
EXPIRES_SOON_S = 14 * 86_400
#: X509_V_ERR_… of OpenSSL.
_CODES = {
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_unknown_authority",
    20: "tls_unknown_authority",
    21: "tls_unknown_authority",
    62: "tls_wrong_name",
    64: "tls_wrong_name",
}
#: What OpenSSL says when the first bytes are no TLS.
_NO_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
)


def check_tls(subject: Subject) -> Outcome:
    """A handshake with the client's own trust, and another without any to read a refused certificate."""
    if not subject.is_https or subject.is_proxied:
        return Outcome("skipped", "via_proxy" if subject.is_https else "not_https")
    try:
        with _handshake(subject, tls_context(subject.settings)) as connection:
            return _trusted(subject, connection)
    except OSError as error:
        code, reason = _refusal(error)
    return Outcome("failed", code, {**place(subject), "reason": reason, **_certificate(subject, code)})


def speaks_tls(subject: Subject) -> bool:
    """Whether the port answers a TLS handshake, with whatever certificate."""
    try:
        with _handshake(subject, _unchecked()):
            return True
    except OSError:  # ssl.SSLError is one
        return False


def _refusal(error: OSError) -> tuple[str, str]:
    """Code and OpenSSL's or the system's reason."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CODES.get(error.verify_code, "tls_failed"), error.verify_message
    if isinstance(error, ssl.SSLError):
        return "tls_plain_http" if error.reason in _NO_TLS else "tls_failed", error.reason or str(error)
    return "tls_timed_out" if isinstance(error, TimeoutError) else "tls_failed", error.strerror or str(error)


def _trusted(subject: Subject, connection: ssl.SSLSocket) -> Outcome:
    certificate = connection.getpeercert() or {}
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    left_s = int(expires.timestamp() - subject.clock())
    values: dict[str, Value] = {
        **place(subject),
        "version": connection.version(),
        "expires": expires.isoformat(),
        "left_s": max(0, left_s),
    }
    if left_s < EXPIRES_SOON_S:
        return Outcome("warning", "tls_expires_soon", values)
    return Outcome("ok", "tls_trusted", values)


def _certificate(subject: Subject, code: str) -> dict[str, Value]:
    """Dates and names of a certificate that was not accepted; None for what cannot be read."""
    if code in ("tls_plain_http", "tls_timed_out"):
        return {}
    dates, names = None, None
    context = _unchecked()
    if code == "tls_wrong_name":
        # its authority is trusted, and then Python reads out the names
        context = tls_context(subject.settings)
        context.check_hostname = False
    try:
        with _handshake(subject, context) as connection:
            dates = validity(connection.getpeercert(binary_form=True) or b"")
            said: Any = (connection.getpeercert() or {}).get("subjectAltName", ())
            names = ", ".join(str(name) for _, name in said[:5]) or None
    except OSError:
        pass
    return {
        "valid_from": dates[0].isoformat() if dates else None,
        "expires": dates[1].isoformat() if dates else None,
        "names": names,
    }


def _handshake(subject: Subject, context: ssl.SSLContext) -> ssl.SSLSocket:
    assert subject.address is not None  # noqa: S101 - this step needs tcp
    connection = connected(subject, subject.address)
    try:
        return context.wrap_socket(connection, server_hostname=subject.peer[0])
    except OSError:
        connection.close()
        raise


def _unchecked() -> ssl.SSLContext:
    # only to look at a certificate: nothing is sent over such a connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
