"""Filters and the address, and presets."""

from __future__ import annotations

import json
import random

import pytest

from dashboard import filters, presets
from dashboard.filters import PARAMETERS, SORTS, TEXT_MAX, VALUES_MAX, Filters
from dashboard.presets import NAME_MAX, PRESETS_MAX, Preset
from dashboard.scope import PARAMETERS as SCOPE_PARAMETERS
from dashboard.scope import Problem
from tests.dashboard.listed_traces import asked


def read(**query: str) -> Filters:
    found, problems = Filters.from_query(query)
    assert problems == ()
    return found


def refused(**query: str) -> str:
    """The one parameter that cannot be used; nothing is filtered for it."""
    found, (problem,) = Filters.from_query(query)
    assert found == Filters()
    assert problem.expected
    return problem.parameter


def test_a_bare_address_filters_nothing_and_shows_the_newest_first() -> None:
    plain = read()
    assert plain == Filters()
    assert plain.is_default
    assert plain.to_query() == {}
    assert (plain.sort, plain.descending, plain.size, plain.page) == ("started_at", True, 20, 1)


def test_every_parameter_is_understood_and_written_again() -> None:
    query = {
        "status": "success,failed", "kind": "llm", "model": "claude,gpt-4o", "agent": "-", "tag": "a\\,b",
        "service": "\\-,api", "cost_min": "0.05", "cost_max": "2", "duration_min": "1.5",
        "duration_max": "60", "errors": "1", "text": "100%_", "sort": "cost_usd", "size": "50", "page": "3",
    }  # fmt: skip
    assert set(query) == set(PARAMETERS)
    wanted = Filters(
        statuses=frozenset({"failed", "success"}),
        kind="llm",
        models=frozenset({"gpt-4o", "claude"}),
        agents=frozenset({""}),
        tags=frozenset({"a,b"}),
        services=frozenset({"-", "api"}),
        cost_min_usd=0.05,
        cost_max_usd=2.0,
        duration_min_s=1.5,
        duration_max_s=60.0,
        has_errors=True,
        text="100%_",
        sort="cost_usd",
        descending=False,
        size=50,
        page=3,
    )
    assert read(**query) == wanted
    assert wanted.to_query() == query


def test_no_parameter_is_the_scope_s() -> None:
    assert not set(PARAMETERS) & set(SCOPE_PARAMETERS)


@pytest.mark.parametrize(
    "values",
    [
        {""},
        {"-"},
        {"", "-", "--"},
        {"a,b", "a", "b"},
        {"\\"},
        {"\\,", ",", ",,"},
        {"a\nb", "한글", "😀 %&=?#"},
    ],
)
def test_any_value_survives_the_address(values: set[str]) -> None:
    query = Filters(tags=frozenset(values)).to_query()
    assert read(**query).tags == values


def test_whatever_is_put_together_survives_the_address() -> None:
    chance = random.Random(1)
    for _ in range(300):
        some = asked(chance)
        assert read(**some.to_query()) == some


@pytest.mark.parametrize("usd", [0.0, 1e-7, 1e-12, 0.1 + 0.2, 123456.789, 1e11])
def test_bounds_are_written_without_exponent_and_read_back_as_they_were(usd: float) -> None:
    query = Filters(cost_min_usd=usd).to_query()
    assert "e" not in query["cost_min"]
    assert read(**query).cost_min_usd == usd


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "success,broken"), ("kind", "tool"), ("errors", "yes"), ("sort", "1; DROP TABLE traces"),
        ("sort", "--cost_usd"), ("size", "1000"), ("page", "0"), ("page", "-1"), ("page", "١"),
        ("page", "1" * 10), ("cost_min", "nan"), ("cost_min", "-1"), ("cost_max", "inf"), ("cost_max", "1e3"),
        ("duration_min", "١"), ("duration_max", "9" * 13), ("text", "x" * (TEXT_MAX + 1)), ("text", "\ud800"),
        ("model", ","),
        ("tag", "x" * (TEXT_MAX + 1)), ("agent", ",".join(f"a{i}" for i in range(VALUES_MAX + 1))),
        ("service", "\udfff"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_and_replaced(name: str, value: str) -> None:
    assert refused(**{name: value}) == name


def test_a_problem_leaves_the_other_parameters_alone() -> None:
    found, problems = Filters.from_query({"kind": "llm", "page": "x", "range": "7d"})
    assert found == Filters(kind="llm")
    assert problems == (Problem("page", "x", "1, 2, 3, …"),)


def test_bounds_in_the_wrong_order_are_one_problem() -> None:
    assert refused(cost_min="2", cost_max="1") == "cost_min … cost_max"
    assert refused(duration_min="2.5", duration_max="2") == "duration_min … duration_max"
    assert read(cost_min="2", cost_max="2").cost_max_usd == 2.0


def test_filters_are_taken_away_one_by_one() -> None:
    narrow = Filters(cost_min_usd=1, cost_max_usd=2, text=" gpt ", sort="errors", size=100, page=7)
    assert narrow.text == "gpt"
    assert narrow.active == ("cost", "text")
    assert narrow.without("cost") == Filters(text="gpt", sort="errors", size=100)
    assert narrow.without("cost").without("text").is_default
    everything = Filters(
        statuses=frozenset({"failed"}), kind="llm", models=frozenset("m"), agents=frozenset("a"),
        tags=frozenset("t"), services=frozenset("s"), cost_min_usd=0, duration_max_s=1,
        has_errors=True, text="x",
    )  # fmt: skip
    assert len(everything.active) == 10
    for name in everything.active:
        assert name not in everything.without(name).active
        assert len(everything.without(name).active) == 9


def test_other_filters_begin_at_the_first_page() -> None:
    assert Filters(page=4).changed(kind="agent") == Filters(kind="agent")
    assert Filters(page=4).changed(page=5).page == 5


def test_order_is_one_of_the_columns() -> None:
    assert [read(sort=name).sort for name in SORTS] == list(SORTS)
    assert read(sort="-name").descending
    assert not read(sort="name").descending
    assert filters.Filters(sort="started_at", descending=False).to_query() == {"sort": "started_at"}


def test_presets_survive_their_text() -> None:
    kept = presets.saved((), " Failed ", Filters(statuses=frozenset({"failed"}), size=50, page=3))
    kept = presets.saved(kept, "비싼 것", Filters(cost_min_usd=0.5, sort="cost_usd"))
    assert kept[0] == Preset("Failed", Filters(statuses=frozenset({"failed"}), size=50))
    assert presets.from_json(presets.to_json(kept)) == (kept, ())
    assert presets.from_json("") == ((), ())


def test_a_preset_is_replaced_and_removed_by_its_name() -> None:
    kept = presets.saved(presets.saved((), "a", Filters()), "b", Filters())
    again = presets.saved(kept, "a", Filters(kind="llm"))
    assert [(p.name, p.filters.kind) for p in again] == [("a", "llm"), ("b", "all")]
    assert [p.name for p in presets.removed(again, "a")] == ["b"]


def test_presets_are_bounded() -> None:
    full = tuple(Preset(f"p{i}", Filters()) for i in range(PRESETS_MAX))
    with pytest.raises(ValueError, match="50"):
        presets.saved(full, "one more", Filters())
    assert len(presets.saved(full, "p0", Filters(kind="llm"))) == PRESETS_MAX
    for name in ("", "  ", "x" * (NAME_MAX + 1)):
        with pytest.raises(ValueError, match="60"):
            presets.saved((), name, Filters())


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "3", '{"name": "a"}', "null"])
def test_a_text_that_is_none_of_ours_gives_a_problem(text: str) -> None:
    found, problems = presets.from_json(text)
    assert found == ()
    assert [problem.parameter for problem in problems] == ["presets"]


def test_a_preset_that_would_show_more_than_it_says_is_left_out() -> None:
    entries = [
        {"name": "good", "query": {"kind": "agent"}},
        {"name": "bad", "query": {"kind": "agent", "cost_min": "x"}},
        {"name": "", "query": {}},
        {"name": "no query"},
        {"name": "numbers", "query": {"page": 3}},
        7,
    ]
    found, problems = presets.from_json(json.dumps(entries))
    assert [preset.name for preset in found] == ["good"]
    assert [p.parameter for p in problems] == ["cost_min", *["presets"] * 4]
