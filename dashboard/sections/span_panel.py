"""One span in words: what it did, its messages, input and output, errors, events, attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from agentops_client import Span

from .. import panels
from ..conversation import Message, Part, conversation, failures, flat, happenings, inputs_outputs, links
from ..links import trace_href
from ..panels import Page
from ..panels.reading_matter import Entry, Folding, Piece, entries, pairs
from ..text import isolated
from .tables import error_said, number, usd

#: Attributes shown before the filter must narrow them.
SHOWN = 400
_ROLES = ("user", "assistant", "system", "tool")


def span_panel(span: Span, row: dict[str, Any], below: Sequence[Span], page: Page) -> None:
    """Draws all that is known of one span; `row` is its row of the tidy frame, `below` are its children."""
    words = page.words
    panels.section(row["name"] or row["span_id"], note=_does(row, page))
    _facts(row, page)
    found = _contents(span, below, page) if page.shows_content else _withheld(row, page)
    if found:
        entries(found, folding=folding(page), label=words("trace.messages"))
    elif page.shows_content:
        panels.hint(words("trace.no_content"))
    else:
        panels.hint(words("access.withheld"))
    _happenings(span, page)
    for title, attributes, key in (
        ("attributes", span.span_attributes, "span"),
        ("resource", span.resource_attributes, "resource"),
    ):
        _attributes(words(f"trace.{title}"), flat(attributes), f"{key}_{row['span_id']}", page)


def folding(page: Page) -> Folding:
    return Folding(show_all=page.words("trace.show_all"), cut=page.words("trace.cut"))


def _does(row: dict[str, Any], page: Page) -> str:
    """What the span did, in a sentence."""
    values = {key: row[key] for key in ("model", "provider", "tool", "agent", "name")}
    subject = {"llm": "model", "tool": "tool", "agent": "agent"}.get(row["kind"])
    if subject and values[subject]:
        if subject == "model" and not values["provider"]:
            return page.words("trace.does_llm_somewhere", **values)
        return page.words(f"trace.does_{row['kind']}", **values)
    return page.words("trace.does_other", name=page.words(f"waterfall.kind_{row['kind']}"))


def _facts(row: dict[str, Any], page: Page) -> None:
    words, formats = page.words, page.formats
    tokens = number(page, row["total_tokens"])
    details = [
        words(f"trace.{key}", n=formats.compact(row[column]))
        for key, column in (("cached", "cache_read_tokens"), ("reasoned", "reasoning_tokens"))
        if row[column]
    ]
    cost = usd(page, _cost(row))
    facts = [
        (words("trace.span_kind"), words(f"waterfall.kind_{row['kind']}")),
        (words("trace.span_status"), row["status"]),
        (words("trace.duration"), formats.duration(row["duration_s"])),
        (words("trace.span_self"), formats.duration(row["self_s"])),
        (words("trace.span_model"), row["model"]),
        (words("trace.span_tokens"), ", ".join([_split(row, page) or tokens.text, *details])),
        (words("trace.span_cost"), f"{cost.text} ({words('trace.source_' + row['cost_source'])})"),
        (words("trace.span_id"), row["span_id"]),
    ]
    pairs([fact for fact in facts if fact[1]], folding=folding(page), label=row["name"])


def _cost(row: dict[str, Any]) -> float | None:
    known = [row[name] for name in ("reported_usd", "estimated_usd") if row[name] is not None]
    return float(sum(known)) if known else None


def _split(row: dict[str, Any], page: Page) -> str:
    if row["prompt_tokens"] is None and row["completion_tokens"] is None:
        return ""
    return page.words(
        "cost.kpi.tokens.note",
        prompt=page.formats.count(row["prompt_tokens"]),
        completion=page.formats.count(row["completion_tokens"]),
    )  # fmt: skip


def _withheld(row: dict[str, Any], page: Page) -> list[Entry]:
    """What a reader who may see no texts is told of a failure: its type."""
    if not row["error_type"]:
        return []
    return [Entry(error_said(row["error_type"], row["error_group"], page), (), "error")]


def _contents(span: Span, below: Sequence[Span], page: Page) -> list[Entry]:
    words = page.words
    found = [
        Entry(
            ": ".join(isolated(part) for part in (failure.type, failure.message) if part)
            or words("trace.failure"),
            (Piece(failure.stacktrace, words("trace.stacktrace"), mono=True),) if failure.stacktrace else (),
            "error",
        )
        for failure in failures(span)
    ]
    if not found and span.status == "ERROR":
        found.append(Entry(words("trace.failure_untold"), (), "error"))
    told = conversation(span, below)
    for side, messages in (("prompt", told.prompt), ("completion", told.completion)):
        found += [_message(message, words(f"trace.{side}"), page) for message in messages]
    if not (told.prompt or told.completion):
        for name, text in zip(("input", "output"), inputs_outputs(span), strict=True):
            if text:
                found.append(Entry(words(f"trace.{name}"), (Piece(text, mono=True),), name))
    return found


def _message(message: Message, side: str, page: Page) -> Entry:
    words = page.words
    role = words(f"trace.role_{message.role if message.role in _ROLES else 'none'}")
    if message.role and message.role not in _ROLES:
        role = isolated(message.role)
    heading = f"{side} · {role}" + (f" · {isolated(message.finish)}" if message.finish else "")
    return Entry(heading, tuple(_piece(part, page) for part in message.parts), message.role)


def _piece(part: Part, page: Page) -> Piece:
    words = page.words
    name = part.name or words("trace.nameless")
    labels = {
        "text": "", "reasoning": words("trace.reasoning"), "tool_call": words("trace.tool_call", name=name),
        "tool_result": words("trace.tool_result", name=name), "image": words("trace.image"),
        "data": words("trace.data"),
    }  # fmt: skip
    return Piece(part.text, labels[part.kind], mono=part.is_json or part.kind in ("tool_call", "data"))


def _happenings(span: Span, page: Page) -> None:
    words, formats = page.words, page.formats
    told = [
        (isolated(event.name) + (f" · {formats.clock(event.at, seconds=True)}" if event.at else ""),
         "\n".join(f"{isolated(name)} = {value}" for name, value in event.attributes))
        for event in happenings(span)
    ]  # fmt: skip
    if told:
        panels.section(words("trace.events"))
        pairs(told, folding=folding(page), label=words("trace.events"))
    linked = [
        (trace_href(link.trace_id, span=link.span_id), f"{link.trace_id[:8]} · {link.span_id[:8]}")
        for link in links(span)
        if link.trace_id
    ]
    if linked:
        panels.section(words("trace.links"))
        panels.links(linked, note="", label=words("trace.links"))


def _attributes(title: str, found: tuple[tuple[str, str], ...], key: str, page: Page) -> None:
    if not found:
        return
    with st.expander(f"{title} ({len(found)})"):
        wanted = st.text_input(page.words("trace.attribute_filter"), key=f"attributes_{key}").casefold()
        kept = [pair for pair in found if wanted in pair[0].casefold() or wanted in pair[1].casefold()]
        pairs(kept[:SHOWN], folding=folding(page), label=title)
