"""The alert rules and the access file: only their own problem is raised, and no secret stands in it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.access.rules import AccessProblem, AccessRules, load_access
from dashboard.access.viewer import ROLES
from dashboard.alerts import RulesProblem, load_rules
from dashboard.alerts.rules import COMPARISONS, FORMATS, METRICS, SEVERITIES, AlertRules
from tests.fuzz.odd_values import odd_text
from tests.fuzz.toml_text import Verbatim, odd_value, toml

SECRET = "T024BE7LD-xoxb-s3cr3t-0123456789"
HOOK = f"https://hooks.slack.example/services/{SECRET}"
ENVIRONMENT = {"HOOK_URL": HOOK, "HOOK_SECRET": SECRET, "EMPTY": "", "BAD_URL": f"ftp://{SECRET}"}
PROJECTS = ("prod", "test")
T = TypeVar("T")


@cache
def file() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-files-")) / "file.toml"


def loaded(text: str, load: Callable[[Path], T], problem: type[ValueError]) -> T | None:
    """What the file says, or None where it is refused as it must be."""
    file().write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return load(file())
    except ValueError as error:
        assert type(error) is problem, "only the declared error"
        said = f"{error} {error!r} {error.args}"
        assert str(file()) in said and "expected" in said and len(said) < 3_000
        assert SECRET not in said and SECRET[:16] not in said
        assert error.__cause__ is None
        return None


def rules_of(text: str) -> AlertRules | None:
    return loaded(text, lambda path: load_rules(path, ENVIRONMENT.get), RulesProblem)


def access_of(text: str) -> AccessRules | None:
    return loaded(text, lambda path: load_access(path, PROJECTS), AccessProblem)


durations = st.sampled_from(
    ("1m", "15m", "1h", "24h", "0s", "90s", "25h", "1d", "2d", "1.5h", "-1m", "999999d")
)
rule = st.fixed_dictionaries(
    {
        "name": st.one_of(st.sampled_from(("a", "b", "규칙", " a ")), odd_text),
        "metric": st.sampled_from(sorted(METRICS)),
    },
    optional={
        "comparison": st.sampled_from((*COMPARISONS, "==")),
        "threshold": st.one_of(st.floats(0, 2), odd_value),
        "window": durations,
        "for": durations,
        "clear_below": st.floats(0, 1),
        "clear_above": st.one_of(odd_value),
        "severity": st.sampled_from((*SEVERITIES, "Critical")),
        "min_traces": st.one_of(st.integers(0, 9), odd_value),
        "projects": st.one_of(st.just(["prod"]), odd_value),
    },
)
secret_value = st.sampled_from(
    (
        SECRET,
        HOOK,
        f"https://u:{SECRET}@h.example/x",
        f"{HOOK} ",
        f"https://h:99999/{SECRET}",
        [HOOK],
        {"url": SECRET},
    )
)
webhook = st.fixed_dictionaries(
    {"name": st.sampled_from(("h", "i"))},
    optional={
        "format": st.sampled_from((*FORMATS, "teams")),
        "url": st.one_of(st.just(HOOK), secret_value),
        "url_env": st.one_of(st.sampled_from((*ENVIRONMENT, "NONE", "1")), secret_value),
        "secret_env": st.one_of(st.sampled_from((*ENVIRONMENT, "NONE")), secret_value),
        "severities": st.one_of(st.just(["critical"]), odd_value),
    },
)
rules_files = st.fixed_dictionaries(
    {"rules": st.lists(rule, max_size=2)},
    optional={"webhooks": st.lists(webhook, max_size=2), "dashboard_url": odd_value, "surplus": odd_value},
)


@given(document=rules_files)
@example({"rules": [{"name": "a", "metric": "p95_s", "comparison": ">", "threshold": Verbatim("9" * 400)}]})
@example({"rules": [{"name": "a", "metric": "p95_s", "comparison": ">", "threshold": Verbatim("9" * 5_000)}]})
@example({"rules": [{"name": "a", "metric": "upstream_down"}], "webhooks": [{"name": "h", "url": SECRET}]})
def test_rules_are_read_or_refused_without_a_secret(document: dict[str, Any]) -> None:
    found = rules_of(toml(document))
    if found is None:
        return
    assert len(found.rules) == len(document["rules"]) > 0
    assert SECRET not in repr(found)
    for one in found.rules:
        assert 0 <= one.threshold <= 1e12 and timedelta() <= one.hold <= timedelta(days=1)
        assert (one.window > timedelta()) == one.metric.windowed
        assert one.breached(0.0) != one.breached(one.metric.highest), "a rule can fire, and be quiet"
        if one.clear is not None:
            assert not one.clears(one.threshold + 1 if one.upper else one.threshold - 1)
            assert not (one.clears(one.threshold) and one.breached(one.threshold))
    for hook in found.webhooks:
        assert SECRET not in hook.shown and hook.shown.startswith(("http://", "https://"))


@given(
    value=st.floats(0, 1e9),
    threshold=st.floats(0.001, 0.999),
    comparison=st.sampled_from(COMPARISONS),
    share=st.floats(0.01, 1),
)
def test_a_rule_that_clears_is_not_breached(
    value: float, threshold: float, comparison: str, share: float
) -> None:
    upper = comparison.startswith(">")
    clear = threshold * share if upper else threshold + share
    made = {"name": "a", "metric": "p95_s", "comparison": comparison, "threshold": threshold}
    found = rules_of(toml({"rules": [made | {"clear_below" if upper else "clear_above": clear}]}))
    assert found is not None and math.isclose(found.rules[0].threshold, threshold)
    one = found.rules[0]
    assert not (one.breached(value) and one.clears(value))


@given(text=odd_text)
@example("a = " + "[" * 5_000)
@example("a = " + "9" * 5_000)
@example(f'url = "{SECRET}')
@example(f'people = "{SECRET}"\n{SECRET}')
def test_any_text_is_refused_with_its_own_problem(text: str) -> None:
    assert rules_of(text) is None and access_of(text) is None


names = st.sampled_from(("alice@example.com", "*@example.com", "*", "Bob", "[a", "", " "))
good_names = st.lists(st.sampled_from(("alice@example.com", "*@example.com", "Bob", "ops")), min_size=1)
good_person = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES), "who": good_names},
    optional={"groups": good_names, "projects": st.just(["prod"])},
)
odd_person = st.fixed_dictionaries(
    {"role": st.one_of(st.sampled_from((*ROLES, "admin")), odd_value)},
    optional={
        "who": st.one_of(st.lists(names, max_size=2), odd_value),
        "groups": st.one_of(st.lists(names, max_size=2), odd_value),
        "projects": st.one_of(st.lists(st.sampled_from((*PROJECTS, "secret")), max_size=2), odd_value),
        "surplus": odd_value,
    },
)
people = st.one_of(
    st.fixed_dictionaries({"people": st.lists(good_person, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"people": st.lists(odd_person, min_size=1)}, optional={"surplus": odd_value}),
)


@given(
    document=people,
    name=st.sampled_from(("alice@example.com", "ALICE@example.com", "eve@evil.com", "bob", "")),
    groups=st.sets(names, max_size=2),
)
def test_who_is_let_in_is_named_in_the_file(document: dict[str, Any], name: str, groups: set[str]) -> None:
    found = access_of(toml(document))
    if found is None:
        return
    viewer = found.viewer(name, groups)
    fitting = [entry for entry in found.entries if entry.fits(name, groups)]
    assert (viewer is None) == (not fitting)
    if viewer is not None:
        assert (viewer.name, viewer.role, viewer.projects) == (name, fitting[0].role, fitting[0].projects)
        assert viewer.role in ROLES and (viewer.projects is None or len(viewer.projects & set(PROJECTS)) > 0)
        entry = document["people"][found.entries.index(fitting[0])]
        assert entry["role"] == viewer.role and ("who" in entry or "groups" in entry)
        # a group in common is needed unless a pattern fits
        if not fitting[0].groups & groups:
            assert any("*" in who or "[" in who or who == name.lower() for who in fitting[0].who)
