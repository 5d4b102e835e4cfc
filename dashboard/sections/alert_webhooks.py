"""How webhooks of alerts are doing, and the buttons that send them a test."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import suppress
from datetime import datetime

import streamlit as st

from .. import panels
from ..alerts.outbox import TEST_EVERY, Delivery, Message
from ..alerts.rules import Webhook
from ..alerts.view import View
from ..alerts.watch import Watch
from ..alerts.wording import SEVERITY_NAMES, cause_in_words
from ..panels import Cell, Column, Page
from .tables import Row

#: A reader who sends a test waits so long for its outcome.
TEST_WAIT_S, TEST_LOOK_S = 4.0, 0.1


def webhooks(watch: Watch, view: View, page: Page) -> None:
    """Draws how each webhook is doing, and buttons that send a test."""
    words = page.words
    panels.section(words("alerts.webhooks"), (words("alerts.webhooks_help"),))
    if not view.deliveries:
        panels.hint(words("alerts.no_webhooks"))
        return
    columns = [
        Column("webhook", words("alerts.webhook")),
        Column("address", words("alerts.address")),
        Column("wanted", words("alerts.wanted")),
        Column("delivery", words("alerts.delivery")),
        Column("success", words("alerts.last_success")),
        Column("waiting", words("alerts.waiting"), align="right"),
    ]
    table = st.empty()
    with st.container(horizontal=True):
        told = [_test(watch, hook, page) for hook, _ in view.deliveries] if page.is_operator else []
    deliveries = view.deliveries
    if any(told):
        with suppress(sqlite3.OperationalError):  # busy: the table shows what it knew
            deliveries = watch.look().deliveries
    with table:
        panels.table(
            columns,
            [_delivery(hook, state, page) for hook, state in deliveries],
            label=words("alerts.webhooks"),
        )
    for text in filter(None, told):
        panels.note(text)


def _delivery(hook: Webhook, state: Delivery, page: Page) -> Row:
    words, formats = page.words, page.formats
    told = Cell(f"○ {words('alerts.delivery_none')}")
    if state.cause and state.failure_at is not None:
        cause = cause_in_words(state.cause, words)
        when = formats.short_moment(state.failure_at, page.now)
        told = Cell(words("alerts.delivery_failed"), mood="bad", note=f"{when}: {cause}")
    elif state.success_at is not None:
        told = Cell(words("alerts.delivery_ok"), mood="good")
    dropped = words("alerts.dropped", n=state.dropped) if state.dropped else ""
    return {
        "webhook": hook.name,
        "address": hook.shown,
        "wanted": ", ".join(words(SEVERITY_NAMES[severity]) for severity in hook.severities),
        "delivery": told,
        "success": formats.short_moment(state.success_at, page.now) if state.success_at else "–",
        "waiting": Cell(formats.count(state.waiting), note=dropped),
    }


def _test(watch: Watch, hook: Webhook, page: Page) -> str:
    """The button of one webhook; what came of it when it was pressed just now, else ""."""
    words = page.words
    label = words("alerts.test", webhook=_unmarked(hook.name))
    if not st.button(label, key=f"alert_test_{hook.name}"):
        return ""
    try:
        sent = watch.test(hook.name)
        if isinstance(sent, datetime):
            left = TEST_EVERY - (watch.upstream.now() - sent)
            seconds = max(1, round(left.total_seconds()))
            return words("alerts.test_soon", webhook=hook.name, seconds=seconds)
        outcome = _outcome(watch, sent)
    except sqlite3.OperationalError:
        return words("alerts.busy")
    if outcome is None or outcome.state == "waiting":
        return words("alerts.test_waiting", webhook=hook.name)
    if outcome.state == "delivered":
        return words("alerts.test_taken", webhook=hook.name)
    return words("alerts.test_failed", webhook=hook.name, cause=cause_in_words(outcome.cause, words))


def _unmarked(text: str) -> str:
    """`text` in a button's label, which reads Markdown."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _outcome(watch: Watch, message: Message) -> Message | None:
    """How it went, as soon as that is known; waits a few seconds at most."""
    deadline = time.monotonic() + TEST_WAIT_S
    found = watch.tested(message)
    while found is not None and found.state == "waiting" and time.monotonic() < deadline:
        time.sleep(TEST_LOOK_S)
        found = watch.tested(message)
    return found
