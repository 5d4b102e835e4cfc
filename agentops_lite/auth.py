"""Who asks: API key → JWT (HS256, 30 days, the key in clear in its payload), and e-mail → session cookie.

Recordings: auth/*, public/access_token_*, traces_list/auth_*, production_settings/login_*. Absent or bad
bearers are 401 on v3 and v4 but **400** on `/public/v1`; both forms are here.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agentops_lite.config import LiteConfig, Project
from agentops_lite.errors import ApiError, UpstreamFailure

ALGORITHM = "HS256"
AUDIENCE = "authenticated"
TOKEN_SECONDS = 30 * 86_400
COOKIE = "session_id"
COOKIE_SECONDS = 30 * 86_400
SESSION_EXTENSION_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Caller:
    """A bearer may see its own project; the session's user every project that counts it as a member."""

    project_id: str | None

    def may_see(self, project: Project) -> bool:
        return project.member if self.project_id is None else project.id == self.project_id


class Gate:
    """Keys, tokens and sessions of one server."""

    def __init__(self, config: LiteConfig) -> None:
        self.config = config
        self._by_id = {p.id: p for p in config.projects}
        self._by_key = {uuid.UUID(p.api_key): p for p in config.projects}
        self._token_secret, self._cookie_secret = _secrets(config.data)
        self._sessions: dict[str, float] = {}
        self._lock = threading.Lock()

    # -- API key and JWT

    def project_of_key(self, key: uuid.UUID) -> Project | None:
        return self._by_key.get(key)

    def token(self, project: Project) -> str:
        payload = {
            "exp": int(self.config.now()) + TOKEN_SECONDS,
            "aud": AUDIENCE,
            "project_id": project.id,
            "project_prem_status": project.plan,
            "api_key": project.api_key,
        }
        return jwt.encode(payload, self._token_secret, algorithm=ALGORITHM)

    def payload(self, token: str) -> dict[str, Any]:
        """The verified payload; jwt's own exceptions otherwise. Expiry is checked with the injected clock."""
        payload: dict[str, Any] = jwt.decode(
            token,
            self._token_secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        expires = payload.get("exp")
        if isinstance(expires, int | float) and expires <= self.config.now():
            raise jwt.ExpiredSignatureError("Signature has expired")
        if payload.get("project_id") not in self._by_id:
            raise jwt.InvalidTokenError("the project is not here")
        return payload

    def bearer_payload(self, request: Request) -> dict[str, Any]:
        """v3, v4 and OTLP: 401 with the cause."""
        header = request.headers.get("authorization")
        if not header:
            raise ApiError(401, "Authorization header missing")
        parts = header.split()
        if len(parts) != 2:
            raise ApiError(401, "Invalid token format")
        if parts[0].lower() != "bearer":
            raise ApiError(401, "Invalid authentication scheme")
        try:
            return self.payload(parts[1])
        except jwt.ExpiredSignatureError:
            raise ApiError(401, "Token has expired") from None
        except jwt.InvalidAudienceError:
            raise ApiError(401, "Invalid audience") from None
        except jwt.InvalidTokenError:
            raise ApiError(401, "Invalid token") from None

    def public_project(self, request: Request) -> Project:
        """`/public/v1`: 400 where v4 says 401."""
        header = request.headers.get("authorization", "")
        if not header.startswith("Bearer "):
            raise ApiError(400, "Missing or invalid Authorization header")
        try:
            return self._by_id[self.payload(header.split(" ")[1])["project_id"]]
        except jwt.InvalidTokenError:
            raise ApiError(400, "Invalid Bearer token") from None

    def token_check(self, request: Request) -> dict[str, Any]:
        """`GET /v3/auth/token`: a token issued under another plan has to be exchanged again."""
        payload = self.bearer_payload(request)
        if payload["project_prem_status"] != self._by_id[payload["project_id"]].plan:
            raise ApiError(401, "Reauthorized to use new plan")
        # Upstream prints local time; its containers run in UTC.
        expires_at = datetime.fromtimestamp(payload["exp"], UTC).replace(tzinfo=None).isoformat()
        return {"message": "JWT token is valid", "payload": payload, "expires_at": expires_at}

    # -- session

    def login(self, email: str, password: str) -> Response:
        """`POST /auth/login`: the cookie that the path dialect wants."""
        config = self.config
        same = _equal(email, config.email) and _equal(password, config.password)
        if not same:
            raise ApiError(401, "Failed to authenticate user.")
        session_id = str(uuid.uuid4())
        with self._lock:
            self._sessions[session_id] = config.now() + SESSION_EXTENSION_SECONDS
        cookie = jwt.encode({"session_id": session_id}, self._cookie_secret, algorithm=ALGORITHM)
        response = JSONResponse({"success": True, "message": "User authenticated successfully."})
        local = "localhost" in config.api_domain
        same_site: Literal["lax", "strict"] = "lax" if local else "strict"
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_SECONDS,
            path="/",
            domain=config.api_domain.split(":")[0],
            secure=not local,
            httponly=True,
            samesite=same_site,
        )
        return response

    def check_forwarded(self, request: Request) -> None:
        """Production settings: public routes answer 500 unless a proxy's headers are there."""
        if "localhost" in self.config.api_domain:
            return
        headers = request.headers
        if not headers.get("x-forwarded-for") or headers.get("x-forwarded-host") != self.config.api_domain:
            raise ApiError(500, "Internal Server Error")

    def session(self, request: Request) -> Caller:
        """The session's user; each use extends the session by seven days."""
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            raise ApiError(401, "User is not authenticated.")
        try:
            session_id = str(jwt.decode(cookie, self._cookie_secret, algorithms=[ALGORITHM])["session_id"])
        except (jwt.InvalidTokenError, KeyError):
            raise ApiError(401, "Could not decode internal session JWT.") from None
        now = self.config.now()
        with self._lock:
            if self._sessions.get(session_id, 0) <= now:
                self._sessions.pop(session_id, None)
                raise ApiError(401, "User's session has expired.")
            self._sessions[session_id] = now + SESSION_EXTENSION_SECONDS
        return Caller(None)

    # -- v4

    def path_caller(self, request: Request) -> Caller:
        """Path dialect: the cookie; a bearer too where the configuration allows it (the stock build
        does not).
        """
        bearer = "authorization" in request.headers and COOKIE not in request.cookies
        return self.query_caller(request) if self.config.bearer_on_path and bearer else self.session(request)

    def query_caller(self, request: Request) -> Caller:
        """Project-query dialect: the bearer, nothing else."""
        return Caller(self.bearer_payload(request)["project_id"])

    def project(self, caller: Caller, project_id: str) -> Project:
        """404 for unknown and for foreign alike; an id that is no UUID fails in the database (500)."""
        try:
            project = self._by_id.get(str(uuid.UUID(project_id)))
        except ValueError:
            raise UpstreamFailure("project id is no UUID") from None
        if project is None or not caller.may_see(project):
            raise ApiError(404, "Project not found")
        return project


def _equal(given: str, expected: str) -> bool:
    # JSON may carry halves of surrogate pairs, which plain UTF-8 refuses.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _secrets(folder: Path | None) -> tuple[str, str]:
    """Signing secrets: new ones for each process, or kept beside the data so that tokens survive a
    restart.
    """
    fresh = (secrets.token_urlsafe(48), secrets.token_urlsafe(48))
    if folder is None:
        return fresh
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secrets.json"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps(fresh), encoding="utf-8")
    token_secret, cookie_secret = json.loads(file.read_text(encoding="utf-8"))
    return token_secret, cookie_secret
