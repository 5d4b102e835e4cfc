"""The embedded AgentOps against recordings of a real one, field by field.

Recorded OTLP bodies of the real SDK and of litellm are fed; every recorded request is repeated; status,
body and upstream's headers must be equal. What may differ stands in `ACCEPTED`, with its reason, and
nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.agentops_lite.replay import MAIN, World, differences, names, otlp_names, recording

_NO_SPANS = "other spans of that project exist only on the recorded server"
_SIGNED = "signed with another secret"

#: (recording, place in the body, why it may differ); both are regular expressions.
ACCEPTED: tuple[tuple[str, str, str], ...] = (
    (r"auth/v3_token_post_.*", r"\.token", _SIGNED),
    (r"public/access_token_ok", r"\.bearer", _SIGNED + ", and issued at another second"),
    (r"traces_list/.*", r"\.(metrics\..*|total|traces.*)", _NO_SPANS),
    (r"traces_list/free_plan_old_range", r"\.freeplan_truncated", "follows from the total: " + _NO_SPANS),
    (r"meterics/(?!empty|reversed|tiny).*", r"\.(?!project_id|freeplan).*", _NO_SPANS),
    (r"odd_rows/list_without_bad_rows", r"\.(metrics\..*|total|traces.*)", _NO_SPANS),
    (r"odd_rows/meterics_without_bad_rows", r"\.(?!project_id|freeplan).*", _NO_SPANS),
)

#: Recorded exchanges that are not repeated here, and where they are instead.
ELSEWHERE: dict[str, str] = {
    "auth/session_from_user_token": "takes a Supabase user token; there is no Supabase here",
    "auth/opsboard_projects_cookie": "AgentOps' own dashboard only; not served",
    "auth/users_me_cookie": "AgentOps' own dashboard only; not served",
    "traces_list/bulk_limit_1": "a project of 167 thousand spans that nobody recorded",
    "odd_rows/list_with_bad_rows": "its bad rows are made by hand in test_quirks.py",
    "odd_rows/meterics_with_bad_rows": "its bad rows are made by hand in test_quirks.py",
    "odd_rows/detail_02": "made by hand in test_quirks.py",
    "odd_rows/detail_05": "made by hand in test_quirks.py",
}

FOLDERS = (
    "auth",
    "health",
    "logs",
    "trace_detail",
    "traces_list",
    "meterics",
    "public",
    "odd_rows",
    "old_dialect",
)
REPEATED = [name for folder in FOLDERS for name in names(folder) if name not in ELSEWHERE]

#: Headers that belong to the wire or to the moment.
_OWN_HEADERS = {"date", "server", "content-length", "set-cookie", "location"}


@pytest.mark.parametrize("name", REPEATED)
def test_answers_like_the_recorded_server(recorded_world: World, name: str) -> None:
    real = recording(name)["response"]
    answer = recorded_world.ask(name)
    assert answer.status_code == real["status"], answer.text
    ours = answer.json() if answer.content else None
    found = [
        (place, mine, theirs)
        for place, mine, theirs in differences(ours, real["body"])
        if not any(re.fullmatch(n, name) and re.fullmatch(p, place) for n, p, _ in ACCEPTED)
    ]
    assert found == []
    theirs = {key: value for key, value in real["headers"] if key not in _OWN_HEADERS}
    assert {key: answer.headers.get(key) for key in theirs} == theirs


def test_every_accepted_difference_is_still_needed(recorded_world: World) -> None:
    for pattern, place, reason in ACCEPTED:
        used = any(
            re.fullmatch(place, where)
            for name in REPEATED
            if re.fullmatch(pattern, name)
            for where, _, _ in differences(
                recorded_world.ask(name).json(), recording(name)["response"]["body"]
            )
        )
        assert used, (pattern, place, reason)


def _known_rows(recorded_world: World) -> dict[str, dict[str, Any]]:
    """Every row that the real server ever answered for a whole trace that we hold, by trace id."""
    held = {span["trace_id"] for name in otlp_names() for span in recording(name)["spans"]}
    rows: dict[str, dict[str, Any]] = {}
    for name in (*names("pages_all"), *names("traces_list"), *names("cache")):
        body = recording(name)["response"]["body"]
        for row in body.get("traces", ()) if isinstance(body, dict) else ():
            if row["trace_id"] in held:
                rows[row["trace_id"]] = row
    return rows


def test_list_rows_are_the_recorded_rows(recorded_world: World) -> None:
    """Twenty-three real traces of the main project and five more: every field of every row."""
    expected = _known_rows(recorded_world)
    ours: dict[str, dict[str, Any]] = {}
    for project in recorded_world.config.projects:
        if project.member:
            answer = recorded_world.client.get(
                f"/v4/traces/list/{project.id}?limit=100", headers=recorded_world.login()
            )
            if answer.status_code == 200:
                ours |= {row["trace_id"]: row for row in answer.json()["traces"]}
    assert len(expected) >= 28
    shared = {trace_id: ours[trace_id] for trace_id in expected}
    assert list(differences(shared, expected)) == []


@pytest.mark.parametrize(
    "name",
    [n for n in names("traces_list") if recording(n)["response"]["status"] == 200 and n not in ELSEWHERE],
)
def test_lists_hold_the_recorded_rows_in_their_order(recorded_world: World, name: str) -> None:
    """Rows of traces that we hold; equal sort keys come in any order, there and here."""
    asked = dict(recording(name)["request"]["query"])
    known = _known_rows(recorded_world)
    real = [r for r in recording(name)["response"]["body"]["traces"] if r["trace_id"] in known]
    ours = [r for r in recorded_world.ask(name).json()["traces"] if r["trace_id"] in known]
    theirs = {row["trace_id"]: row for row in real}
    assert (
        list(
            differences(
                [r for r in ours if r["trace_id"] in theirs],
                [theirs[r["trace_id"]] for r in ours if r["trace_id"] in theirs],
            )
        )
        == []
    )
    key = asked.get("order_by", "start_time")
    assert [r[key] for r in ours if r["trace_id"] in theirs] == [
        r[key] for r in real if r["trace_id"] in {o["trace_id"] for o in ours}
    ]


def test_odd_rows_have_the_recorded_list_rows(recorded_world: World) -> None:
    theirs = {
        row["trace_id"]: row
        for row in recording("odd_rows/list_without_bad_rows")["response"]["body"]["traces"]
    }
    ours = recorded_world.ask("odd_rows/list_without_bad_rows").json()["traces"]
    assert len(ours) == 9
    assert list(differences(ours, [theirs[row["trace_id"]] for row in ours])) == []


def test_metrics_of_an_hour_of_real_runs_contain_ours(recorded_world: World) -> None:
    """35 traces were recorded in this range and 24 can be fed: lists must hold ours, counts may not
    exceed theirs.
    """
    real = recording("meterics/last_hours_real_spans")["response"]["body"]
    ours = recorded_world.ask("meterics/last_hours_real_spans").json()
    assert ours["trace_count"] == 24
    for key in ("success_datetime", "fail_datetime", "indeterminate_datetime", "trace_durations"):
        assert not Counter(ours[key]) - Counter(real[key]), key
    for key in ("success", "fail", "unknown", "total"):
        assert ours["span_count"][key] <= real["span_count"][key], key
    assert {place: type(v) for place, v in _leaves(ours)} | {} == {
        place: type(v) for place, v in _leaves(real) if place in dict(_leaves(ours))
    }


def _leaves(node: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for key, child in node.items() for leaf in _leaves(child, f"{path}.{key}")]
    return [(path, node)]


def test_login_sets_the_recorded_cookie(recorded_world: World) -> None:
    real = dict(recording("auth/login_ok")["response"]["headers"])["set-cookie"]
    ours = recorded_world.ask("auth/login_ok").headers["set-cookie"]
    assert re.fullmatch(r"session_id=[\w.-]+", ours.split("; ")[0])
    assert ours.split("; ")[1:] == real.split("; ")[1:]


def test_trailing_slash_is_redirected(recorded_world: World) -> None:
    answer = recorded_world.ask("traces_list/path_trailing_slash")
    assert answer.headers["location"].endswith(f"/v4/traces/list/{MAIN}")
