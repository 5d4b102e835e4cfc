"""Scope, filters and presets from an address and back; what cannot be used is named, nothing fails."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from hypothesis import assume, example, given
from hypothesis import strategies as st

from dashboard import links, presets
from dashboard.filters import KINDS, OUTCOMES, SIZES, SORTS, TEXT_MAX, VALUES_MAX, Filters
from dashboard.filters import PARAMETERS as FILTER_PARAMETERS
from dashboard.presets import NAME_MAX, PRESETS_MAX, Preset
from dashboard.scope import CUSTOM, LANGUAGES, PARAMETERS, Problem, Scope
from dashboard.settings import REFRESH_CHOICES, zone_names
from dashboard.windows import LONGEST, ROLLING
from tests.fuzz.odd_values import moments, odd_json, odd_text, plain_text

NOW = datetime(2026, 11, 22, 13, 0, 7, 123_456, tzinfo=UTC)
PROJECTS = ("prod", "한국", "a b&c=d")
ZONES = sorted(zone_names())


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    scope = Scope(
        range=draw(st.sampled_from(tuple(ROLLING))),
        zone=draw(st.sampled_from(ZONES)),
        language=draw(st.sampled_from(LANGUAGES)),
        refresh_s=draw(st.sampled_from(REFRESH_CHOICES)),
        project=draw(st.sampled_from(PROJECTS)),
    )
    if draw(st.booleans()):
        start = draw(moments(datetime(2000, 1, 1, tzinfo=UTC), NOW - timedelta(days=1)))
        start = start.replace(microsecond=0)
        lasts = timedelta(seconds=draw(st.integers(1, int(LONGEST.total_seconds()))))
        scope = replace(scope, range=CUSTOM, start=start, end=start + lasts)
    return replace(scope, bucket=draw(st.sampled_from((None, *scope.buckets))))


DEFAULT = Scope(range="24h", zone="Asia/Seoul", language="ko", refresh_s=30, project="prod")


@given(scope=scopes(), default=scopes())
def test_a_scope_comes_back_from_its_address(scope: Scope, default: Scope) -> None:
    assume(default.start is None)
    read, problems = Scope.from_query(scope.to_query(default), default, NOW, PROJECTS)
    assert (read, problems) == (scope, ())
    assert set(scope.to_query(default)) <= set(PARAMETERS)


_said = {
    "range": st.sampled_from((*ROLLING, CUSTOM)),
    "from": st.sampled_from(
        (
            "2026-11-20T06:00:00Z",
            "2026-11-20",
            "0001-01-01T00:00:00+14:00",
            "20261120T060000Z",
            "2026-11-20T06:00:00.9+09:00",
            "2026-W47-5T06:00Z",
            "1999-12-31T23:59:59Z",
        )
    ),
    "to": st.sampled_from(
        ("2026-11-21T06:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-20T06:00:00Z", "2099-01-01T00Z")
    ),
    "bucket": st.sampled_from(("1s", "30s", "1h", "1d", "7d", "2d")),
    "tz": st.sampled_from(
        ("UTC", "Asia/Seoul", "utc", "../etc/passwd", "posixrules", "localtime", "Asia/Seoul ")
    ),
    "lang": st.sampled_from(LANGUAGES),
    "refresh": st.sampled_from(("0", "10", "60", "060", "1e1", "١٠")),
    "project": st.sampled_from((*PROJECTS, "secret-project", "–")),
}
scope_queries = st.fixed_dictionaries(
    {}, optional={name: st.one_of(said, odd_text) for name, said in _said.items()}
)


@given(query=scope_queries, shown=st.sampled_from((PROJECTS, PROJECTS[:1], ("",), ())))
@example({"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}, PROJECTS)
def test_any_address_gives_a_view_that_can_be_drawn(query: dict[str, str], shown: tuple[str, ...]) -> None:
    default = replace(DEFAULT, project=shown[0] if shown else "")
    scope, problems = Scope.from_query(query, default, NOW, shown)
    for problem in problems:
        names = problem.parameter.split(" … ")
        assert set(names) <= set(PARAMETERS) and problem.expected
        assert problem.value == " … ".join(query.get(name, "") for name in names)
        hidden = {*PROJECTS, "secret-project"} - set(shown)
        assert not any(name in problem.expected for name in hidden), "nothing is told of what is not shown"
    assert scope.project in (*shown, default.project)
    named = {name for problem in problems for name in problem.parameter.split(" … ")}
    taken = {
        "tz": scope.zone,
        "lang": scope.language,
        "refresh": str(scope.refresh_s),
        "bucket": scope.bucket,
        "project": scope.project,
        "range": query.get("range") if scope.start else scope.range,
    }
    for name in taken.keys() & query.keys() - named:
        assert not query[name] or taken[name] == query[name], "nothing is dropped in silence"
    assert scope.bucket is None or scope.bucket in scope.buckets
    assert scope.grid(NOW).windows and scope.tz
    again, more = Scope.from_query(scope.to_query(default), default, NOW, shown)
    assert (again, more) == (scope, ())


words = st.one_of(
    plain_text, st.sampled_from(("", "-", "\\", ",", "\\,", "a,b", "a\\", "--", "\\-", " "))
).map(str)
values = st.frozensets(words, max_size=4)
bounds = st.one_of(
    st.none(), st.sampled_from((0.0, 0.1, 0.30000000000000004, 1e-7, 5e-20, 123456789.125, 999999999999.0))
)


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    cost, duration = (sorted(draw(st.tuples(bounds, bounds)), key=lambda b: b or 0.0) for _ in range(2))
    return Filters(
        statuses=draw(st.frozensets(st.sampled_from(OUTCOMES))),
        kind=draw(st.sampled_from(KINDS)),
        models=draw(values),
        agents=draw(values),
        tags=draw(values),
        services=draw(values),
        cost_min_usd=cost[0],
        cost_max_usd=cost[1],
        duration_min_s=duration[0],
        duration_max_s=duration[1],
        has_errors=draw(st.booleans()),
        text=draw(words),
        sort=draw(st.sampled_from(SORTS)),
        descending=draw(st.booleans()),
        size=draw(st.sampled_from(SIZES)),
        page=draw(st.integers(1, 999_999_999)),
    )


@given(chosen=filters())
def test_filters_come_back_from_their_address(chosen: Filters) -> None:
    query = chosen.to_query()
    assert set(query) <= set(FILTER_PARAMETERS) and all(query.values())
    assert Filters.from_query(query) == (chosen, ())
    for name in chosen.active:
        assert name not in chosen.without(name).active
    bare = chosen
    for name in chosen.active:
        bare = bare.without(name)
    assert bare.is_default and (bare.sort, bare.size) == (chosen.sort, chosen.size)


_filter_values = dict.fromkeys(FILTER_PARAMETERS, odd_text) | {
    "status": st.one_of(
        st.sampled_from(("failed", "success,failed", "success,", "success,success")), odd_text
    ),
    "page": st.one_of(st.sampled_from(("0", "1", "01", "1000000000", "١")), odd_text),
    "cost_min": st.one_of(
        st.sampled_from(("1", "1.", ".5", "1e3", "-1", "inf", "9" * 12, "9" * 13)), odd_text
    ),
    "model": st.one_of(
        st.just("a," * VALUES_MAX + "b"), st.just("x" * (TEXT_MAX + 1)), st.just(",,"), odd_text
    ),
}


@given(query=st.fixed_dictionaries({}, optional=_filter_values))
@example({"cost_min": "1\n"})
@example({"duration_max": "٣"})
def test_any_address_gives_filters_or_names_the_parameter(query: dict[str, str]) -> None:
    found, problems = Filters.from_query(query)
    for problem in problems:
        names = problem.parameter.split(" … ")
        assert set(names) <= set(query) and problem.expected
        assert problem.value == " … ".join(query[name] for name in names)
    again, more = Filters.from_query(found.to_query())
    assert (again, more) == (found, ())
    for low, high in ((found.cost_min_usd, found.cost_max_usd), (found.duration_min_s, found.duration_max_s)):
        assert low is None or high is None or low <= high
        assert all(bound is None or 0 <= bound < 1e13 for bound in (low, high))
    for chosen in (found.models, found.agents, found.tags, found.services):
        assert len(chosen) <= VALUES_MAX and all(len(value) <= TEXT_MAX for value in chosen)
        "".join(chosen).encode()


@given(kept=st.lists(st.tuples(plain_text, filters()), max_size=5))
def test_presets_come_back_from_their_text(kept: list[tuple[str, Filters]]) -> None:
    made: tuple[Preset, ...] = ()
    for name, chosen in kept:
        if name.strip():
            made = presets.saved(made, name, chosen)
    assert presets.from_json(presets.to_json(made)) == (made, ())
    for preset in made:
        assert preset.name not in [left.name for left in presets.removed(made, preset.name)]


_entry = st.one_of(
    odd_json,
    st.fixed_dictionaries(
        {},
        optional={
            "name": odd_json,
            "query": st.one_of(odd_json, st.fixed_dictionaries({}, optional=_filter_values)),
        },
    ),
)


@given(text=st.one_of(odd_text, odd_json.map(json.dumps), st.lists(_entry, max_size=4).map(json.dumps)))
@example("[" * 100_000)
@example('[{"name": "n", "query": {"page": "' + "9" * 5_000 + '"}}]')
def test_any_text_gives_presets_and_says_what_is_wrong(text: str) -> None:
    kept, problems = presets.from_json(text)
    assert all(isinstance(problem, Problem) and problem.expected for problem in problems)
    assert len(kept) <= PRESETS_MAX and len({preset.name for preset in kept}) == len(kept)
    assert all(0 < len(preset.name) <= NAME_MAX and preset.filters.page == 1 for preset in kept)


@given(
    scope=scopes(),
    trace_id=st.one_of(odd_text, plain_text),
    more=st.dictionaries(st.sampled_from(("span", "tab")), plain_text.filter(bool), max_size=2),
)
def test_a_link_carries_the_view_and_nothing_else(scope: Scope, trace_id: str, more: dict[str, str]) -> None:
    assume(not any("\ud800" <= letter <= "\udfff" for letter in trace_id))
    with (
        patch.object(links, "current_scope", lambda: scope),
        patch.object(links, "default_scope", lambda: DEFAULT),
    ):
        href, to_list = links.trace_href(trace_id, **more), links.list_href(**more)
    for address, path, ours in ((href, "trace", {"trace": trace_id}), (to_list, "traces", {})):
        parts = urlsplit(address)
        said: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("", "", path, "")
        assert said == {**ours, **scope.to_query(DEFAULT), **more}
        assert Scope.from_query(said, DEFAULT, NOW, PROJECTS) == (scope, ())


@given(
    base=st.sampled_from(("https://app.example", "https://app.example/", "http://h:3000/x//")),
    trace_id=plain_text,
)
def test_a_link_to_agentops_keeps_its_host(base: str, trace_id: str) -> None:
    parts = urlsplit(links.app_href(base, trace_id))
    assert parts.netloc == urlsplit(base).netloc and parts.path.endswith("/sessions")
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == {"trace_id": trace_id}
