"""Pages run as scripts, until what they wait for has arrived."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
#: A page that has not read its traces by then is broken.
LONGEST_S = 40.0


def noon() -> str:
    """A time zone where it is about noon: the hours before are of one day, whenever the tests run."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # the sign is turned around in these names


def open_read(page: str, /, *, read: str = "complete", **query: str) -> AppTest:
    """The page once its badge says `read`: all traces of its range that can be are in the archive."""
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page(f"../pages/{page}.py")
    for name, value in ({"lang": "en", "range": "1h", "tz": "UTC"} | query).items():
        at.query_params[name] = value
    deadline = time.monotonic() + LONGEST_S
    pause_s = 0.2
    while time.monotonic() < deadline:
        at.run()
        assert not at.exception, at.exception
        if f'ao-coverage {read}"' in markup(at):
            return at
        time.sleep(pause_s)
        pause_s = min(1.6, 2 * pause_s)  # what reads the traces gives way to pages
    raise AssertionError(f"never {read}: {text(at)[:2000]}")


def markup(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def text(at: AppTest) -> str:
    """All markup of the page as plain text, blanks folded."""
    return plain(markup(at))


def plain(markup: str) -> str:
    """`markup` without its tags, blanks folded."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def cards(at: AppTest) -> dict[str, str]:
    """Values of the key figures by their labels."""
    return cards_in(markup(at))


def cards_in(markup: str) -> dict[str, str]:
    found = re.findall(r'ao-kpi-label">([^<]*)<.*?ao-kpi-value">([^<]*)<', markup, flags=re.DOTALL)
    return {unescape(label): _plain(value) for label, value in found}


def rows(at: AppTest, label: str) -> list[dict[str, str]]:
    """Rows of the table called `label`: texts by heading; notes stand behind a line break."""
    box = re.search(rf'<table aria-label="{re.escape(label)}">(.*?)</table>', markup(at), flags=re.DOTALL)
    assert box, f"no table {label}: {text(at)[:2000]}"
    heads = [unescape(head) for head in re.findall(r'<th scope="col"[^>]*aria-label="([^"]*)"', box[1])]
    body = box[1].partition("<tbody>")[2]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, flags=re.DOTALL):
        fields = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)
        texts = [_plain(field.replace("<small", "\n<small")) for field in fields]
        if len(texts) == len(heads):
            found.append(dict(zip(heads, texts, strict=True)))
    return found


def _plain(field: str) -> str:
    lines = unescape(re.sub(r"<[^>]*>", "", field)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
