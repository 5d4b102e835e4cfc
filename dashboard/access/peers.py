"""Addresses from which something is believed."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

#: uvicorn takes a client's address from X-Forwarded-For where the connection comes from these; unset means
#: loopback (uvicorn's documentation, "HTTP settings").
REWRITES = "FORWARDED_ALLOW_IPS"


def networks(value: str) -> Networks:
    """``"127.0.0.1, 10.0.0.0/8"`` as networks.

    Raises:
        ValueError: one of them is no address and no network.
    """
    found = []
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise ValueError(
                "expected addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8"
            ) from None
    return tuple(found)


def server_rewrites() -> bool:
    """Whether the server takes a client's address from a header. It reads the process's environment alone."""
    return os.environ.get(REWRITES) != ""


def peer_of(scope: Mapping[str, Any]) -> str | None:
    """The address that the connection of an ASGI request came from; None where it cannot be told.

    The server may have replaced it by what X-Forwarded-For says, and then whoever sent that header chose it.
    ``python -m dashboard`` keeps the server from doing so.
    """
    client = scope.get("client")
    forwarded = any(name == b"x-forwarded-for" for name, _ in scope.get("headers", ()))
    if client is None or (forwarded and server_rewrites()):
        return None
    return str(client[0])


def is_within(address: str | None, allowed: Networks) -> bool:
    """Whether `address` lies in one of the networks; an IPv4 address in IPv6 clothes counts as IPv4."""
    if address is None:
        return False
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in allowed)
