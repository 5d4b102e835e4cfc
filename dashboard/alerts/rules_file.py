"""The rules file of ``DASHBOARD_ALERTS``, read and checked; ``docs/ALERTS.md`` describes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeGuard, TypeVar
from urllib.parse import urlsplit

import httpx

from dashboard.toml_file import UnreadableFile, read_toml

from .rules import (
    COMPARISONS,
    FORMATS,
    METRICS,
    SEVERITIES,
    AlertRules,
    Comparison,
    Metric,
    Rule,
    RulesProblem,
    Severity,
    Webhook,
)

T = TypeVar("T", bound=str)

MOST_RULES, MOST_WEBHOOKS = 50, 10
#: Each window is a question or two to AgentOps a minute.
MOST_WINDOWS = 4
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def load_rules(path: Path, environment: Callable[[str], str | None]) -> AlertRules:
    """Reads the file; `environment` gives the value of a variable that it names.

    Raises:
        RulesProblem: the first thing that is wrong.
    """
    try:
        wire = read_toml(path)
    except UnreadableFile as problem:
        raise RulesProblem(path, "", str(problem)) from None
    top = _Table(path, "", wire, {"dashboard_url", "rules", "webhooks"})
    dashboard_url = top.text("dashboard_url", "") if "dashboard_url" in wire else ""
    if dashboard_url:
        _check_address(top, "dashboard_url", dashboard_url)
    rules = tuple(_rule(table) for table in _tables(path, wire, "rules", _RULE_KEYS, MOST_RULES))
    webhooks = tuple(
        _webhook(table, environment)
        for table in _tables(path, wire, "webhooks", _WEBHOOK_KEYS, MOST_WEBHOOKS)
    )
    if not rules:
        raise RulesProblem(path, "rules", "at least one table [[rules]]")
    windows = {rule.window for rule in rules if rule.window}
    if len(windows) > MOST_WINDOWS:
        found = ", ".join(sorted(f"{window // MINUTE}m" for window in windows))
        raise RulesProblem(path, "rules", f"at most {MOST_WINDOWS} different windows in all", found)
    return AlertRules(rules, webhooks, dashboard_url.rstrip("/"))


_RULE_KEYS = {
    "name", "metric", "comparison", "threshold", "window", "for", "clear_below", "clear_above", "severity",
    "min_traces", "projects",
}  # fmt: skip
_WEBHOOK_KEYS = {"name", "url", "url_env", "format", "secret_env", "severities"}


def _rule(table: _Table) -> Rule:
    name = table.name()
    metric = METRICS[table.choice("metric", tuple(METRICS))]
    severity = table.choice("severity", SEVERITIES, "warning")
    hold = table.duration("for", timedelta(), timedelta(), DAY)
    projects = table.names("projects")
    if metric.unit == "flag":
        table.only({"name", "metric", "for", "severity", "projects"}, f"of {metric.name} only")
        return Rule(
            name=name, metric=metric, comparison=">=", threshold=1.0, hold=hold, severity=severity,
            projects=projects,
        )  # fmt: skip
    comparison = table.choice("comparison", COMPARISONS)
    threshold = table.number("threshold", metric)
    window = timedelta()
    if metric.windowed:
        window = table.duration("window", 15 * MINUTE, MINUTE, DAY)
        if window % MINUTE:
            table.refuse("window", "whole minutes, such as 15m")
    elif "window" in table:
        table.refuse("window", f"no window ({metric.name} is of the present)")
    least = table.whole("min_traces", 1, 1_000_000)
    if "min_traces" in table and metric.name != "error_rate":
        table.refuse("min_traces", "no such key but for error_rate")
    rule = Rule(
        name=name, metric=metric, comparison=comparison, threshold=threshold, window=window, hold=hold,
        clear=_clear(table, metric, comparison, threshold), severity=severity, min_traces=least,
        projects=projects,
    )  # fmt: skip
    lowest, highest = rule.breached(0.0), rule.breached(metric.highest)
    if lowest == highest:
        table.refuse(
            "threshold",
            f"a value on which {metric.name} {comparison} … is sometimes true, not always or never",
        )
    return rule


def _clear(table: _Table, metric: Metric, comparison: Comparison, threshold: float) -> float | None:
    upper = comparison in (">", ">=")
    key, other = ("clear_below", "clear_above") if upper else ("clear_above", "clear_below")
    if other in table:
        table.refuse(other, f"{key} (the rule fires {'above' if upper else 'below'} its threshold)")
    if key not in table:
        return None
    clear = table.number(key, metric)
    good = 0 < clear <= threshold if upper else threshold <= clear < metric.highest
    if not good:
        side = (
            f"above 0 and at most the threshold {threshold:g}"
            if upper
            else f"the threshold {threshold:g} or more"
        )
        table.refuse(key, f"a value on the good side, {side},")
    return clear


def _webhook(table: _Table, environment: Callable[[str], str | None]) -> Webhook:
    name = table.name()
    if ("url" in table) == ("url_env" in table):
        table.refuse(
            "url", "either url or url_env (the name of an environment variable that holds it)", secret=True
        )
    if "url" in table:
        url = table.text("url", "an address", secret=True)
        _check_address(table, "url", url, secret=True)
    else:
        url = _from(table, "url_env", environment)
        _check_address(table, "url_env", url, secret=True)
    return Webhook(
        name=name,
        url=url,
        format=table.choice("format", FORMATS),
        secret=_from(table, "secret_env", environment) if "secret_env" in table else None,
        severities=table.several("severities", SEVERITIES),
    )


def _from(table: _Table, key: str, environment: Callable[[str], str | None]) -> str:
    """The value of the environment variable that `key` names."""
    expected = "the name of an environment variable such as ALERTS_SECRET, set here or in .env,"
    variable = table.text(key, expected, secret=True)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", variable):
        table.refuse(key, expected, secret=True)  # perhaps the secret itself
    value = environment(variable)
    if not value:
        table.refuse(key, "the name of an environment variable that is set, here or in .env,")
    return value


def _check_address(table: _Table, key: str, address: str, *, secret: bool = False) -> None:
    expected = "an address such as https://hooks.example.com/…, http or https, without user and password,"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and parts.username is None and parts.password is None and bool(httpx.URL(address).host)
    except (ValueError, httpx.InvalidURL):
        good = False
    if not good or re.search(r"[\x00-\x20\x7f<>|\"\\]", address) or not address.isascii():
        table.refuse(key, expected, secret=secret)


class _Table:
    """One table of the file, whose values are read and checked by key."""

    def __init__(self, path: Path, place: str, values: dict[str, Any], keys: set[str]) -> None:
        self._path, self._place, self._values = path, place, values
        self.only(keys, "")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def refuse(self, key: str, expected: str, *, secret: bool = False) -> NoReturn:
        value = None if secret else self._values.get(key)
        place = f"{self._place}.{key}" if self._place else key
        raise RulesProblem(self._path, place, expected, value)

    def only(self, keys: set[str], whose: str) -> None:
        for key in self._values:
            if key not in keys:
                named = f"one of {', '.join(sorted(keys))}{' ' + whose if whose else ''}"
                self.refuse(key[:60], named, secret=True)

    def name(self) -> str:
        expected = "a name of 1 to 80 characters in one line"
        name = self.text("name", expected).strip()
        if not 0 < len(name) <= 80 or not name.isprintable():
            self.refuse("name", expected)
        self._place += f' "{name}"'
        return name

    def text(self, key: str, expected: str, *, secret: bool = False) -> str:
        value = self._values.get(key)
        if not isinstance(value, str):
            self.refuse(key, expected or "a text", secret=secret)
        return value

    def choice(self, key: str, choices: tuple[T, ...], default: T | None = None) -> T:
        value = self._values.get(key, default)
        found = next((choice for choice in choices if value == choice), None)
        if found is None:
            self.refuse(key, f"one of {', '.join(choices)}")
        return found

    def several(self, key: str, choices: tuple[Severity, ...]) -> tuple[Severity, ...]:
        values = self._values.get(key, list(choices))
        if not isinstance(values, list) or not values or any(value not in choices for value in values):
            self.refuse(key, f"a list of one or more of {', '.join(choices)}")
        return tuple(choice for choice in choices if choice in values)

    def names(self, key: str) -> tuple[str, ...]:
        """Names in a list; none where the key is left out."""
        values = self._values.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not values or any(not isinstance(v, str) for v in values):
            self.refuse(key, "a list of one or more names")
        return tuple(values)

    def number(self, key: str, metric: Metric) -> float:
        value = self._values.get(key)
        if not _is_number(value) or not 0 <= value <= min(metric.highest, 1e12):
            bound = "from 0 to 1 (0.05 is 5 %)" if metric.highest == 1.0 else "of 0 or more"
            self.refuse(key, f"a number {bound}")
        return float(value)

    def whole(self, key: str, default: int, most: int) -> int:
        value = self._values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            self.refuse(key, "a whole number of 1 or more")
        return value

    def duration(self, key: str, default: timedelta, least: timedelta, most: timedelta) -> timedelta:
        if key not in self._values:
            return default
        value = self._values[key]
        match = re.fullmatch(r"([0-9]{1,6})([smhd])", value) if isinstance(value, str) else None
        size = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
        found = timedelta(seconds=int(match[1]) * size[match[2]]) if match else None
        if found is None or not least <= found <= most:
            self.refuse(key, f'a time such as "30s", "15m" or "1h", from {_brief(least)} to {_brief(most)},')
        return found


def _tables(path: Path, wire: dict[str, Any], key: str, keys: set[str], most: int) -> list[_Table]:
    tables = wire.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RulesProblem(path, key, f"tables that begin with [[{key}]]")
    if len(tables) > most:
        raise RulesProblem(path, key, f"at most {most} tables", len(tables))
    names = [str(table.get("name", "")).strip() for table in tables]
    for n, name in enumerate(names):
        if name and name in names[:n]:
            raise RulesProblem(path, f"{key}[{n + 1}].name", "a name that no other table has", name)
    return [_Table(path, f"{key}[{n}]", table, keys) for n, table in enumerate(tables, 1)]


def _is_number(value: Any) -> TypeGuard[int | float]:
    # TOML's whole numbers have no end: one that is no float overflows wherever it is used
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _brief(span: timedelta) -> str:
    minutes = int(span / MINUTE)
    return "0s" if not minutes else "24h" if span == DAY else f"{minutes}m"
