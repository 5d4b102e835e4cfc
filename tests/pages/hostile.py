"""Traces all of whose texts would run, load, cover or reorder something if they were read as anything else.

Every text stands at every place that a span has for it: names, messages, tool calls, errors, events, links,
attributes, the resource and the log.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx

from agentops_lite.config import DEFAULT_API_KEY
from tests.otlp import llm, send, span

#: Trace ids; an id without a letter has no log (a quirk of AgentOps).
HOSTILE, LARGE, DEEP = 0xBAD, 0xB16, 0xDEE
#: Levels of JSON and of spans, and the sizes of a name and of a prompt in characters.
LEVELS, NAME_SIZE, PROMPT_SIZE = 500, 10_000, 5_000_000
PROMPT = "A prompt begins here. " + "lorem <b>ipsum</b> " * (PROMPT_SIZE // 19) + "here it ends."
#: Nested deeply enough to end a recursive reader.
NESTED = '{"inner":' * LEVELS + '"core"' + "}" * LEVELS
#: A reader's own words that stand right behind a name; the name must not turn them around.
AFTER = "untouched"

#: Elements that the texts would become; none of ours is like them.
MADE = (
    "script, iframe, img[src*=leak], img[src='x'], [onerror], [onload], u, .katex, mjx-container,"
    " a[href^=javascript i], a[*|href^=javascript i], strong, code:not(.stCode *),"
    " i:not(.key i, .ao-beats i), .js-plotly-plot a,"
    " [data-testid=stMarkdownBadge], .stMarkdownColoredText"
)
#: Words of three letters and more that run from right to left or stand left of what was written before them,
#: though no letter of theirs says so. `own` are the words of the text that turns itself around.
TURNED = """own => {
  const range = document.createRange();
  const at = (node, i) => { range.setStart(node, i); range.setEnd(node, i + 1);
    return range.getBoundingClientRect(); };
  const found = [];
  const main = document.querySelector("[data-testid=stMain]");
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const box = node.parentElement;
    if (!box.checkVisibility() || box.closest(".ao-log, .said, dd")) continue; // these are the name alone
    if (box.getBoundingClientRect().width < 2) continue; // only spoken
    const reached = new Map(); // line -> how far to the right
    for (const word of node.data.slice(0, 9000).matchAll(/[A-Za-z]{3,}/g)) {
      const [first, last] = [at(node, word.index), at(node, word.index + word[0].length - 1)];
      if (!first.width || !last.width || Math.abs(first.top - last.top) > 2) continue;
      const line = Math.round(first.top), left = Math.min(first.left, last.left);
      const before = reached.get(line) ?? left;
      if (!own.includes(word[0]) && (first.left > last.left || left < before)) found.push(word[0]);
      reached.set(line, Math.max(before, left));
    }
  }
  return found;
}"""
OWN_TURNED = ["gnp", "exe", "zero", "width", AFTER]


def texts(canary: str) -> dict[str, str]:
    """The texts as sent, by what they try. `canary` is an address that nobody may ask."""
    return {
        "script": "<script>window.__hit=1</script>",
        "image": f'<img src=x onerror="window.__hit=2"><img src="{canary}/leak.png">',
        "svg": "\"'><svg onload=\"window.__hit=3\"></svg><iframe srcdoc='<script>parent.__hit=4</script>'>",
        "markdown": f"![x]({canary}/leak.png) [click](javascript:window.__hit=5) **bold** `code` <u>u</u>",
        "latex": "$$\\href{javascript:window.__hit=6}{\\frac12}$$ and $x^2$",
        "streamlit": ":red[hot] :material/delete: :blue-badge[b] :streamlit: :smile: {n} {0.__class__} %(n)s",
        "plotly": '<b>bold</b><a href="javascript:window.__hit=7">go</a><br>%{x} &lt;i&gt;',
        "turned": f"\u202egnp.exe\u2066\u200f\u05d0\u05d1 \u200bzero\u200bwidth\u2060\ufeff {AFTER}",
        "terminal": "\x1b[2J\x1b[1;1H\x1b]8;;javascript:window.__hit=8\x07here\x1b]8;;\x07"
        "\x1b]0;taken over\x07\x1b[31mred\x1b[8mhidden\x1b[0m\rover",
        "null": "before\x00after",
        "word": "W" * 20_000,
    }


def shown(text: str) -> str:
    """How a reader sees a text in a span's own panel: what has no glyph as a picture of it."""
    return text.replace("\x1b", "␛").replace("\x07", "␇").replace("\x00", "␀").replace("\r", "\n")


#: By span of the trace HOSTILE: what it is, and the texts that it carries; the first is its name.
CARRIED: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("root", ("turned",)),
    2: ("call", ("script", "image", "svg")),
    3: ("call", ("markdown", "latex", "streamlit")),
    4: ("call", ("plotly", "turned", "terminal")),
    5: ("call", ("null", "word")),
    6: ("agent", ("image",)),
    7: ("agent", ("latex",)),
    8: ("agent", ("turned",)),
    9: ("tool", ("svg",)),
    10: ("tool", ("streamlit",)),
    11: ("tool", ("terminal",)),
    12: ("tool", ("word",)),
}


def spans(now: datetime, canary: str) -> list[dict[str, Any]]:
    """The trace HOSTILE: a failed root; below it model calls, agents and tools, an idle gap between two."""
    start = now - timedelta(minutes=15)
    every = texts(canary)
    made = []
    for number, (kind, names) in CARRIED.items():
        carried = [every[name] for name in names]
        at = start + timedelta(seconds=number if number < 5 else 30)
        if kind == "root":
            tags = json.dumps([text for text in every.values() if len(text) < 500])
            made.append(
                span(HOSTILE, number, start, seconds=60, status="ERROR", name=carried[0], agentops__tags=tags)
            )
        elif kind == "call":
            made.append(_call(number, at, carried))
        else:
            made.append(_work(number, at, kind, carried[0]))
    return made


def _work(number: int, start: datetime, kind: str, text: str) -> dict[str, Any]:
    named = {f"{kind}__name": text, f"agentops__{kind}__input": text, f"agentops__{kind}__output": text}
    return span(
        HOSTILE, number, start, parent=1, name=text, agentops__span__kind=kind, operation__name=text, **named
    )


def _call(number: int, start: datetime, carried: list[str]) -> dict[str, Any]:
    first = carried[0]
    said = [
        message
        for text in carried
        for message in (
            {"role": text[:40], "content": [{"type": "text", "text": text}]},
            {"role": "tool", "content": text},
        )
    ]
    answered = [
        {
            "role": "assistant", "content": text, "finish_reason": text[:80],
            "tool_calls": [{
                "id": text, "type": "function",
                "function": {"name": text, "arguments": json.dumps({text: text})},
            }],
        }
        for text in carried
    ]  # fmt: skip
    made = llm(
        HOSTILE, number, start, 100_000, 50_000, parent=1, status="ERROR", name=first,
        gen_ai__response__model=first, gen_ai__system=first,
        # half a surrogate pair, which JSON may hold
        gen_ai__input__messages='[{"role": "user", "content": "half \\ud800 pair"},' + json.dumps(said)[1:],
        gen_ai__output__messages=json.dumps(answered), nested=NESTED,
    )  # fmt: skip
    odd = [(".".join(["level"] * LEVELS), first), *((f"key {text[:60]}", text) for text in carried)]
    made["attributes"] += [{"key": key, "value": {"stringValue": text}} for key, text in odd]
    made["status"]["message"] = first
    told = [
        ("exception.type", first[:80]), ("exception.message", carried[-1]),
        ("exception.stacktrace", first * 3),
    ]  # fmt: skip
    made["events"] = [
        _event("exception", start, told),
        *(_event(text[:100], start, [(text[:60], text)]) for text in carried),
    ]
    made["links"] = [{"traceId": f"{DEEP:032x}", "spanId": f"{DEEP:08x}{1:08x}"}]
    return made


def _event(name: str, at: datetime, told: list[tuple[str, str]]) -> dict[str, Any]:
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in told]
    return {"name": name, "timeUnixNano": str(round(at.timestamp() * 1e9)), "attributes": attributes}


def large(now: datetime) -> list[dict[str, Any]]:
    """The trace LARGE: names of NAME_SIZE characters, one of them a single word, and a prompt of 5 MB."""
    start = now - timedelta(minutes=14)
    return [
        span(LARGE, 1, start, seconds=9, name="N" * NAME_SIZE),
        llm(
            LARGE, 2, start, 100, 50, parent=1, name="two words " * (NAME_SIZE // 10),
            gen_ai__response__model="m" * NAME_SIZE, gen_ai__prompt__0__role="user",
            gen_ai__prompt__0__content=PROMPT,
        ),
        span(
            LARGE, 3, start, parent=1, name="n" * NAME_SIZE, agentops__span__kind="agent",
            operation__name="a" * NAME_SIZE, agent__name="a" * NAME_SIZE,
        ),
    ]  # fmt: skip


def deep(now: datetime) -> list[dict[str, Any]]:
    """The trace DEEP: LEVELS spans, each within the one before."""
    start = now - timedelta(minutes=13)
    return [
        span(DEEP, n, start, seconds=LEVELS + 1 - n, parent=n - 1 if n > 1 else None, name=f"level {n}")
        for n in range(1, LEVELS + 1)
    ]


def send_hostile(url: str, now: datetime, canary: str) -> None:
    """Delivers the three traces and a log, as applications do."""
    send(url, spans(now, canary), service=texts(canary)["image"])
    send(url, [*large(now), *deep(now)])
    with httpx.Client(base_url=url, trust_env=False) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.post(
            "/v4/logs/upload/",
            json={"body": "\n".join(["first line", *texts(canary).values(), "last line"])},
            headers={"Authorization": f"Bearer {token}", "Trace-Id": str(HOSTILE)},
        ).raise_for_status()  # fmt: skip
