"""Who is looking: the session's viewer, as the way of signing in that is configured tells it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import streamlit as st

from agentops_client import AgentOpsError

from . import projects
from .access import LOCAL, AccessRules, Ledger, LinkProblem, Viewer, load_access, read_link
from .access.identity import Identity, from_claims, from_headers
from .access.rules import EVERYBODY_VIEWS
from .settings import DashboardSettings, dashboard_settings
from .startup import serves_beyond_loopback

#: Why somebody is not let in. ``missing``, ``invalid``, ``expired``, ``used``, ``claims``: of a link, see
#: `access.link`; ``sign_in``: nobody is signed in; ``refused``: somebody is, but may not look; ``ended``: the
#: time of a sign-in is over; ``no_project``: none of the projects that there are may be looked at.
Why = Literal[
    "missing", "invalid", "expired", "used", "claims", "sign_in", "refused", "ended", "no_project"
]  # fmt: skip

TOKEN = "token"  # noqa: S105 - the name of the parameter
_LINKED, _SEEN = "admission_linked", "admission_seen"
_ledger = Ledger()
log = logging.getLogger("dashboard.access")


class NotAdmitted(Exception):
    """Nobody may look in this session. `why`: see :data:`Why`; `name`: of whoever is signed in."""

    def __init__(self, why: Why, name: str = "") -> None:
        super().__init__(why)
        self.why, self.name = why, name


@dataclass(frozen=True)
class _Linked:
    """Whom a link let in, and until when."""

    viewer: Viewer
    link_id: str
    until: datetime


@lru_cache(maxsize=1)
def access_rules() -> AccessRules:
    """The access file, read once. Raises AccessProblem."""
    path = dashboard_settings().access
    return EVERYBODY_VIEWS if path is None else load_access(path, projects.names())


def admit() -> Viewer:
    """The viewer of this run, at its beginning: takes a link's token out of the address, and begins the
    session anew when somebody else looks.

    Raises:
        NotAdmitted
    """
    settings = dashboard_settings()
    if settings.auth == "link" and TOKEN in st.query_params:
        _follow_link(settings)
    found = viewer()
    if not choices():
        raise NotAdmitted("no_project", found.name)
    if st.session_state.get(_SEEN, found) != found:
        linked = st.session_state.get(_LINKED)
        st.session_state.clear()  # what somebody else looked at is not this one's
        if linked is not None:
            st.session_state[_LINKED] = linked
    st.session_state[_SEEN] = found
    return found


def viewer() -> Viewer:
    """The viewer at this moment. Raises NotAdmitted."""
    settings = dashboard_settings()
    now = datetime.now(UTC)
    if settings.auth == "none":
        return Viewer("", settings.anonymous_role) if serves_beyond_loopback() else LOCAL
    if settings.auth == "link":
        linked: _Linked | None = st.session_state.get(_LINKED)
        if linked is None:
            raise NotAdmitted("missing")
        if now >= linked.until:
            raise NotAdmitted("ended", linked.viewer.name)
        return linked.viewer
    identity = _proxied(settings) if settings.auth == "proxy" else _signed_in(settings, now)
    found = access_rules().viewer(identity.name, identity.groups)
    if found is None:
        raise NotAdmitted("refused", identity.name)
    return found


def choices() -> tuple[str, ...]:
    """Names of the projects that the viewer may look at. Empty for nobody.

    The only project without a name is open to whoever is not limited to names. Settings that cannot be used
    count as that one, and its page says what is wrong.
    """
    try:
        known = projects.names()
    except AgentOpsError:
        known = (projects.ONLY,)
    try:
        return viewer().choices(known)
    except NotAdmitted:
        return ()


def _proxied(settings: DashboardSettings) -> Identity:
    names = (settings.proxy_user_header, settings.proxy_groups_header)
    headers = [(name, value) for name in names for value in st.context.headers.get_all(name)]
    identity = from_headers(headers, user_header=names[0], groups_header=names[1])
    if identity is None:
        raise NotAdmitted("sign_in")
    return identity


def _signed_in(settings: DashboardSettings, now: datetime) -> Identity:
    if not st.user.is_logged_in:
        raise NotAdmitted("sign_in")
    identity = from_claims(st.user.to_dict(), now=now, lasts=timedelta(hours=settings.session_hours))
    if identity is None:
        raise NotAdmitted("ended")
    return identity


def _follow_link(settings: DashboardSettings) -> None:
    """Lets in whom the address's token names; the token leaves the address in any case."""
    token, now = st.query_params[TOKEN], datetime.now(UTC)
    del st.query_params[TOKEN]
    secret = settings.link_secret
    assert secret is not None  # noqa: S101 - the settings see to it
    try:
        link = read_link(token, secret.get_secret_value(), now)
        linked: _Linked | None = st.session_state.get(_LINKED)
        if linked is None or linked.link_id != link.id:  # a run that was cut short has used it already
            _ledger.use(link, now)
            until = now + timedelta(hours=settings.session_hours)
            st.session_state[_LINKED] = _Linked(link.viewer, link.id, until)
            for name, value in (("project", link.project), ("range", link.range)):
                if value and name not in st.query_params:
                    st.query_params[name] = value
    except LinkProblem as problem:
        log.warning("a link lets nobody in: %s", problem, extra={"cause": problem.why})
        if _LINKED not in st.session_state:
            raise NotAdmitted(problem.why) from None
        # Somebody who is in already reloads an old link.
