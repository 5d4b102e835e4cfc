"""Masking of error messages and of secrets: none survives, what only ids tell apart is one group, and long
texts take their length in time."""

from __future__ import annotations

import time
from collections.abc import Callable

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agentops_client.redaction import MASK, WORDS_MAX, Redactor, _writings
from dashboard import conversation as said
from dashboard.conversation.json_text import indented
from dashboard.conversation.literals import structure
from dashboard.spans.masking import GROUP_MAX, masked
from tests.fuzz.odd_values import odd_text, plain_text

_HEX = "0123456789abcdef"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def mixed(least: int, most: int) -> st.SearchStrategy[str]:
    """Random letters with a digit and both cases among them, as keys have."""
    return st.text(_LETTERS, min_size=least, max_size=most).map(lambda text: f"a9Z{text}")


uuids = st.uuids().map(str)
keys = st.one_of(
    uuids,
    mixed(13, 40).map("sk-{}".format),
    mixed(33, 33).map("ghp_{}".format),
    mixed(20, 30).map("xoxb-{}".format),
    st.text(_LETTERS.upper(), min_size=16, max_size=16).map("AKIA{}".format),
    mixed(30, 40).map("AIza{}".format),
    st.text(_HEX, min_size=32, max_size=64).filter(lambda text: not text.isdigit()),
    st.tuples(mixed(20, 40), mixed(20, 60), mixed(30, 43)).map(
        lambda parts: f"eyJ{parts[0]}.eyJ{parts[1]}.{parts[2]}"
    ),
)
passwords = st.text(_LETTERS + "!$%^*()_", min_size=6, max_size=20)
around = st.sampled_from(
    (
        "{}",
        "failed: {}",
        "key {} refused",
        "({})",
        "'{}'",
        "x={}",
        "a,{},b",
        "한국어 {} 입니다",
        "{}\nmore",
        "https://host.example/v1?key={}",
        "https://user:{}@host.example/x",
        "GET /v1/{}: 404",
    )
)


@given(key=keys, words=around, before=odd_text)
@example("sk-" + "a9Z" * 12, "{}", " ")
def test_no_key_survives_in_an_error_group(key: str, words: str, before: str) -> None:
    group = masked(f"{before} {words.format(key)}" if "\n" not in before else words.format(key))
    assert key not in group and len(group) <= GROUP_MAX
    assert "\n" not in group and group == group.strip()
    # no half of it, either; a short beginning says what kind of key it was
    assert key[8:] not in group


@given(
    password=passwords,
    named=st.sampled_from(
        (
            "password={}",
            "password: {}",
            "api_key={}",
            "Authorization: Bearer {}",
            "token = {}",
            '"secret": "{}"',
            "bearer {}",
            "client_secret={}&x=1",
            "https://u:{}@h.example/",
        )
    ),
)
def test_what_is_called_a_secret_is_masked(password: str, named: str) -> None:
    assume(
        not any(
            password.lower() in word for word in ("password", "bearer", "authorization", "secret", "client")
        )
    )
    group = masked(f"call failed, {named.format(password)} was sent")
    assert password not in group


_fillers = {
    "id": uuids,
    "number": st.integers(0, 10**9).map(str),
    "hex": st.text(_HEX, min_size=24, max_size=24).filter(
        lambda text: not text.isdigit() and not text.isalpha()
    ),
    "quoted": st.text(_LETTERS + " ", min_size=1, max_size=20),
}
_templates = (
    "trace {id} was not found",
    "took {number} ms of {number}",
    "tool '{quoted}' is not known",
    "blob {hex} is gone",
    "request {id}: {number} tokens, limit {number}",
)


@given(template=st.sampled_from(_templates), data=st.data())
def test_messages_that_only_ids_tell_apart_are_one_group(template: str, data: st.DataObject) -> None:
    one, other = (
        template.format(**{name: data.draw(filler) for name, filler in _fillers.items()}) for _ in range(2)
    )
    assert masked(one) == masked(other)


@given(text=st.one_of(odd_text, plain_text, st.text(max_size=60)), times=st.sampled_from((1, 1, 200)))
def test_any_message_has_a_group(text: str, times: int) -> None:
    group = masked(text * times)
    assert len(group) <= GROUP_MAX and "\n" not in group and group == masked(text * times)
    assert bool(group) or not any(letter.isalpha() for letter in text.partition("\n")[0])


secrets = st.one_of(
    uuids,
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=24),
    st.text(_LETTERS + "&<>\"'%+/=é한", min_size=8, max_size=24),
)


@given(secret=secrets, data=st.data(), before=odd_text, after=odd_text)
def test_no_known_secret_leaves_however_it_is_written(
    secret: str, data: st.DataObject, before: str, after: str
) -> None:
    written = data.draw(st.sampled_from(sorted(_writings(secret))))
    redact = Redactor(secret)
    for found in (redact(f"{before}{written}{after}"), redact.words(f"{before}{written}{after}")):
        assert secret not in found
        assert written not in found or written in MASK
    assert len(redact.words(f"{before}{written}{after}")) <= WORDS_MAX


@given(
    secret=uuids,
    shift=st.integers(0, 40),
    unit=st.sampled_from((" ", "<b>", "\n", "c0ffee00 ", None)),
    hidden=st.booleans(),
)
@example("c0ffee00-1234-4abc-8def-0123456789ab", 30, None, True)
def test_no_half_of_a_secret_is_left_where_a_long_text_is_cut(
    secret: str, shift: int, unit: str | None, hidden: bool
) -> None:
    # the borders within `words`: 40,000 characters are looked at, and 20,000 after the first masking
    repeated = f"{secret} " if unit is None else unit
    for border in (40_000, 20_000, WORDS_MAX):
        room = border - shift - (7 if hidden else 0)
        filling = repeated * (room // len(repeated)) + " " * (room % len(repeated))
        text = (f"<!--{filling}-->" if hidden else filling) + secret + " end"
        found = Redactor(secret).words(text)
        assert not any(secret[:n] in found for n in range(len(secret) // 2, len(secret)))


def cpu_s(work: Callable[[str], object], text: str) -> float:
    """The least of three times, of this thread alone: other work on the machine does not count."""
    took = []
    for _ in range(3):
        begun = time.thread_time()
        work(text)
        took.append(time.thread_time() - begun)
    return min(took)


_pieces = st.sampled_from(
    (
        "a",
        " ",
        "<",
        ">",
        '"',
        "'",
        "\\",
        "{",
        "[",
        "(",
        ",",
        ":",
        "=",
        "&",
        "?",
        "/",
        "://",
        "@",
        ".",
        "-",
        "_",
        "+",
        "eyJ",
        "token",
        "bearer ",
        "password=",
        "\x1b[",
        "\x1b]",
        ";",
        "0",
        "9",
        "\r",
        "\n",
        "é",
        "data:",
        "base64,",
        "Error: ",
        "<script>",
        "<!--",
        "sk-",
        "a1",
    )
)
WORKS: dict[str, Callable[[str], object]] = {
    "masked": masked,
    "redact": Redactor("c0ffee00-1234-4abc-8def-0123456789ab"),
    "words": Redactor("s3cr3t-key").words,
    "runs": said.runs,
    "indented": indented,
    "structure": structure,
}
#: Eight times the text may take this many times as long, of which most is measuring.
STEPS, LONGER = 8, 30


@settings(max_examples=25)
@given(
    unit=st.lists(_pieces, min_size=1, max_size=3).map("".join),
    end=_pieces,
    name=st.sampled_from(tuple(WORKS)),
)
@example("<", "a", "words")
@example("a@", " ", "redact")
@example("['", "x", "structure")
def test_a_longer_text_takes_its_length_in_time(unit: str, end: str, name: str) -> None:
    short = (unit * 4_000)[:4_000] + end
    long = (unit * 4_000 * STEPS)[: 4_000 * STEPS] + end
    # what is over in a millisecond may be twice as long by chance
    assert cpu_s(WORKS[name], long) <= LONGER * max(cpu_s(WORKS[name], short), 0.001), (name, unit)
