"""From a name to an open connection, below HTTP."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

from .findings import Outcome, Value
from .subject import Address, Subject

#: More addresses of one name are not tried.
_ADDRESSES_MAX = 4
#: Docker writes this file into every container.
_IN_CONTAINER = Path("/.dockerenv")


def place(subject: Subject) -> dict[str, Value]:
    """Where we connect to, and what the endpoint is, for the wording."""
    host, port = subject.peer
    parts = urlsplit(subject.settings.api_endpoint)
    return {
        "host": host,
        "port": port,
        "authority": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "of": "proxy" if subject.is_proxied else "endpoint",
        "base": f"{parts.scheme}://{parts.netloc}",
        "bypass": parts.hostname,
    }


def check_dns(subject: Subject) -> Outcome:
    """Host name → addresses, by the resolver that the client uses."""
    host, port = subject.peer
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        code = "proxy_failed" if subject.is_proxied else "name_not_resolved"
        return Outcome("failed", code, {**place(subject), "reason": _reason(error)})
    addresses = tuple(
        Address(family=family, sockaddr=sockaddr) for family, _, _, _, sockaddr in found[:_ADDRESSES_MAX]
    )
    code = "address_given" if _is_address(host) else "resolved"
    values = {**place(subject), "addresses": ", ".join(str(address) for address in addresses)}
    return Outcome("ok", code, values, {"addresses": addresses})


def check_tcp(subject: Subject) -> Outcome:
    """A connection to the first address that accepts one."""
    problems: list[OSError] = []
    for address in subject.addresses:
        try:
            with connected(subject, address):
                values = {**place(subject), "address": str(address)}
                return Outcome("ok", "connected", values, {"address": address})
        except OSError as error:
            problems.append(error)
    return Outcome("failed", _tcp_code(subject, problems), {**place(subject), "reason": _reason(*problems)})


def connected(subject: Subject, address: Address) -> socket.socket:
    """A connection to the address, with the settings' time-out on everything. Raises OSError."""
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.settimeout(subject.settings.connect_timeout_s)
        connection.connect(address.sockaddr)
    except OSError:
        connection.close()
        raise
    return connection


def _tcp_code(subject: Subject, problems: list[OSError]) -> str:
    if subject.is_proxied:
        return "proxy_failed"
    if any(isinstance(problem, ConnectionRefusedError) for problem in problems):
        lost = subject.settings.is_loopback and _IN_CONTAINER.exists()
        return "refused_in_container" if lost else "connection_refused"
    if any(isinstance(problem, TimeoutError) for problem in problems):
        return "tcp_timed_out"
    return "unreachable"


def _reason(*problems: Exception) -> str:
    texts = (getattr(problem, "strerror", None) or str(problem) for problem in problems)
    return "; ".join(dict.fromkeys(texts))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
