"""The connection itself: pool, proxy and whom to trust, as the settings want it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from .errors import SettingsError
from .settings import AgentOpsSettings
from .stream import AnswerStream

#: Connections kept; more requests than this wait for one (phase ``pool`` when too long).
POOL_SIZE = 8
#: Shorter than uvicorn's 5 s, so that we and not the server end an idle connection.
KEEPALIVE_S = 4.0


def tls_context(settings: AgentOpsSettings) -> ssl.SSLContext:
    """Checks certificates against the usual authorities and those of ``AGENTOPS_CA_BUNDLE``."""
    context = httpx.create_ssl_context(verify=True, trust_env=True)
    if settings.ca_bundle is not None:
        context.load_verify_locations(cafile=str(settings.ca_bundle))
    return context


def network_transport(settings: AgentOpsSettings) -> httpx.HTTPTransport:
    """What really sends. Raises SettingsError where the proxy's address cannot be used."""
    limits = httpx.Limits(
        max_connections=POOL_SIZE, max_keepalive_connections=POOL_SIZE, keepalive_expiry=KEEPALIVE_S
    )
    # reading in all authorities takes a fifth of a second; without TLS, a context that trusts nobody will do
    is_https = settings.api_endpoint.startswith("https:")
    verify = tls_context(settings) if is_https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        made = httpx.HTTPTransport(verify=verify, limits=limits, proxy=settings.proxy_url, trust_env=False)
        # httpx has no public place for it
        made._pool._network_backend = _InTime()
        return made
    except (ValueError, httpx.InvalidURL, ImportError):
        pass
    raise SettingsError(
        "HTTP_PROXY or HTTPS_PROXY is not the address of a proxy that can be used; correct it, or add the "
        "host to NO_PROXY, and restart."
    )


class _InTime(httpcore.SyncBackend):
    """Connections on which no answer takes longer than it may, head included."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return AnswerStream(super().connect_tcp(host, port, timeout, local_address, socket_options))
