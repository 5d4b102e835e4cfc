"""The rules file: what it says, what it must not say, and that its secrets stay there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.alerts import Rule, RulesProblem, Webhook, load_rules
from dashboard.alerts.rules import METRICS
from dashboard.alerts.shared import alert_rules
from dashboard.settings import dashboard_settings, variable

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"HOOK_SECRET": "s3cr3t-for-signing", "HOOK_URL": "https://hooks.slack.com/services/T1/B2/xyz"}
RULE = '[[rules]]\nname = "r"\nmetric = "error_rate"\ncomparison = ">"\nthreshold = 0.1\n'
HOOK = '[[webhooks]]\nname = "h"\nformat = "json"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "alerts.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_becomes_frozen_rules(tmp_path: Path) -> None:
    found = load_rules(
        written(
            tmp_path,
            """
            dashboard_url = "https://ops.example.com/agents/"
            [[rules]]
            name = "Errors"
            metric = "error_rate"
            comparison = ">="
            threshold = 0.1
            window = "30m"
            for = "5m"
            clear_below = 0.05
            severity = "critical"
            min_traces = 20
            [[rules]]
            name = "Down"
            metric = "upstream_down"
            for = "90s"
            [[rules]]
            name = "Silence"
            metric = "newest_trace_age_s"
            comparison = ">"
            threshold = 1800
            [[webhooks]]
            name = "ops"
            url_env = "HOOK_URL"
            format = "slack"
            severities = ["critical", "warning"]
            [[webhooks]]
            name = "pager"
            url = "http://pager.internal:8080/in?token=abc"
            format = "json"
            secret_env = "HOOK_SECRET"
            """,
        ),
        ENVIRONMENT.get,
    )
    assert found.dashboard_url == "https://ops.example.com/agents"
    assert found.rules == (
        Rule(
            name="Errors", metric=METRICS["error_rate"], comparison=">=", threshold=0.1,
            window=timedelta(minutes=30), hold=timedelta(minutes=5), clear=0.05, severity="critical",
            min_traces=20,
        ),
        Rule(
            name="Down", metric=METRICS["upstream_down"], comparison=">=", threshold=1.0,
            hold=timedelta(seconds=90),
        ),
        Rule(name="Silence", metric=METRICS["newest_trace_age_s"], comparison=">", threshold=1800.0),
    )  # fmt: skip
    assert found.webhooks == (
        Webhook(name="ops", url=ENVIRONMENT["HOOK_URL"], format="slack", severities=("warning", "critical")),
        Webhook(
            name="pager", url="http://pager.internal:8080/in?token=abc", format="json",
            secret="s3cr3t-for-signing",
        ),
    )  # fmt: skip
    assert [hook.shown for hook in found.webhooks] == [
        "https://hooks.slack.com",
        "http://pager.internal:8080",
    ]
    for secret in ("T1/B2", "abc", "s3cr3t"):
        assert secret not in repr(found)


def test_the_example_is_a_file_that_can_be_used() -> None:
    found = load_rules(ROOT / "docs" / "alerts.example.toml", lambda name: f"https://example.com/{name}")
    assert {rule.metric.name for rule in found.rules} == set(METRICS)
    assert {hook.format for hook in found.webhooks} == {"slack", "json"}
    guide = (ROOT / "docs" / "ALERTS.md").read_text("utf-8")
    assert (ROOT / "docs" / "alerts.example.toml").read_text("utf-8").strip() in guide
    for metric in METRICS:
        assert f"`{metric}`" in guide


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", "rules", "at least one table [[rules]]"),
        ("rule = 1\n" + RULE, "rule", "one of dashboard_url, rules, webhooks"),
        ("rules = 3\n", "rules", "tables that begin with [[rules]]"),
        (RULE + "treshold = 1\n", "rules[1].treshold", "one of clear_above"),
        (RULE.replace('"r"', '""'), "rules[1].name", "1 to 80 characters"),
        (RULE + RULE, "rules[2].name", "a name that no other table has"),
        (RULE.replace("error_rate", "errors"), 'rules[1] "r".metric', "one of error_rate, failed_traces"),
        (RULE.replace(">", "=>"), 'rules[1] "r".comparison', "one of >, >=, <, <="),
        (RULE.replace("0.1", "5"), 'rules[1] "r".threshold', "from 0 to 1 (0.05 is 5 %)"),
        (RULE.replace("0.1", "nan"), 'rules[1] "r".threshold', "from 0 to 1"),
        (RULE.replace("0.1", "true"), 'rules[1] "r".threshold', "from 0 to 1"),
        (RULE.replace("0.1", "1.0"), 'rules[1] "r".threshold', "not always or never"),
        (RULE.replace('">"', '">="').replace("0.1", "0"), 'rules[1] "r".threshold', "not always or never"),
        (RULE.replace('">"', '"<"').replace("0.1", "0"), 'rules[1] "r".threshold', "not always or never"),
        (RULE + 'window = "15"\n', 'rules[1] "r".window', 'such as "30s", "15m" or "1h"'),
        (RULE + 'window = "90s"\n', 'rules[1] "r".window', "whole minutes"),
        (RULE + 'window = "2d"\n', 'rules[1] "r".window', "from 1m to 24h"),
        (RULE + 'for = "-5m"\n', 'rules[1] "r".for', "from 0s to 24h"),
        (RULE + "clear_below = 0.2\n", 'rules[1] "r".clear_below', "at most the threshold 0.1"),
        (RULE + "clear_below = 0\n", 'rules[1] "r".clear_below', "above 0"),
        (RULE + "clear_above = 0.05\n", 'rules[1] "r".clear_above', "clear_below (the rule fires above"),
        (
            RULE.replace('">"', '"<"') + "clear_above = 0.05\n",
            'rules[1] "r".clear_above',
            "the threshold 0.1 or more",
        ),
        (RULE + 'severity = "page"\n', 'rules[1] "r".severity', "one of info, warning, critical"),
        (
            RULE.replace("error_rate", "failed_traces") + "min_traces = 5\n",
            'rules[1] "r".min_traces',
            "but for error_rate",
        ),
        (
            RULE.replace("error_rate", "newest_trace_age_s") + 'window = "5m"\n',
            'rules[1] "r".window',
            "no window",
        ),
        (
            '[[rules]]\nname = "d"\nmetric = "upstream_down"\nthreshold = 1\n',
            'rules[1] "d".threshold',
            "one of for, metric, name, projects, severity",
        ),
        (
            "".join(RULE.replace('"r"', f'"{n}"') + f'window = "{n}m"\n' for n in range(1, 6)),
            "rules",
            "at most 4 different windows",
        ),
        (RULE + HOOK, 'webhooks[1] "h".url', "either url or url_env"),
        (RULE + HOOK + 'url = "ftp://x.example/T0K"\n', 'webhooks[1] "h".url', "http or https"),
        (
            RULE + HOOK + 'url = "https://me:T0K@x.example/"\n',
            'webhooks[1] "h".url',
            "without user and password",
        ),
        (RULE + HOOK + 'url = "https://x.example:99999/T0K"\n', 'webhooks[1] "h".url', "an address"),
        (RULE + HOOK + 'url = "https://x.example/a b"\n', 'webhooks[1] "h".url', "an address"),
        (RULE + HOOK + 'url_env = "https://x.example/T0K"\n', 'webhooks[1] "h".url_env', "the name of"),
        (RULE + HOOK + 'url_env = "NOT_SET"\n', 'webhooks[1] "h".url_env', "that is set"),
        (
            RULE + HOOK + 'url = "https://x.example/T0K"\nsecret_env = "T0K-itself"\n',
            'webhooks[1] "h".secret_env',
            "the name of",
        ),
        (
            RULE + HOOK.replace("json", "teams") + 'url = "https://x.example/T0K"\n',
            'webhooks[1] "h".format',
            "one of slack, json",
        ),
        (
            RULE + HOOK + 'url = "https://x.example/T0K"\nseverities = []\n',
            'webhooks[1] "h".severities',
            "a list of one or more",
        ),
        (RULE + 'token = "T0K', "", "TOML (at end of document)"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, place: str, expected: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RulesProblem) as refused:
        load_rules(path, ENVIRONMENT.get)
    assert refused.value.place == place
    assert expected in refused.value.expected
    words = str(refused.value)
    assert words.startswith(f"The alert rules in {path} cannot be used")
    assert "Correct the file (docs/ALERTS.md), or remove DASHBOARD_ALERTS, and start again." in words
    assert "T0K" not in words


def test_the_value_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulesProblem, match=r"threshold, which is 5: a number from 0 to 1"):
        load_rules(written(tmp_path, RULE.replace("0.1", "5")), ENVIRONMENT.get)
    with pytest.raises(
        RulesProblem, match=r"a file that can be read \(No such file or directory\) is expected"
    ):
        load_rules(tmp_path / "missing.toml", ENVIRONMENT.get)


def test_variables_are_looked_up_in_the_environment_then_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("HOOK_SECRET=from-the-file\nHOOK_OTHER=other\nHOOK_EMPTY=\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK_SECRET", "from-the-environment")
    found = [variable(name) for name in ("HOOK_SECRET", "HOOK_OTHER", "HOOK_EMPTY", "HOOK_NONE")]
    assert found == ["from-the-environment", "other", None, None]


def test_a_threshold_without_end_is_refused(tmp_path: Path) -> None:
    text = RULE.replace("0.1", "9" * 400)
    with pytest.raises(RulesProblem, match="a number from 0 to 1"):
        load_rules(written(tmp_path, text), ENVIRONMENT.get)


def test_the_settings_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alert_rules().rules == ()
    monkeypatch.setenv("DASHBOARD_ALERTS", str(written(tmp_path, RULE)))
    dashboard_settings.cache_clear()
    assert [rule.name for rule in alert_rules().rules] == ["r"]
    monkeypatch.setenv("DASHBOARD_ALERTS", str(tmp_path / "none.toml"))
    dashboard_settings.cache_clear()
    with pytest.raises(RulesProblem, match="a file that can be read"):
        alert_rules()
