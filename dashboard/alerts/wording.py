"""Values, conditions and causes of alerts in words, for pages and messages alike."""

from __future__ import annotations

from dashboard.text import Formats, Words

from .rules import METRICS, Metric, Rule

_SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}

METRIC_NAMES = {
    "error_rate": "alerts.metric_error_rate",
    "failed_traces": "alerts.metric_failed_traces",
    "p95_s": "alerts.metric_p95",
    "traces_per_minute": "alerts.metric_traces_per_minute",
    "cost_per_hour_usd": "alerts.metric_cost_per_hour",
    "tokens_per_minute": "alerts.metric_tokens_per_minute",
    "newest_trace_age_s": "alerts.metric_newest_trace_age",
    "upstream_down": "alerts.metric_upstream_down",
}
SEVERITY_NAMES = {
    "info": "alerts.severity_info",
    "warning": "alerts.severity_warning",
    "critical": "alerts.severity_critical",
}
_CAUSES = {
    "timeout": "alerts.cause_timeout",
    "tls": "alerts.cause_tls",
    "unreachable": "alerts.cause_unreachable",
    "broken": "alerts.cause_broken",
}


def metric_in_words(metric: str, words: Words) -> str:
    """The metric's name; one that a later version knew stands as it was."""
    return words(METRIC_NAMES[metric]) if metric in METRIC_NAMES else metric


def value_in_words(metric: str, value: float | None, words: Words, formats: Formats) -> str:
    """The value with its unit; – for unknown."""
    known = METRICS.get(metric)
    if value is None or known is None:
        return "–" if value is None else _number(value, formats)
    return _with_unit(known, value, words, formats)


def condition_in_words(rule: Rule, words: Words, formats: Formats) -> str:
    """When the rule is breached: ``> 5.0 %``."""
    if rule.metric.unit == "flag":
        return words("alerts.flag_down")
    return f"{_SIGNS[rule.comparison]} {_with_unit(rule.metric, rule.threshold, words, formats)}"


def cause_in_words(cause: str, words: Words) -> str:
    """Why a webhook did not take a message."""
    kind, _, status = cause.partition(":")
    if kind == "status":
        return words("alerts.cause_status", status=status)
    if kind == "redirect":
        return words("alerts.cause_redirect", status=status)
    return words(_CAUSES.get(kind, "alerts.cause_broken"))


def _with_unit(metric: Metric, value: float, words: Words, formats: Formats) -> str:
    if metric.unit == "share":
        return formats.percent(value)
    if metric.unit == "s":
        return formats.duration(value)
    if metric.unit == "usd_per_hour":
        return words("alerts.per_hour", usd=formats.usd(value))
    if metric.unit == "per_minute":
        return words("alerts.per_minute", n=_number(value, formats))
    if metric.unit == "flag":
        return words("alerts.flag_down" if value else "alerts.flag_up")
    return _number(value, formats)


def _number(value: float, formats: Formats) -> str:
    if value >= 100 or value == round(value):
        return formats.compact(value)
    return f"{value:.2f}".rstrip("0").rstrip(".")
