"""Tables of the archive. One row a span, one row a trace; no prompt, no completion, no argument.

``spans.tidy`` makes the frames ``spans`` and ``traces``; the columns here are theirs, in this order.
Times are UTC without zone (microseconds), durations seconds, costs US dollars. NULL is *not reported*.
Lists hold each value once.
"""

from __future__ import annotations

#: Raised whenever a table changes: an archive of another version is read anew.
VERSION = 1

#: Column → DuckDB type. Tokens and costs are *counted* ones: usage that a roll-up repeats is not in them.
SPANS: dict[str, str] = {
    "trace_id": "VARCHAR",
    "span_id": "VARCHAR",
    "parent_id": "VARCHAR",  # "" for a root
    "started_at": "TIMESTAMP",
    "duration_s": "DOUBLE",
    "self_s": "DOUBLE",  # duration without the time in which a child ran
    "name": "VARCHAR",
    "kind": "VARCHAR",  # session, agent, task, workflow, tool, llm, guardrail, other
    "service": "VARCHAR",
    "agent": "VARCHAR",  # nearest agent above or the span itself; "" without one
    "tool": "VARCHAR",
    "model": "VARCHAR",
    "provider": "VARCHAR",
    "status": "VARCHAR",  # OK, ERROR, UNSET
    "error_type": "VARCHAR",  # "" without an error
    "error_group": "VARCHAR",  # message with numbers, ids and quoted values masked; "" without an error
    "prompt_tokens": "BIGINT",
    "completion_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "total_tokens": "BIGINT",
    "reported_usd": "DECIMAL(18, 12)",
    "estimated_usd": "DECIMAL(18, 12)",
    "cost_source": "VARCHAR",  # reported, estimated, own, unpriced, covered, none
    "price_model": "VARCHAR",  # names to look a price up by, best first, separated by newlines
    "node_kind": "VARCHAR",  # service, agent, tool, model, guardrail; "" when not shown in the flow
    "node": "VARCHAR",
    "caller_kind": "VARCHAR",  # of the nearest node above; "" for none
    "caller": "VARCHAR",
    "loop": "BOOLEAN",  # the same node stands among its own ancestors
    "blocked": "BOOLEAN",  # a guardrail that intervened
    "retried": "BOOLEAN",  # failed, and the same call was made again by the same parent
    "repeated": "BOOLEAN",  # same tool, same input as an earlier call of the trace
    "duplicate": "BOOLEAN",  # the same span id once more; in no figure
}

TRACES: dict[str, str] = {
    "trace_id": "VARCHAR",
    "name": "VARCHAR",  # of the root span, else of the first
    "service": "VARCHAR",
    "started_at": "TIMESTAMP",
    "ended_at": "TIMESTAMP",  # of the span that ended last
    "duration_s": "DOUBLE",  # the only root's own, else last end - first start
    "outcome": "VARCHAR",  # success, failed, indeterminate
    "outcome_by": "VARCHAR",  # end_state, root, last_span, none
    "spans": "INTEGER",
    "errors": "INTEGER",
    "tags": "VARCHAR[]",
    "agents": "VARCHAR[]",
    "models": "VARCHAR[]",
    "tools": "VARCHAR[]",
    "has_root": "BOOLEAN",
    "truncated": "BOOLEAN",  # the free plan left attributes out
    "prompt_tokens": "BIGINT",
    "completion_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "total_tokens": "BIGINT",
    "reported_usd": "DECIMAL(18, 12)",
    "estimated_usd": "DECIMAL(18, 12)",
    "unpriced_tokens": "BIGINT",
    "read_at": "TIMESTAMP",
}
