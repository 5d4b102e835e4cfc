"""The access file: who is let in, as what, and what is wrong with a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.access import AccessProblem, Viewer, load_access

FILE = """
[[people]]
who = ["Alice@Example.com", "*@ops.example.com"]
role = "operator"

[[people]]
groups = ["finance"]
role = "viewer"
projects = ["Billing"]

[[people]]
who = ["*@example.com"]
role = "viewer"
"""


def load(tmp_path: Path, text: str, projects: tuple[str, ...] = ("Support", "Billing")) -> object:
    path = tmp_path / "access.toml"
    path.write_text(text, "utf-8")
    return load_access(path, projects)


def test_the_first_entry_that_fits_counts(tmp_path: Path) -> None:
    path = tmp_path / "access.toml"
    path.write_text(FILE, "utf-8")
    rules = load_access(path, ("Support", "Billing"))
    assert rules.viewer("alice@example.COM", ()) == Viewer("alice@example.COM", "operator")
    assert rules.viewer("bob@ops.example.com", ("finance",)) == Viewer("bob@ops.example.com", "operator")
    billing = frozenset({"Billing"})
    assert rules.viewer("carol@example.com", ("finance", "x")) == Viewer(
        "carol@example.com", "viewer", billing
    )
    assert rules.viewer("carol@example.com", ("Finance",)) == Viewer("carol@example.com", "viewer")
    assert rules.viewer("mallory@example.org", ()) is None
    assert rules.viewer("alice@example.com.evil.org", ()) is None
    assert rules.viewer("", ()) is None


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", "", "tables [[people]]"),
        ("people = 1", "", "tables [[people]]"),
        ("[[people]]\nwho = ['a']\nrole = 'viewer'\n[other]\n", "", "tables [[people]]"),
        ("[[people]]\nwho = ['a']\n", "people[1].role", "viewer or operator"),
        ("[[people]]\nwho = ['a']\nrole = 'admin'\n", "people[1].role", "viewer or operator"),
        ("[[people]]\nrole = 'viewer'\n", "people[1]", "who, groups or both"),
        ("[[people]]\nwho = 'a'\nrole = 'viewer'\n", "people[1].who", "a list of texts"),
        ("[[people]]\nwho = ['']\nrole = 'viewer'\n", "people[1].who", "a list of texts"),
        (
            "[[people]]\nwho = ['a']\nrole = 'viewer'\nprojects = []\n",
            "people[1].projects",
            "Support, Billing",
        ),
        ("[[people]]\nwho = ['a']\nrole = 'viewer'\nprojects = ['X']\n", "people[1].projects", "Support"),
        ("[[people]]\nwho = ['a']\nrole = 'viewer'\nadmin = true\n", "people[1]", "nothing but groups"),
        ("[[people", "", "TOML (at "),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, place: str, expected: str) -> None:
    with pytest.raises(AccessProblem) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert "access.toml" in said
    assert place in said
    assert expected in said


def test_a_file_that_is_not_there_and_projects_that_are_not_configured(tmp_path: Path) -> None:
    with pytest.raises(AccessProblem, match="No such file"):
        load_access(tmp_path / "none.toml", ())
    with pytest.raises(AccessProblem, match="AGENTOPS_PROJECTS is not set"):
        load(tmp_path, FILE, ("",))
