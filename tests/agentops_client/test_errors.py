"""Every cause once: its code, sentence, remedy and log line; and no secret in any of them."""

from __future__ import annotations

import copy
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import agentops_client
from agentops_client import (
    AgentOpsClient,
    AgentOpsError,
    AnswerUnreadable,
    Forbidden,
    NotAgentOps,
    RateLimited,
    SettingsError,
    TimedOut,
)
from agentops_client.answers import read_answer
from agentops_client.models import TracePage
from agentops_client.redaction import NO_SECRETS, Redactor
from tests.recorded import load

from .conftest import EMAIL, ENDPOINT, KEY, PASSWORD, PROJECT

Make = Callable[..., AgentOpsClient]

JWT = load("auth/v3_token_post_ok_pro").body["token"]
COOKIE = (
    next(v for k, v in load("auth/login_ok").headers if k == "set-cookie").split(";")[0].partition("=")[2]
)
ODD_PASSWORD = 'p"ä/ss wörd&<1>'


def leaves(of: type[AgentOpsError] = AgentOpsError) -> Iterator[type[AgentOpsError]]:
    for branch in of.__subclasses__():
        yield from leaves(branch) if branch.__subclasses__() else [branch]


def test_the_codes_are_stable() -> None:
    assert {leaf.cause: leaf.portal_status for leaf in leaves()} == {
        "settings_invalid": None,
        "not_configured": 500,
        "key_malformed": 400,
        "session_needed": None,
        "name_not_resolved": 503,
        "connection_refused": 503,
        "tls_failed": 503,
        "connection_lost": 503,
        "timed_out": 504,
        "key_refused": 403,
        "token_refused": None,
        "session_refused": None,
        "forbidden": None,
        "project_not_found": 404,
        "trace_not_found": 404,
        "log_not_found": 404,
        "not_agentops": 404,
        "bad_request": None,
        "rate_limited": None,
        "upstream_failed": None,
        "answer_unreadable": None,
        "answer_too_large": None,
        "unexpected_redirect": None,
    }


@pytest.mark.parametrize("leaf", list(leaves()), ids=lambda leaf: leaf.cause)
def test_each_leaf_is_public_one_sentence_and_has_one_line_of_remedy(leaf: type[AgentOpsError]) -> None:
    assert leaf.__name__ in agentops_client.__all__
    assert leaf.cause in (agentops_client.errors.__doc__ or "")
    error = leaf(method="GET", path="/v4/x", endpoint=ENDPOINT, status=500, upstream_words="words")
    assert str(error).endswith(' (http://agentops.test:8003, GET /v4/x, HTTP 500): "words".')
    assert "\n" not in str(error) + error.remedy
    assert error.remedy.endswith((".", "compose ps."))
    assert "{" not in error.portal_message + error.log_message


@pytest.mark.parametrize("leaf", list(leaves()), ids=lambda leaf: leaf.cause)
def test_errors_can_be_kept_copied_and_shared(leaf: type[AgentOpsError]) -> None:
    error = leaf("Said.", status=500, fields=("a: b",), retry_after_s=3.0, remedy="Do this.")
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), error.again()):
        assert type(twin) is leaf
        assert vars(twin) == vars(error)
        assert str(twin) == "Said."
    with pytest.raises(leaf):
        raise error
    assert error.__traceback__ is not None
    assert error.again().__traceback__ is None


def test_the_portals_sentences() -> None:
    def said(name: str, **values: Any) -> str:
        leaf = next(leaf for leaf in leaves() if leaf.cause == name)
        return leaf(**values).portal_message

    assert said("connection_refused", upstream_words="x") == "AgentOps 서버에 연결할 수 없습니다: x"
    assert said("timed_out", upstream_words="x") == "AgentOps 서버 응답 시간 초과: x"
    assert said("key_refused", upstream_words="{reason}") == "AgentOps API 오류: {reason}"
    assert said("trace_not_found", path="/v4/traces/abc") == "Trace not found: abc"


def one(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return load("auth/v3_token_post_ok_pro").answer() if request.method == "POST" else answer


@pytest.mark.parametrize(
    ("status", "body", "leaf"),
    [
        (403, "<html><title>Blocked</title><script>x()</script></html>", Forbidden),
        (404, "<html><h1>404 not here</h1>nginx</html>", NotAgentOps),
        (405, '{"detail": "Method Not Allowed"}', NotAgentOps),
        (503, "<html><h1>Bad\r\nGateway</h1>", agentops_client.UpstreamFailed),
        (418, "tea", agentops_client.BadRequest),
        (204, "", agentops_client.AnswerUnreadable),
        (200, "<html>Please log in</html>", agentops_client.AnswerUnreadable),
        (302, "", agentops_client.UnexpectedRedirect),
    ],
)
def test_answers_of_others(client: Make, status: int, body: str, leaf: type[AgentOpsError]) -> None:
    asked = client(lambda request: one(request, httpx.Response(status, text=body)))
    with pytest.raises(leaf) as caught:
        asked.project_metrics(None, None)
    words = caught.value.upstream_words or ""
    assert "<" not in words
    assert "x()" not in words
    assert "\n" not in words
    if status == 200:
        assert words == "Please log in"
        assert "is not JSON" in str(caught.value)


@pytest.mark.parametrize("charset", ["hex", "rot13", "no-such", "utf-16", "euc-kr", "unicode_escape"])
@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_charset_cannot_hurt(client: Make, charset: str, status: int) -> None:
    body = "서버 오류 \\d".encode("euc-kr" if charset == "euc-kr" else "utf-8")
    answer = httpx.Response(status, content=body, headers={"content-type": f"text/html; charset={charset}"})
    with pytest.raises(AgentOpsError) as caught:
        client(lambda request: answer).health()
    assert charset != "euc-kr" or "서버 오류" in (caught.value.upstream_words or "")


@pytest.mark.parametrize(
    "location", ["http://[", "http://host:port/", "", "//x:99999", "é://", "javascript:1", "/v4"]
)
def test_a_location_cannot_hurt(client: Make, location: str) -> None:
    answer = httpx.Response(308, headers=[(b"location", location.encode())])
    with pytest.raises(agentops_client.UnexpectedRedirect):
        client(lambda request: answer).health()


def test_long_words_are_cut_and_cleaned() -> None:
    words = Redactor().words("a\x1b[31m\u202e\n" + "y" * 1000)
    assert words.startswith("a [31m y")
    assert len(words) == 300
    assert words.endswith("…")


# secrets


class Leaky:
    """An upstream that says back everything it was told, in every place it can."""

    def __init__(self, status: int, *, at: str, form: str) -> None:
        self.status, self.at, self.form = status, at, form

    def __call__(self, request: httpx.Request) -> httpx.Response:
        said = (
            f"{request.content.decode()} {request.headers.get('authorization')} "
            f"{request.headers.get('cookie')} key={KEY.upper()} {KEY.replace('-', '')} {JWT} "
            f"session_id={COOKIE} {PASSWORD} {ODD_PASSWORD} {httpx.QueryParams({'p': ODD_PASSWORD})}"
        )
        path = request.url.path
        if self.at in path:
            body: Any = {"error": said}
            if self.form == "fields":
                body = {"detail": [{"loc": ["body", said], "msg": said, "input": said}]}
            elif self.form == "html":
                return httpx.Response(
                    self.status, content=f"<h1>{said}</h1>".encode(), headers=[(b"location", said.encode())]
                )
            elif self.form == "broken":
                raise httpx.RemoteProtocolError(said)
            elif self.form == "wrong":
                body = {"token": [said], "project_id": said, "traces": said, "message": [said]}
            return httpx.Response(self.status, json=body)
        if path == "/auth/login":
            return load("auth/login_ok").answer()
        if request.method == "POST":
            return load("auth/v3_token_post_ok_pro").answer()
        if "cookie" in request.headers:
            return httpx.Response(404, json={"detail": "Trace not found."})
        return load("traces_list/auth_bearer_only").answer()


def everything(error: BaseException) -> str:
    """All text that hangs on an error, and on whatever is chained to it."""
    texts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        texts += [str(link), repr(link), repr(vars(link))]
        if isinstance(link, AgentOpsError):
            texts += [link.portal_message, link.log_message]
        for attribute in ("request", "response"):
            held = getattr(link, f"_{attribute}", None)
            texts.append(repr(held.headers.raw) if held is not None else "")
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


@pytest.mark.parametrize("at", ["/v3/auth/token", "/auth/login", "/v4/", "/health"])
@pytest.mark.parametrize("form", ["words", "fields", "html", "broken", "wrong"])
@pytest.mark.parametrize("password", [PASSWORD, ODD_PASSWORD])
def test_no_secret_in_any_error_or_log(
    client: Make, caplog: pytest.LogCaptureFixture, at: str, form: str, password: str
) -> None:
    secrets = [
        KEY,
        KEY.upper(),
        KEY.replace("-", ""),
        JWT,
        JWT.split(".")[1],
        COOKIE,
        PASSWORD,
        "wörd",
        "w%C3%B6rd",
    ]
    if password == PASSWORD:
        secrets = secrets[:-2]  # then it is nobody's secret
    if password == ODD_PASSWORD:
        secrets.remove(PASSWORD)
    raised = 0
    for status in (200, 307, 400, 401, 403, 404, 422, 429, 500, 503):
        upstream = Leaky(status, at=at, form=form)
        asked = client(upstream, session_email=EMAIL, session_password=password)
        for ask in (
            asked.health,
            asked.token,
            asked.check_token,
            lambda asked=asked: asked.traces(None, None),
            lambda asked=asked: asked.trace("a" * 32),
            lambda asked=asked: asked.logs("a" * 32),
            lambda asked=asked: asked.project_metrics(None, None),
        ):
            try:
                ask()
            except AgentOpsError as error:
                raised += 1
                text = everything(error)
                for secret in secrets:
                    assert secret not in text, (secret, text)
        assert JWT not in repr(vars(asked)["_http"].headers)
    assert raised >= 10
    lines = [record.getMessage() + repr(record.__dict__) for record in caplog.records]
    for secret in secrets:
        assert not [line for line in lines if secret in line]


def test_half_a_secret_is_not_left_where_a_long_page_is_cut() -> None:
    key = "c0ffee00-1234-4abc-8def-0123456789ab"
    hidden = f"<!--{f'{key} ' * 1_080}-->"
    page = hidden + " " * (40_000 - 30 - len(hidden)) + key
    assert "c0ffee00" not in Redactor(key).words(page)
    assert Redactor(key).words(f"{hidden} all is said") == "all is said"


def test_a_secret_is_masked_in_all_its_writings() -> None:
    redact = Redactor(ODD_PASSWORD)
    writings = [ODD_PASSWORD, 'p\\"\\u00e4/ss w\\u00f6rd&<1>', "p%22%C3%A4%2Fss+w%C3%B6rd%26%3C1%3E"]
    assert [redact(f"<{writing}>") for writing in writings] == ["<***>"] * 3
    assert redact("session_id=abc; Bearer abc.def token: 'abc' http://me:abc@host/") == (
        "session_id=***; Bearer *** token: '***' http://***@host/"
    )
    assert redact("an ordinary sentence: nothing to hide") == "an ordinary sentence: nothing to hide"


# the log


def lines_of(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "agentops_client"]


def test_one_line_a_minute_and_cause(client: Make, clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    failure: list[Exception] = [httpx.ConnectError("All connection attempts failed")]

    def handler(request: httpx.Request) -> httpx.Response:
        raise failure[0]

    asked = client(handler)
    for _ in range(5):
        with pytest.raises(AgentOpsError):
            asked.token()
    (record,) = lines_of(caplog)
    assert record.getMessage() == (
        "AgentOps 서버 연결 실패 (서버가 실행 중이지 않을 수 있음): All connection attempts failed "
        "endpoint=http://agentops.test:8003 cause=connection_refused method=POST path=/v3/auth/token "
        "duration_ms=450"
    )
    assert (record.__dict__["cause"], record.__dict__["duration_ms"]) == ("connection_refused", 450)
    assert record.levelno == logging.ERROR
    failure[0] = httpx.ReadTimeout("timed out")
    with pytest.raises(TimedOut):
        asked.token()
    assert lines_of(caplog)[-1].getMessage().startswith("AgentOps 서버 응답 시간 초과: timed out endpoint=")
    assert len(lines_of(caplog)) == 2
    clock.now += 61
    with pytest.raises(TimedOut):
        asked.token()
    assert len(lines_of(caplog)) == 3


def test_many_threads_one_line(client: Make, caplog: pytest.LogCaptureFixture) -> None:
    asked = client(lambda request: httpx.Response(500, json={"error": "Internal Server Error"}))

    def ask() -> None:
        with pytest.raises(AgentOpsError):
            asked.health()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines_of(caplog)) == 1


def test_the_wait_is_told(client: Make) -> None:
    answer = httpx.Response(429, headers={"retry-after": "30"}, text="slow down")
    with pytest.raises(RateLimited) as caught:
        client(lambda request: one(request, answer)).traces(None, None)
    assert caught.value.retry_after_s == 30
    assert str(caught.value) == (
        'AgentOps asks us to wait (http://agentops.test:8003, GET /v4/traces, HTTP 429): "slow down".'
    )


def test_a_proxy_variable_that_is_no_address(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("HTTP_PROXY", "nonsense://name:proxy-password@x")
    with pytest.raises(SettingsError, match="HTTP_PROXY") as caught:
        AgentOpsClient(settings())
    assert "proxy-password" not in everything(caught.value)


def test_recorded_read_time_out(client: Make) -> None:
    recording = load("outage/clickhouse_slow_impatient")
    asked = client(lambda request: recording.answer() if request.method == "GET" else one(request, None))  # type: ignore[arg-type]
    with pytest.raises(TimedOut) as caught:
        asked.traces(None, None)
    assert (caught.value.phase, caught.value.path) == ("read", "/v4/traces")
    assert "ClickHouse" in caught.value.remedy


def test_health_says_nothing_about_databases(client: Make) -> None:
    recording = load("outage/clickhouse_down_list")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            return load("outage/clickhouse_down_health").answer()
        return one(request, recording.answer())

    asked = client(handler, project_id=PROJECT)
    assert asked.health().message == "Server Up"
    with pytest.raises(agentops_client.UpstreamFailed) as caught:
        asked.traces(None, None)
    assert "/health says nothing" in caught.value.remedy
    assert caught.value.status == 500


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"traces": [{"root_span_name": "a private prompt', "damaged or cut JSON of 48 bytes"),
        (b"", "empty body"),
        (b"\x80\x81\x00\xff" * 50, "200 bytes that are no text"),
        (b"<html><title>502 Bad Gateway</title><body></body></html>", "502 Bad Gateway"),
        (b"upstream connect error", "upstream connect error"),
    ],
)
def test_an_unreadable_body_is_described_and_never_quoted_from_an_answer(body: bytes, words: str) -> None:
    request = httpx.Request("GET", "http://agentops.test/v4/traces")
    response = httpx.Response(200, content=body, request=request)
    with pytest.raises(AnswerUnreadable) as caught:
        read_answer(response, TracePage, endpoint="http://agentops.test", redact=NO_SECRETS)
    assert caught.value.upstream_words == words
    assert "private" not in str(caught.value)
