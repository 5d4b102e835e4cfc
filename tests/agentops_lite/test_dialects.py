"""Both forms of v4: what each serves, which credential it takes, and that their bodies are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentops_lite import LITE_HEADER, LiteConfig
from agentops_lite.spans import Span
from tests.agentops_lite.replay import FOREIGN, MAIN, SECOND, World

Make = Callable[..., Span]
Start = Callable[..., World]

TRACE = "a" * 32
PATH = {
    "list": f"/v4/traces/list/{MAIN}",
    "detail": f"/v4/traces/detail/{TRACE}",
    "metrics": f"/v4/meterics/project/{MAIN}",
}
QUERY = {
    "list": f"/v4/traces?project_id={MAIN}",
    "detail": f"/v4/traces/{TRACE}?project_id={MAIN}",
    "metrics": f"/v4/meterics/project?project_id={MAIN}",
}


def codes(world: World, paths: dict[str, str], headers: dict[str, str]) -> set[int]:
    return {world.client.get(path, headers=headers).status_code for path in paths.values()}


def test_bodies_are_the_same_in_both(start: Start, span: Make) -> None:
    world = start(spans=[span()])
    for query, path in zip(QUERY.values(), PATH.values(), strict=True):
        by_query = world.client.get(query, headers=world.bearer())
        by_path = world.client.get(path, headers=world.login())
        assert by_query.status_code == 200
        assert by_query.json() == by_path.json()


def test_both_takes_either_credential_on_path(start: Start, span: Make) -> None:
    world = start(spans=[span()], auth="both")
    assert codes(world, PATH, world.bearer()) == codes(world, PATH, world.login()) == {200}
    assert codes(world, QUERY, world.bearer()) == {200}
    assert codes(world, QUERY, {}) == codes(world, PATH, {}) == {401}
    # A bearer sees its own project only.
    assert world.client.get(PATH["list"], headers=world.bearer(SECOND)).json() == {
        "detail": "Project not found"
    }


def test_session_imitates_the_stock_build(start: Start, span: Make) -> None:
    world = start(spans=[span()], auth="session")
    refused = world.client.get(PATH["list"], headers=world.bearer())
    assert (refused.status_code, refused.json()) == (401, {"detail": "User is not authenticated."})
    assert codes(world, PATH, world.login()) == {200}
    for credential in (world.bearer(), world.login()):
        answer = world.client.get(QUERY["list"], headers=credential)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
        assert codes(world, QUERY, credential) == {404}


def test_jwt_serves_the_query_dialect_only(start: Start, span: Make) -> None:
    world = start(spans=[span()], auth="jwt")
    assert codes(world, QUERY, world.bearer()) == {200}
    assert codes(world, PATH, world.bearer()) == {404}
    assert world.client.post("/auth/login", json={"email": "a", "password": "b"}).status_code == 404


@pytest.mark.parametrize(("dialect", "query", "path"), [("query", {200}, {404}), ("path", {404}, {200})])
def test_dialect_can_be_narrowed(
    start: Start, span: Make, dialect: str, query: set[int], path: set[int]
) -> None:
    world = start(spans=[span()], dialect=dialect)
    assert codes(world, QUERY, world.bearer()) == query
    assert codes(world, PATH, world.bearer()) == path


def test_nothing_to_serve_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to serve"):
        LiteConfig(auth="jwt", dialect="path")


@pytest.mark.parametrize(
    ("paging", "limit", "offset"),
    [
        ("", 20, 0),
        ("&page=1&size=2", 2, 0),
        ("&page=3&size=2", 2, 4),
        ("&limit=3&offset=1", 3, 1),
        ("&page=2&size=2&limit=100&offset=0", 2, 2),  # page and size win
        ("&page=2", 20, 20),
        ("&size=5&offset=3", 5, 3),
    ],
)
def test_query_dialect_takes_both_ways_of_paging(
    start: Start, span: Make, paging: str, limit: int, offset: int
) -> None:
    ids = [str(n) * 32 for n in range(1, 6)]
    world = start(spans=[span(trace_id=trace_id, start_ns=n) for n, trace_id in enumerate(ids, 1)])
    body = world.client.get(QUERY["list"] + "&sort_order=ASC" + paging, headers=world.bearer()).json()
    assert (body["limit"], body["offset"], body["total"]) == (limit, offset, 5)
    assert [row["trace_id"] for row in body["traces"]] == ids[offset : offset + limit]


@pytest.mark.parametrize(
    ("parameter", "kind"), [("page=0", "greater_than_equal"), ("size=101", "less_than_equal")]
)
def test_query_dialect_bounds_page_and_size(start: Start, parameter: str, kind: str) -> None:
    world = start()
    answer = world.client.get(f"{QUERY['list']}&{parameter}", headers=world.bearer())
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, kind)


@pytest.mark.parametrize("path", ["/v4/traces", f"/v4/traces/{TRACE}", "/v4/meterics/project"])
def test_query_dialect_checks_its_project(start: Start, span: Make, path: str) -> None:
    world = start(spans=[span()])

    def ask(query: str) -> tuple[int, Any]:
        answer = world.client.get(path + query, headers=world.bearer())
        return answer.status_code, answer.json()

    missing = {"type": "missing", "loc": ["query", "project_id"], "msg": "Field required", "input": {}}
    code, body = ask("")
    assert (code, body["detail"][0] | {"input": {}}) == (422, missing)
    assert ask("?project_id=not-a-uuid") == (500, {"error": "Internal Server Error"})
    assert ask(f"?project_id={FOREIGN}") == (404, {"detail": "Project not found"})
    assert ask(f"?project_id={SECOND}") == (
        404,
        {"detail": "Project not found"},
    )  # a bearer knows one project
    assert ask(f"?project_id={MAIN.upper()}")[0] == 200


def test_query_dialect_hides_other_projects_traces(start: Start, span: Make) -> None:
    world = start(spans=[span(project_id=SECOND)])
    answer = world.client.get(QUERY["detail"], headers=world.bearer())
    assert (answer.status_code, answer.json()) == (404, {"detail": "Project not found"})
    unknown = world.client.get(f"/v4/traces/{'9' * 32}?project_id={MAIN}", headers=world.bearer())
    assert (unknown.status_code, unknown.json()) == (404, {"detail": "Trace not found."})


def test_every_answer_carries_the_mark(start: Start) -> None:
    world = start()
    for method, path in (("GET", "/health"), ("GET", "/"), ("GET", "/v4/traces"), ("POST", "/v1/traces")):
        assert world.client.request(method, path).headers[LITE_HEADER] == "1"
    assert world.client.delete("/health").json() == {"detail": "Method Not Allowed"}
