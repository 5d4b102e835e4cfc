"""Who reaches what before Streamlit does: readers behind a trusted proxy, Prometheus, closed doors."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..access import Networks, peer_of
from ..access.identity import from_headers
from ..access.peers import is_within

log = logging.getLogger("dashboard.access")

#: For whoever watches over the process: no names, no figures.
OPEN = ("/healthz", "/readyz", "/_stcore/health")
#: Figures about the process.
FIGURES = ("/metrics", "/_stcore/metrics", "/_stcore/script-health-check")
#: Nothing is ever uploaded.
CLOSED = ("/_stcore/upload_file",)

_NOT_FROM_HERE = "This address answers a trusted proxy only. Open the dashboard through the portal.\n"
_NOBODY = "The proxy did not say, once and clearly, who you are. Sign in at the portal.\n"


class Guard:
    """ASGI middleware.

    Args:
        proxies: where identity headers are believed from; None where readers sign in otherwise.
        user_header, groups_header: these headers.
        metrics_from: where figures about the process may be read from.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: Networks | None = None,
        user_header: str = "",
        groups_header: str = "",
        metrics_from: Networks = (),
    ) -> None:
        self.app = app
        self._proxies, self._metrics_from = proxies, metrics_from
        self._user_header, self._groups_header = user_header, groups_header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, send)
            return
        status, text = refusal
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: HTTP 403
        else:
            await PlainTextResponse(text, status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        path = scope["path"].rstrip("/")
        if any(f"{closed}/" in f"{path}/" for closed in CLOSED):
            return 404, "There is nothing here.\n"
        if path.endswith(OPEN):
            return None
        peer = peer_of(scope)
        if path.endswith(FIGURES):
            allowed = is_within(peer, self._metrics_from)
            return None if allowed else (403, "DASHBOARD_METRICS_FROM names who may read this.\n")
        return None if self._proxies is None else self._of_proxy(scope, peer, self._proxies)

    def _of_proxy(self, scope: Scope, peer: str | None, proxies: Networks) -> tuple[int, str] | None:
        if not is_within(peer, proxies):
            log.warning(
                "refused: %s is not in DASHBOARD_TRUSTED_PROXIES",
                peer or "an unknown address",
                extra={"peer": peer},
            )
            return 403, _NOT_FROM_HERE
        identity = from_headers(
            Headers(scope=scope).items(), user_header=self._user_header, groups_header=self._groups_header
        )
        if identity is None:
            log.warning("refused: a trusted proxy sent no %s, or more than one", self._user_header)
            return 401, _NOBODY
        return None
