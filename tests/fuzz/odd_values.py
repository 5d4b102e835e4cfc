"""Texts, numbers and JSON as nobody should send them, and a way to spoil a good document with them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

#: What has broken programs like ours before.
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "null",
    "true",
    "None",
    "0",
    "-0",
    "-1",
    "+1",
    "00",
    "1e3",
    "1E-999",
    "1e9999999999999999999",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 20,
    "9" * 400,
    "0." + "0" * 60 + "1",
    "١٢٣",
    "²",
    "½",
    "0x10",
    "1_000",
    "12.0",
    "12.5",
    "1,5",
    "$1",
    "2026-11-20",
    "2026-11-20T06:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "<script>alert(1)</script>",
    "<b>",
    "&lt;",
    "=1+1",
    "@x",
    "+x",
    "\t=x",
    "a\nb",
    "a\r\nb",
    "\u202eabc",
    "\u2028",
    "\ufeff",
    "\ud800",
    "\udfff\ud800",
    "🙂",
    "é",
    "한국어",
    "العربية",
    "[]",
    "{}",
    "[1]",
    '["a"]',
    "[" * 60,
    '{"a":' * 60,
    "\x1b[31m",
    "data:image/png;base64,QUJD",
    "Error",
    "Fail",
    "Success",
    "OK",
    "STATUS_CODE_ERROR",
    "gpt-4o",
    "*",
    "%",
    "_",
    "\\",
    "'",
    '"',
    "`",
    "a.b.0.c",
)

odd_text = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=12),
    st.text(alphabet="01. eE-+,_%", max_size=10),
)
plain_text = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
odd_number = st.one_of(
    st.sampled_from(
        [0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, 0.5, -0.0, 1e308, 1e-308, 1e22]
    ),
    st.integers(-10, 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
odd_leaf = st.one_of(st.none(), st.booleans(), odd_number, odd_text)
odd_json = st.recursive(
    odd_leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("a", "", "0", "a.b", "é")), inner, max_size=3),
    ),
    max_leaves=5,
)


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    """Moments in UTC, to the microsecond."""
    return st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None), timezones=st.just(UTC))


def whole(value: Any) -> Any:
    """With half surrogate pairs replaced, as they are in all that was read from AgentOps."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {whole(name): whole(inner) for name, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


Path = tuple[str | int, ...]


def paths(document: Any, *, above: Path = ()) -> list[Path]:
    """The place of every value in a JSON document, the document's own first."""
    found = [above]
    if isinstance(document, dict):
        for name, inner in document.items():
            found += paths(inner, above=(*above, name))
    elif isinstance(document, list):
        for index, inner in enumerate(document):
            found += paths(inner, above=(*above, index))
    return found


def at(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def put(document: Any, path: Path, value: Any) -> None:
    """Replaces what stands at a place; not for the document itself."""
    at(document, path[:-1])[path[-1]] = value


@st.composite
def spoilt(draw: st.DrawFn, document: Any, *, most: int = 3) -> Any:
    """The document after one to `most` changes: a value replaced, left out, given twice, or given another's
    place."""
    spoiled = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        places = paths(spoiled)[1:]
        if not places:
            return draw(odd_json)
        path = draw(st.sampled_from(places))
        holder = at(spoiled, path[:-1])
        match draw(st.sampled_from(("replace", "replace", "leave out", "twice", "another's"))):
            case "replace":
                put(spoiled, path, draw(odd_json))
            case "leave out":
                del holder[path[-1]]
            case "twice" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            case "another's":
                put(spoiled, path, copy.deepcopy(at(spoiled, draw(st.sampled_from(places)))))
            case _:
                holder[f"{path[-1]}_new"] = draw(odd_json)
    return spoiled
