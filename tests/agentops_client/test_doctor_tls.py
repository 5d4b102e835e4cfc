"""The doctor on certificates, with real handshakes on loopback. certificates/make.sh made them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from agentops_client import AgentOpsSettings
from agentops_client.doctor import examine, told
from agentops_client.doctor.certificate import validity
from tests.agentops_client.upstreams import (
    CERTIFICATES,
    KEYS,
    Upstream,
    code,
    examined,
    running,
    states,
)

AUTHORITY = CERTIFICATES / "authority.pem"


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[[str], Upstream]]:
    """A server for a certificate's name, started when first wanted."""
    started: dict[str, Upstream] = {}
    with ExitStack() as running_ones:

        def serve(certificate: str) -> Upstream:
            if certificate not in started:
                started[certificate] = running_ones.enter_context(running(certificate=certificate))
            return started[certificate]

        yield serve


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_trusted_certificate(serving: Callable[[str], Upstream], host: str) -> None:
    upstream = serving("trusted")
    found = examined(upstream.url.replace("127.0.0.1", host), upstream, ca_bundle=AUTHORITY)
    # the project is empty, which was read over TLS
    assert states(found) == {"warning": ["list"], "skipped": ["detail", "log", "freshness", "litellm"]}
    assert found["tls"].code == "tls_trusted"
    assert found["tls"].values["expires"] == "2126-01-01T00:00:00+00:00"
    assert str(found["tls"].values["version"]).startswith("TLSv1.")
    assert upstream.secrets  # a token went by


#: The server's certificate, whether its authority is trusted, and what is said; also the date in it.
REFUSED = {
    "self-signed": ("self_signed", False, "tls_self_signed", "2126-01-01"),
    "unknown authority": ("trusted", False, "tls_unknown_authority", "2126-01-01"),
    "wrong name": ("other_name", True, "tls_wrong_name", "2126-01-01"),
    "expired": ("expired", True, "tls_expired", "2021-01-01"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_certificate_that_is_refused(serving: Callable[[str], Upstream], name: str) -> None:
    certificate, is_trusted, expected, until = REFUSED[name]
    upstream = serving(certificate)
    upstream.asked.clear()
    found = examined(upstream.url, upstream, ca_bundle=AUTHORITY if is_trusted else None)
    assert code(found, "tls") == ("failed", expected)
    assert str(found["tls"].values["expires"]).startswith(until)
    assert found["health"].because == "tls"
    assert found["token"].because == "tls"
    assert upstream.asked == []  # nothing was sent over the connection that only read the certificate


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_names_of_a_certificate_for_another_host(serving: Callable[[str], Upstream], host: str) -> None:
    found = examined(serving("other_name").url.replace("127.0.0.1", host), ca_bundle=AUTHORITY)
    assert found["tls"].code == "tls_wrong_name"
    assert found["tls"].values["names"] == "agentops.example"
    assert "agentops.example" in told(found["tls"], "ko").found


def test_the_remedy_for_a_self_signed_certificate_helps(serving: Callable[[str], Upstream]) -> None:
    found = examined(serving("self_signed").url, ca_bundle=CERTIFICATES / "self_signed.pem")
    assert found["tls"].state == found["token"].state == "ok"


@pytest.mark.parametrize(("days", "state"), [(15, "ok"), (13, "warning")])
def test_a_certificate_that_ends_soon(serving: Callable[[str], Upstream], days: int, state: str) -> None:
    settings = AgentOpsSettings(
        _env_file=None, api_key=KEYS["healthy"], api_endpoint=serving("trusted").url, ca_bundle=AUTHORITY
    )
    now_s = datetime(2126, 1, 1, tzinfo=UTC).timestamp() - days * 86_400
    found = next(f for f in examine(settings, clock=lambda: now_s) if f.step == "tls")
    assert found.state == state
    assert found.values["left_s"] == days * 86_400
    assert f"{days} d" in told(found, "en").found


def test_https_to_a_plain_port(agentops: Upstream) -> None:
    found = examined(agentops.url.replace("http:", "https:"), agentops)
    assert code(found, "tls") == ("failed", "tls_plain_http")
    assert told(found["tls"], "en").command == f"AGENTOPS_API_ENDPOINT={agentops.url}"


def test_http_to_a_tls_port(serving: Callable[[str], Upstream]) -> None:
    url = serving("trusted").url
    found = examined(url.replace("https:", "http:"))
    assert found["tls"].code == "not_https"
    assert code(found, "health") == ("failed", "http_to_tls_port")
    assert told(found["health"], "en").command == f"AGENTOPS_API_ENDPOINT={url}"


def test_a_port_that_does_not_answer_a_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = examined(f"https://127.0.0.1:{silent.getsockname()[1]}", step_s=1)
    assert code(found, "tls") == ("failed", "tls_timed_out")


def test_dates_of_a_certificate() -> None:
    der = ssl.PEM_cert_to_DER_cert(certificate_of("expired"))
    assert validity(der) == (datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))


def test_what_is_no_certificate() -> None:
    der = ssl.PEM_cert_to_DER_cert(certificate_of("expired"))
    for junk in (b"", b"0", b"hello, world", der[:40], der[:90], b"\x30\x84\xff\xff\xff\xff"):
        assert validity(junk) is None


def certificate_of(name: str) -> str:
    text = (CERTIFICATES / f"{name}.pem").read_text("ascii")
    return text[: text.index("-----END CERTIFICATE-----") + 26]
