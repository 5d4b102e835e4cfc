"""The client against recordings of a stock build, and against a small server of the other dialect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from agentops_client import (
    AgentOpsClient,
    AnswerUnreadable,
    BadRequest,
    LogNotFound,
    NotAgentOps,
    ProjectNotFound,
    SessionNeeded,
    SessionRefused,
    Token,
    TraceNotFound,
    UpstreamFailed,
)
from tests.recorded import Recording, load, names, stock_build, transport

from .conftest import EMAIL, PASSWORD, PROJECT

Make = Callable[..., AgentOpsClient]
SESSION = {"session_email": EMAIL, "session_password": PASSWORD}
TOKEN, LOGIN = "auth/v3_token_post_ok_pro", "auth/login_ok"
DAY = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
NOT_FOUND = {"detail": "Not Found"}


def stock(*recorded: str, log: list[httpx.Request] | None = None) -> httpx.MockTransport:
    return transport(*map(load, (TOKEN, LOGIN, *recorded)), otherwise=stock_build, log=log)


def paths(log: list[httpx.Request]) -> list[str]:
    return [f"{request.method} {request.url.path}" for request in log]


# A server of the project-query dialect, as the portal's build is described.


def query_build(answers: dict[str, Recording], log: list[httpx.Request] | None = None) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        if log is not None:
            log.append(request)
        if request.url.path == "/v3/auth/token":
            return load(TOKEN).answer()
        if request.url.path not in answers:
            return httpx.Response(404, json=NOT_FOUND)
        assert request.headers["authorization"].startswith("Bearer eyJ")
        assert request.url.params["project_id"] == PROJECT
        return answers[request.url.path].answer()

    return handler


# stock build


def test_a_stock_build_with_a_session(client: Make) -> None:
    log: list[httpx.Request] = []
    asked = client(stock("meterics/day", "traces_list/limit_1", log=log), **SESSION)
    assert asked.dialect is None
    assert asked.project_metrics(*DAY).trace_count == 44
    assert asked.dialect == "path"
    assert asked.traces(None, None, limit=1).total == 1188
    assert paths(log) == [
        "POST /v3/auth/token",
        "GET /v4/meterics/project",
        f"GET /v4/meterics/project/{PROJECT}",
        "POST /auth/login",
        f"GET /v4/meterics/project/{PROJECT}",
        # found out once, remembered from then on
        f"GET /v4/traces/list/{PROJECT}",
    ]
    assert "authorization" not in log[-1].headers
    assert log[-1].headers["cookie"].startswith("session_id=eyJ")
    assert log[3].headers["x-forwarded-host"] == "agentops.test:8003"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8003", "http://localhost:8003", "http://api:8000"])
def test_the_session_reaches_every_kind_of_host_once(client: Make, endpoint: str) -> None:
    log: list[httpx.Request] = []
    asked = client(stock("meterics/day", log=log), api_endpoint=endpoint, **SESSION)
    for _ in range(3):
        asked.project_metrics(*DAY)
    assert paths(log).count("POST /auth/login") == 1
    assert log[-1].headers["cookie"].count("session_id=") == 1


def test_a_stock_build_without_a_session_names_both_settings(client: Make) -> None:
    asked = client(stock("meterics/bearer_only"))
    with pytest.raises(SessionNeeded) as caught:
        asked.project_metrics(*DAY)
    for text in (str(caught.value), caught.value.remedy):
        assert "AGENTOPS_SESSION_EMAIL" in text
        assert "AGENTOPS_SESSION_PASSWORD" in text
    assert (caught.value.status, caught.value.upstream_words) == (401, "User is not authenticated.")
    assert asked.dialect == "path"


def test_a_path_build_that_takes_the_token_needs_no_session(client: Make) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/token":
            return load(TOKEN).answer()
        if request.url.path == f"/v4/meterics/project/{PROJECT}" and "authorization" in request.headers:
            return load("meterics/day").answer()
        return httpx.Response(404, json=NOT_FOUND)

    asked = client(handler)
    assert asked.project_metrics(*DAY).trace_count == 44
    assert asked.dialect == "path"


def test_an_ended_session_is_renewed_once(client: Make) -> None:
    answers = [load("traces_list/auth_cookie_unknown_session"), load("traces_list/limit_20")]
    logins = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.url.path == "/auth/login":
            logins += 1
            return load(LOGIN).answer()
        if "cookie" in request.headers:
            return answers[min(logins, 2) - 1].answer()
        other = stock_build(request)
        return other if other else load(TOKEN).answer()

    assert client(handler, **SESSION).traces(None, None, limit=20).limit == 20
    assert logins == 2


def test_a_session_that_is_always_refused_ends(client: Make) -> None:
    log: list[httpx.Request] = []
    asked = client(stock("outage/redis_restarted_empty_list", log=log), api_dialect="path", **SESSION)
    with pytest.raises(SessionRefused) as caught:
        asked.traces(None, None, limit=5)
    assert caught.value.upstream_words == "User's session has expired."
    assert paths(log).count("POST /auth/login") == 2


def test_a_wrong_password(client: Make) -> None:
    asked = client(stock("auth/login_wrong_password"), session_email=EMAIL, session_password="nope")
    with pytest.raises(SessionRefused) as caught:
        asked.traces(None, None)
    assert caught.value.path == "/auth/login"
    assert "AGENTOPS_SESSION_PASSWORD" in caught.value.remedy


def test_production_settings(client: Make) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/login":
            given = request.headers.get("x-forwarded-host"), "x-forwarded-for" in request.headers
            good = given == ("api.example.test", True)
            return load(f"production_settings/login_{'forwarded' if good else 'direct'}").answer()
        if "cookie" in request.headers:
            return load("production_settings/list_cookie").answer()
        other = stock_build(request)
        return other if other else load("production_settings/token").answer()

    there = client(handler, api_endpoint="https://api.example.test", **SESSION)
    assert there.traces(None, None, limit=1).total == 1188
    inside = client(handler, api_endpoint="http://agentops-api:8000", **SESSION)
    with pytest.raises(UpstreamFailed) as caught:
        inside.traces(None, None)
    assert "API_DOMAIN" in caught.value.remedy


@pytest.mark.parametrize(
    ("recorded", "leaf", "ask"),
    [
        ("meterics/foreign_project", ProjectNotFound, "metrics"),
        ("traces_list/project_unknown", ProjectNotFound, "list"),
        ("trace_detail/unknown_id", TraceNotFound, "trace"),
        ("trace_detail/foreign_trace", ProjectNotFound, "trace"),
        ("logs/log_unknown_trace", TraceNotFound, "logs"),
        ("logs/log_absent", LogNotFound, "logs"),
        ("odd_rows/meterics_with_bad_rows", UpstreamFailed, "metrics"),
        ("odd_rows/detail_02", UpstreamFailed, "trace"),
    ],
)
def test_recorded_refusals(client: Make, recorded: str, leaf: type[Exception], ask: str) -> None:
    last = load(recorded).path.rpartition("/")[2]
    asked = client(stock(recorded), project_id=last if ask in ("metrics", "list") else PROJECT, **SESSION)
    with pytest.raises(leaf):
        {
            "metrics": lambda: asked.project_metrics(None, None),
            "list": lambda: asked.traces(None, None, limit=20),
            "trace": lambda: asked.trace(last),
            "logs": lambda: asked.logs(last),
        }[ask]()


@pytest.mark.parametrize(
    "name", [n for n in names("trace_detail") + names("odd_rows") if "/detail/" in load(n).path]
)
def test_every_recorded_detail_through_the_client(client: Make, name: str) -> None:
    recording = load(name)
    trace_id = recording.path.rpartition("/")[2]
    if recording.status == 200:
        trace = client(stock(name), **SESSION).trace(trace_id.upper())
        assert trace.trace_id == trace_id
        assert trace.project_id == recording.body["project_id"]


def test_a_log(client: Make) -> None:
    asked = client(stock("logs/log_present"), **SESSION)
    assert "second line" in asked.logs("6cc2e7a7ca6de4dc518659a181b495df").text


# the project-query dialect


def test_the_query_dialect_with_the_token(client: Make) -> None:
    log: list[httpx.Request] = []
    answers = {
        "/v4/traces": load("traces_list/offset_20"),
        "/v4/meterics/project": load("meterics/day"),
        "/v4/traces/622123d3223b631b5400bf47689feaf1": load("trace_detail/sdk_research_agent_tool_ok"),
    }
    asked = client(query_build(answers, log))
    page = asked.traces(*DAY, limit=20, offset=20, query="a b")
    assert (page.limit, page.offset, asked.dialect) == (20, 20, "query")
    assert dict(log[-1].url.params) == {
        "project_id": PROJECT,
        "page": "2",
        "size": "20",
        "start_time": "2026-11-20T00:00:00Z",
        "end_time": "2026-11-21T00:00:00Z",
        "limit": "20",
        "offset": "20",
        "query": "a b",
        "order_by": "start_time",
        "sort_order": "DESC",
    }
    assert asked.project_metrics(*DAY).spans_total == 227
    assert len(asked.trace("622123d3223b631b5400bf47689feaf1").spans) == 7
    with pytest.raises(LogNotFound):
        asked.logs("622123d3223b631b5400bf47689feaf1")
    assert "POST /auth/login" not in paths(log)


def test_an_offset_between_pages_is_said_in_one_way_only(client: Make) -> None:
    log: list[httpx.Request] = []
    client(query_build({"/v4/traces": load("traces_list/limit_1")}, log)).traces(
        None, None, limit=5, offset=3
    )
    assert log[-1].url.params["offset"] == "3"
    assert "page" not in log[-1].url.params


def test_an_answer_without_paging_says_what_was_asked(client: Make) -> None:
    body = {k: v for k, v in load("traces_list/limit_1").body.items() if k not in ("limit", "offset")}

    def handler(request: httpx.Request) -> httpx.Response:
        return load(TOKEN).answer() if request.method == "POST" else httpx.Response(200, json=body)

    page = client(handler).traces(None, None, limit=7, offset=14)
    assert (page.limit, page.offset) == (7, 14)


def test_a_rebuilt_upstream_is_found_again(client: Make) -> None:
    serving = "query"
    log: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        log.append(request.url.path)
        if request.method == "POST":
            return load(TOKEN).answer()
        served = "/v4/meterics/project" if serving == "query" else f"/v4/meterics/project/{PROJECT}"
        good = request.url.path == served
        return load("meterics/day").answer() if good else httpx.Response(404, json=NOT_FOUND)

    asked = client(handler)
    asked.project_metrics(*DAY)
    assert asked.dialect == "query"
    serving = "path"
    log.clear()
    asked.project_metrics(*DAY)
    assert asked.dialect == "path"
    assert len(log) == 2
    asked.project_metrics(*DAY)
    assert len(log) == 3


def test_no_form_of_the_api(client: Make) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return load(TOKEN).answer() if request.method == "POST" else httpx.Response(404, json=NOT_FOUND)

    asked = client(handler)
    with pytest.raises(NotAgentOps) as caught:
        asked.project_metrics(*DAY)
    assert "neither of its two forms" in str(caught.value)
    assert "AGENTOPS_API_ENDPOINT" in caught.value.remedy
    assert asked.dialect is None
    with pytest.raises(NotAgentOps) as caught:
        client(handler, api_dialect="path").project_metrics(*DAY)
    assert "AGENTOPS_API_DIALECT=auto" in caught.value.remedy


def test_a_project_not_found_is_no_missing_route(client: Make) -> None:
    log: list[httpx.Request] = []
    asked = client(query_build({"/v4/traces": load("traces_list/project_unknown")}, log))
    with pytest.raises(ProjectNotFound):
        asked.traces(None, None)
    assert paths(log) == ["POST /v3/auth/token", "GET /v4/traces"]


def test_an_answer_about_another_project(client: Make) -> None:
    asked = client(query_build({"/v4/meterics/project": load("meterics/second_project")}))
    with pytest.raises(AnswerUnreadable, match="project_id: the answer is about b0000000") as caught:
        asked.project_metrics(None, None)
    assert caught.value.fields[0].startswith("project_id: ")


# arguments, token, health


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": True},
        {"offset": -1},
        {"order_by": "evil; drop"},
        {"sort_order": "desc"},
        {"start": datetime(2026, 11, 20)},  # noqa: DTZ001 - the point
        {"start": datetime(2026, 11, 20, 0, 0, 0, 1, tzinfo=UTC)},
    ],
)
def test_wrong_arguments_are_never_sent(client: Make, wrong: dict[str, Any]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    arguments: dict[str, Any] = {"start": None, "end": None, **wrong}
    asked = client(handler)
    with pytest.raises(ValueError, match=r"limit|offset|order_by|sort_order|time"):
        asked.traces(**arguments)
    if "start" in wrong:
        with pytest.raises(ValueError, match="time"):
            asked.project_metrics(**arguments)
        with pytest.raises(ValueError, match="time"):
            asked.iter_traces(**arguments)  # at once, not at the first row


def test_times_of_other_zones_are_sent_as_utc(client: Make) -> None:
    log: list[httpx.Request] = []
    seoul = datetime(2026, 11, 20, 9, tzinfo=timezone(timedelta(hours=9)))
    client(query_build({"/v4/meterics/project": load("meterics/day")}, log)).project_metrics(seoul, None)
    assert log[-1].url.params["start_time"] == "2026-11-20T00:00:00Z"
    assert "end_time" not in log[-1].url.params


@pytest.mark.parametrize("wrong", ["", "x" * 32, "../../v3/auth/token", "a" * 31, "ａ" * 32, "a" * 32 + "\n"])
def test_what_is_no_trace_id_is_never_sent(client: Make, wrong: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    for ask in (client(handler).trace, client(handler).logs):
        with pytest.raises(TraceNotFound, match="32 hexadecimal digits"):
            ask(wrong)


def test_token_check_and_project(client: Make) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        name = TOKEN if request.method == "POST" else "auth/v3_token_get_ok"
        return load(name).answer()

    asked = client(handler)
    token = asked.token()
    assert isinstance(token, Token)
    assert token.expires_at == datetime(2026, 12, 21, 22, 30, 58, tzinfo=UTC)
    assert asked.project_id == PROJECT
    assert asked.check_token().plan == "pro"
    assert client(handler, project_id="c" * 32).project_id == "cccccccc-cccc-cccc-cccc-cccccccccccc"


def test_health_says_whether_it_is_ours(client: Make) -> None:
    health = client(lambda request: load("health/health").answer()).health()
    assert (health.message, health.embedded) == ("Server Up", None)
    ours = client(lambda _: httpx.Response(200, json={"message": "up"}, headers={"x-agentops-lite": "demo"}))
    assert ours.health().embedded == "demo"


def test_a_bad_request_carries_upstreams_field_messages(client: Make) -> None:
    asked = client(query_build({"/v4/traces": load("traces_list/range_bad_text")}))
    with pytest.raises(BadRequest) as caught:
        asked.traces(None, None)
    assert caught.value.fields[0].startswith("query.start_time: Input should be a valid datetime or date")


# all pages


class MovingList:
    """A list that pages by offset like upstream's, and changes between two questions."""

    def __init__(self, ids: list[str], *, arrivals: list[str], cap: int = 100, deaf: bool = False) -> None:
        self.ids, self.arrivals, self.cap, self.deaf = ids, arrivals, cap, deaf
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return load(TOKEN).answer()
        params = dict(request.url.params)
        self.asked.append(params)
        assert len(self.asked) < 50, "does not end"
        if len(self.asked) > 1 and self.arrivals:
            self.ids.append(self.arrivals.pop(0))
        assert params["order_by"] == "trace_id"
        limit, offset = min(int(params["limit"]), self.cap), 0 if self.deaf else int(params["offset"])
        rows = sorted(self.ids, reverse=params["sort_order"] == "DESC")[offset : offset + limit]
        page = dict(load("traces_list/limit_1").body)
        row = page["traces"][0]
        page |= {"traces": [{**row, "trace_id": i} for i in rows]}
        page |= {"total": len(self.ids), "limit": limit, "offset": offset}
        return httpx.Response(200, json=page)


def ids(numbers: Any) -> list[str]:
    return [f"{number:032x}" for number in numbers]


@pytest.mark.parametrize(
    ("arrivals", "cap"),
    [
        ([], 100),
        (ids(range(1000, 1010)), 100),  # behind the reader: seen in passing
        (ids(range(1, 20, 2)), 100),  # before the reader: they push rows to the right
        (ids([1, 1001, 3, 1003]), 100),
        ([], 7),  # a build that allows fewer rows than asked
    ],
)
def test_no_trace_twice_and_none_lost(client: Make, arrivals: list[str], cap: int) -> None:
    before = ids(range(0, 100, 2))
    server = MovingList(list(before), arrivals=list(arrivals), cap=cap)
    rows = [row.trace_id for row in client(server).iter_traces(None, None, limit=10)]
    assert len(rows) == len(set(rows))
    assert set(before) <= set(rows)
    assert set(rows) == set(server.ids)  # also those that came while we read


def test_the_end_is_pinned(client: Make, clock: Any) -> None:
    clock.now = 1795300000.5
    server = MovingList(ids(range(25)), arrivals=[])
    assert len(list(client(server).iter_traces(None, None, limit=10))) == 25
    assert {params["end_time"] for params in server.asked} == {"2026-11-21T22:26:41Z"}
    assert len(server.asked) == 3


def test_a_server_that_ignores_the_offset_does_not_hold_us_for_ever(client: Make) -> None:
    server = MovingList(ids(range(95)), arrivals=[], deaf=True)
    rows = [row.trace_id for row in client(server).iter_traces(None, None, limit=10)]
    assert len(rows) == len(set(rows)) == 20


def test_a_search_counts_other_things_than_rows(client: Make) -> None:
    log: list[httpx.Request] = []
    asked = client(query_build({"/v4/traces": load("traces_list/query_inner_span")}, log))
    assert list(asked.iter_traces(None, None, query="web_search")) == []
    assert paths(log) == ["POST /v3/auth/token", "GET /v4/traces"]


def test_a_client_is_a_context_manager(client: Make) -> None:
    with client(lambda request: load("health/health").answer()) as asked:
        assert asked.health().message == "Server Up"
