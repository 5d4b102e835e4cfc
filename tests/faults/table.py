"""The faults by name: what does it, what it must be called, how often it may be tried, who can mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal, get_args

import agentops_client as client
from agentops_client import AgentOpsError
from tests.faults import acts
from tests.faults.faulty import Act, Endpoint
from tests.faults.wire import Host

ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
Leaf = type[AgentOpsError]
#: By endpoint; ``read`` stands for those that are not told, None for a right value all the same.
Leaves = Mapping[str, Leaf | None]


@dataclass(frozen=True)
class Cause:
    """What a failure of one class says: its code, who mends it, and a word that its remedy cannot lack."""

    code: str
    mends: Literal["waiting", "operator"]
    remedy: str


CAUSES: Final[dict[Leaf, Cause]] = {
    client.ConnectionRefused: Cause("connection_refused", "operator", "docker compose up -d agentops-api"),
    client.NameNotResolved: Cause("name_not_resolved", "operator", "AGENTOPS_API_ENDPOINT"),
    client.TlsFailed: Cause("tls_failed", "operator", "AGENTOPS_CA_BUNDLE"),
    client.ConnectionLost: Cause("connection_lost", "waiting", "docker compose ps"),
    client.TimedOut: Cause("timed_out", "waiting", ""),
    client.ApiKeyRefused: Cause("key_refused", "operator", "AGENTOPS_API_KEY"),
    client.TokenRefused: Cause("token_refused", "operator", "clocks"),
    client.SessionRefused: Cause("session_refused", "operator", "AGENTOPS_SESSION_PASSWORD"),
    client.Forbidden: Cause("forbidden", "operator", "proxy"),
    client.ProjectNotFound: Cause("project_not_found", "operator", "AGENTOPS_PROJECT_ID"),
    client.TraceNotFound: Cause("trace_not_found", "operator", "list"),
    client.LogNotFound: Cause("log_not_found", "operator", "SDK"),
    client.NotAgentOps: Cause("not_agentops", "operator", "AGENTOPS_API_ENDPOINT"),
    client.BadRequest: Cause("bad_request", "operator", "Report it"),
    client.RateLimited: Cause("rate_limited", "waiting", "Wait"),
    client.UpstreamFailed: Cause("upstream_failed", "waiting", "log"),
    client.AnswerUnreadable: Cause("answer_unreadable", "operator", "AGENTOPS_API_ENDPOINT"),
    client.AnswerTooLarge: Cause("answer_too_large", "operator", "AGENTOPS_MAX_BODY_MB"),
    client.UnexpectedRedirect: Cause("unexpected_redirect", "operator", "AGENTOPS_API_ENDPOINT"),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        act: how the broken endpoints answer; None where the whole `host` is what is broken.
        leaves: what must be raised.
        session_leaves: the same for reads by a login session, where that differs.
        tries: most tries of the broken endpoint's request in one call of the client.
        endpoints: those that can have it.
        also: endpoints that are broken with each of them.
        settings: that the client needs beside the usual ones.
        phase: of a time-out.
        tls, resolves: whether AgentOps is behind TLS, and its name known.
    """

    name: str
    act: Act | None = None
    host: Host = "open"
    leaves: Leaves
    session_leaves: Leaves = field(default_factory=dict)
    tries: int = 1
    endpoints: tuple[str, ...] = ENDPOINTS
    also: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    phase: str | None = None
    tls: bool = False
    resolves: bool = True

    def leaf(self, endpoint: str, *, by_session: bool = False) -> Leaf | None:
        found = {**self.leaves, **(self.session_leaves if by_session else {})}
        return found.get(endpoint, found["read"])

    def tries_of(self, endpoint: str) -> int:
        """A login is never sent twice by itself."""
        return 1 if endpoint == "login" else self.tries


def told(read: Leaf | None, **others: Leaf | None) -> Leaves:
    return {"read": read, **others}


HARMLESS: Final = told(None)
#: Patience that lets time-outs end soon, and sound answers come on a machine that is busy.
SHORT: Final = {"read_timeout_s": 0.8, "token_timeout_s": 0.8, "connect_timeout_s": 0.8}
READS: Final = ("list", "metrics", "detail", "log")
_LOST, _UNREADABLE = told(client.ConnectionLost), told(client.AnswerUnreadable)
_LARGE, _BUSY = told(client.AnswerTooLarge), told(client.RateLimited)
_LATE, _FAILED = told(client.TimedOut), told(client.UpstreamFailed)

_HOST: Final = (
    Fault(name="refused", host="refused", leaves=told(client.ConnectionRefused), tries=3),
    Fault(name="unresolved", host="refused", resolves=False, leaves=told(client.NameNotResolved)),
    Fault(name="tls_untrusted", host="untrusted", tls=True, leaves=told(client.TlsFailed)),
    Fault(name="tls_plain", host="plain", tls=True, leaves=told(client.TlsFailed)),
    Fault(name="tls_mute", host="mute", tls=True, leaves=_LATE, phase="connect", settings=SHORT),
    Fault(name="connect_timeout", host="silent", leaves=_LATE, phase="connect", settings=SHORT),
)
_WIRE: Final = (
    Fault(name="reset", act=acts.reset, leaves=_LOST, tries=3),
    Fault(name="closed", act=acts.closed, leaves=_LOST, tries=3),
    Fault(name="reset_in_head", act=acts.reset_in_head, leaves=_LOST, tries=3),
    Fault(name="reset_in_body", act=acts.reset_in_body, leaves=_LOST, tries=3),
    Fault(name="truncated", act=acts.truncated, leaves=_LOST, tries=3),
    Fault(name="overfull", act=acts.overfull, leaves=_UNREADABLE | {"login": None}),  # it is all in its head
    Fault(name="not_http", act=acts.not_http, leaves=_UNREADABLE),
    Fault(name="huge_head", act=acts.huge_head, leaves=_UNREADABLE),
    Fault(name="read_timeout", act=acts.silent, leaves=_LATE, phase="read", settings=SHORT),
    Fault(name="body_timeout", act=acts.silent_in_body, leaves=_LATE, phase="read", settings=SHORT),
    Fault(name="drip", act=acts.drip, leaves=_LATE, phase="read", settings=SHORT),
    Fault(name="drip_in_head", act=acts.drip_in_head, leaves=_LATE, phase="read", settings=SHORT),
)
_BODY: Final = (
    Fault(name="html_200", act=acts.body(acts.PAGE, kind="text/html"), leaves=_UNREADABLE),
    Fault(name="nothing_200", act=acts.body(b""), leaves=_UNREADABLE),
    Fault(name="no_content_204", act=acts.body(b"", status=204), leaves=_UNREADABLE),
    Fault(name="bytes_200", act=acts.body(bytes(range(256))), leaves=_UNREADABLE),
    Fault(name="wrong_content_type", act=acts.wrong_content_type, leaves=HARMLESS),
    Fault(name="a_list", act=acts.body(f'["{acts.PROMPT}"]'), leaves=_UNREADABLE),
    Fault(name="a_text", act=acts.body(f'"{acts.PROMPT}"'), leaves=_UNREADABLE),
    Fault(name="a_null", act=acts.body("null"), leaves=_UNREADABLE),
    Fault(name="not_a_number", act=acts.body('{"total": NaN, "message": NaN}'), leaves=_UNREADABLE),
    Fault(name="another_object", act=acts.body(f'{{"error": "{acts.PROMPT}"}}'), leaves=_UNREADABLE),
    Fault(name="deep", act=acts.body("[" * 100_000), leaves=_UNREADABLE),
    Fault(name="huge", act=acts.huge, leaves=_LARGE, settings={"max_body_mb": 1}),
    Fault(name="huge_packed", act=acts.huge_packed, leaves=_LARGE, settings={"max_body_mb": 1}),
    Fault(name="falsely_packed", act=acts.body(b"{}", content_encoding="gzip"), leaves=_UNREADABLE),
    Fault(name="redirect", act=acts.redirect, leaves=told(client.UnexpectedRedirect)),
    Fault(name="no_cookie", act=acts.body("{}"), leaves=_UNREADABLE, endpoints=("login",)),
    Fault(name="odd_cookie", act=acts.body("{}", set_cookie="session_id=a b\x01; Path=/"), leaves=_UNREADABLE,
          endpoints=("login",)),
)  # fmt: skip
_BAD = told(client.BadRequest)
_NO_SESSION = {"login": client.SessionRefused}
_ELSEWHERE = told(client.NotAgentOps)
_STATUS: Final = (
    Fault(name="400", act=acts.status(400), leaves=_BAD | _NO_SESSION),
    Fault(name="401", act=acts.status(401), tries=2,
          leaves=told(client.TokenRefused, token=client.ApiKeyRefused, health=client.Forbidden)
          | _NO_SESSION,
          session_leaves=dict.fromkeys(READS, client.SessionRefused)),
    Fault(name="403", act=acts.status(403),
          leaves=told(client.Forbidden, token=client.ApiKeyRefused, log=client.TraceNotFound, **_NO_SESSION)),
    Fault(name="403_html", act=acts.status(403, acts.PAGE), leaves=told(client.Forbidden)),
    Fault(name="404", act=acts.status(404, {"detail": "Not Found"}), tries=2,
          leaves=_ELSEWHERE | {"log": client.LogNotFound}),
    Fault(name="404_html", act=acts.status(404, acts.PAGE), leaves=_ELSEWHERE),
    Fault(name="404_project", act=acts.status(404, {"detail": "Project not found"}),
          leaves=told(client.ProjectNotFound), endpoints=READS),
    Fault(name="404_trace", act=acts.status(404, {"detail": "Trace not found."}),
          leaves=told(client.TraceNotFound), endpoints=("detail", "log")),
    Fault(name="405", act=acts.status(405), leaves=_ELSEWHERE),
    Fault(name="408", act=acts.status(408), leaves=_LATE),
    Fault(name="409", act=acts.status(409), leaves=_BAD),
    Fault(name="413", act=acts.status(413), leaves=_BAD),
    Fault(name="422", leaves=_BAD, act=acts.status(422, {"detail": [
        {"loc": ["query", "size"], "msg": "too many", "type": "x", "input": acts.PROMPT}]})),
    Fault(name="429", act=acts.status(429), leaves=_BUSY, tries=3),
    Fault(name="429_after_0", act=acts.status(429, retry_after="0"), leaves=_BUSY, tries=3),
    Fault(name="429_after_60", act=acts.status(429, retry_after="60"), leaves=_BUSY),
    Fault(name="429_after_odd", act=acts.status(429, retry_after="soon"), leaves=_BUSY, tries=3),
    Fault(name="500", act=acts.status(500), leaves=_FAILED),
    Fault(name="500_html", act=acts.status(500, acts.PAGE), leaves=_FAILED),
    Fault(name="501", act=acts.status(501), leaves=_FAILED),
    Fault(name="502", act=acts.status(502, acts.PAGE), leaves=_FAILED, tries=3),
    Fault(name="503", act=acts.status(503), leaves=_FAILED, tries=3),
    Fault(name="503_after_60", act=acts.status(503, retry_after="60"), leaves=_FAILED),
    Fault(name="504", act=acts.status(504, acts.PAGE), leaves=_FAILED, tries=3),
    Fault(name="echo_400", act=acts.echo(400, "application/json"), leaves=_BAD | _NO_SESSION),
    Fault(name="echo_500", act=acts.echo(500, "text/html"), leaves=_FAILED),
    Fault(name="echo_200", act=acts.echo(200, "text/html"), leaves=_UNREADABLE),
)  # fmt: skip
_WHO: Final = (
    Fault(name="token_expires", act=acts.expires_in_between(2), leaves=HARMLESS, endpoints=READS, tries=2,
          also=("token", "login")),
    Fault(name="key_revoked", act=acts.revoked, leaves=told(client.ApiKeyRefused),
          endpoints=("token", *READS), also=("token",), session_leaves=dict.fromkeys(READS), tries=2),
    Fault(name="session_lost", act=acts.signed_out, leaves=told(None, login=client.SessionRefused),
          also=("login",), session_leaves=dict.fromkeys(READS, client.SessionRefused),
          endpoints=("login", *READS), tries=2),
    Fault(name="clock_a_day_behind", act=acts.skewed(-timedelta(days=1)), leaves=HARMLESS, also=ENDPOINTS),
    Fault(name="clock_a_year_ahead", act=acts.skewed(timedelta(days=365)), leaves=HARMLESS, also=ENDPOINTS),
)  # fmt: skip
FAULTS: Final[dict[str, Fault]] = {each.name: each for each in (*_HOST, *_WIRE, *_BODY, *_STATUS, *_WHO)}
#: Faults of a list's sense, each with what it must not change; see ``client_cases.walked``.
LIST_FAULTS: Final[dict[str, Callable[..., None]]] = {
    "empty": acts.empty,
    "doubled_and_turned": acts.doubled_and_turned,
    "total_wanders": acts.total_wanders,
}
#: So long ago the odd span of a window began.
ODD_MINUTES_AGO: Final = 25.0
