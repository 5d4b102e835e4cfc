"""Error types and groups: what is masked, what stays, and that long messages cost no more."""

from __future__ import annotations

import time

import pytest

from dashboard.spans.masking import GROUP_MAX, masked
from tests.dashboard.made_traces import made, made_trace, span


@pytest.mark.parametrize(
    ("message", "group"),
    [
        ("429 too many requests", "# too many requests"),
        ("Limit 30,000, used 29.5 after 12:30:01", "Limit #, used # after #"),
        ("KeyError: 'customer_4711'", "KeyError: '…'"),
        ('no field "name" in `row`', "no field '…' in '…'"),
        ("can't open it, it's gone", "can't open it, it's gone"),
        ('unclosed "secret text', "unclosed '…'"),
        ("trace 550e8400-e29b-41d4-a716-446655440000 lost", "trace <id> lost"),
        ("call_bffae8e96753 and chatcmpl-474390da1e404804", "<id> and <id>"),
        ("at 0xdeadbeef99", "at <id>"),
        ("GET https://a.example/v1/x?key=abc#top failed", "GET https://a.example/v#/x?… failed"),
        ("postgres://me:se/cret@db:5432/x down", "postgres://db:#/x down"),
        ("url: /v1/x?key=abc&b=1)", "url: /v#/x?…"),
        ("mail bob.smith+x@example.co.uk bounced", "mail <email> bounced"),
        ("model gpt-4o-mini-2024-07-18 is gone", "model gpt-#o-mini-#-#-# is gone"),
        ("ContextWindowExceededError in litellm_proxy_master_key", None),
        ("violates pk_users_email_address", None),
        ("/usr/lib/python3.11/x.py", "/usr/lib/python#/x.py"),
        ("\n \n second line\nthird", "second line"),
        ("tab\tand\u202e mark", "tab and mark"),
        ("세션 12345 실패", "세션 # 실패"),
        ("", ""),
    ],
)
def test_masking(message: str, group: str | None) -> None:
    assert masked(message) == (message if group is None else group)


SECRETS = [
    "sk-proj-Ab12Cd34Ef56Gh78Ij90",
    "sk-abcdefghijklmnop",
    "sk-ant-REDACTED",
    "sk-proj-Ab12********************wxyz",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "xoxb-123456789012-abcdefGHIJ",
    "hf_abcdefghijklmnopqrstuvwxyz",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "0123456789abcdef0123456789abcdef",
    "org-AbCdEf123456",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "Incorrect API key provided: {}.", "key={} refused", "<{}>", "({})"]
)
def test_no_key_stays(secret: str, around: str) -> None:
    group = masked(around.format(secret))
    assert "<id>" in group
    pieces = [piece for piece in secret.replace("*", "-").replace("_", "-").split("-") if len(piece) >= 5]
    assert not any(piece in group for piece in pieces)
    # nor half of one, where the message is cut
    assert secret[:9] not in masked("x" + " y" * 590 + " " + secret * 5)


@pytest.mark.parametrize(
    "message",
    [
        "password=hunter2",
        "api_key: abcdef",
        "token = 'abc'",
        "Authorization: Bearer abc.def",
        "Basic dXNlcg==",
        "client_secret=hunter2 was refused",
        "dbPassword: hunter2",
        "refresh_token=abc",
        "AWS_SECRET_ACCESS_KEY=abcdef",
    ],
)
def test_what_is_called_a_secret_is_masked_whatever_it_looks_like(message: str) -> None:
    group = masked(message)
    assert not any(word in group for word in ("hunter", "abc", "dXNl"))


def test_tokens_that_are_counted_are_no_secret() -> None:
    assert masked("max_tokens: must be positive") == "max_tokens: must be positive"


def test_a_group_has_a_bounded_length() -> None:
    assert masked("word " * 300) == ("word " * 300)[: GROUP_MAX - 1] + "…"
    assert masked("é" * 5_000) == "<id>"


@pytest.mark.parametrize(
    "pattern",
    ["'", "a", " a", "x@", "http://", "a.", "\n", "\"'", "A1/", "key=", "<id>", "a-", "1,", "`", "“"],
)
def test_a_message_of_a_megabyte_takes_linear_time(pattern: str) -> None:
    def seconds(size: int) -> float:
        message = (pattern * size)[:size]
        times = []
        for _ in range(5):
            began = time.perf_counter()
            masked(message)
            times.append(time.perf_counter() - began)
        return min(times)

    # a thousand times the text: linear, and with room for the clock's grain
    assert seconds(1_000_000) < 1_000 * max(seconds(1_000), 50e-6)


def test_the_exception_event_speaks_first() -> None:
    table = made(
        span("a", status="ERROR", message="status", raised=("litellm.exceptions.Timeout", "took 5 s"),
             attributes={"error.type": "Other", "error.message": "attribute"}),
        span("b", status="ERROR", message="status",
             attributes={"error.type": "Other", "error.message": "said"}),
        span("c", status="ERROR", message="RateLimitError: 429 too many"),
        span("d", status="ERROR", raised=("RateLimitError", "429 too many")),
        span("e", status="ERROR", message="it broke"),
        span("f", status="ERROR"),
        span("g", status="OK", message="RateLimitError: 429", raised=("X", "caught")),
    )  # fmt: skip
    assert list(table.error_type) == [
        "Timeout", "Other", "RateLimitError", "RateLimitError", "Error", "Error", "",
    ]  # fmt: skip
    assert list(table.error_group) == [
        "took # s", "said", "# too many", "# too many", "it broke", "Error", "",
    ]  # fmt: skip
    assert list(table.status[:1]) == ["ERROR"]


@pytest.mark.parametrize(
    ("answer", "group"),
    [
        (
            "Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o: limit 3', 'code': 'x'}}",
            "Rate limit reached for gpt-#o: limit #",
        ),
        (
            """Error code: 400 - {'error': {'type': 'x', 'message': "This model's limit is 8192 tokens"}}""",
            "This model's limit is # tokens",
        ),
        (
            "Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-proj-Ab12Cd34Ef56'}}",
            "Incorrect API key provided: <id>",
        ),
        ("Error code: 500 - {'detail': 'x'}", "Error code: # - {'…': '…'}"),
        ("Error code: 500 - {'message': ''}", "Error code: # - {'…': '…'}"),
        ("no answer: {'message': 'x'}", "no answer: {'…': '…'}"),
    ],
)
def test_of_an_answer_that_is_quoted_whole_the_providers_words_are_the_group(answer: str, group: str) -> None:
    event = span("a", status="ERROR", raised=("openai.BadRequestError", answer))
    status = span("b", status="ERROR", message=f"BadRequestError: {answer}")
    table = made(event, status)
    assert table.error_type.tolist() == ["BadRequestError"] * 2
    assert table.error_group.tolist() == [group] * 2


def test_an_answer_of_a_megabyte_is_not_read_whole() -> None:
    began = time.process_time()
    made(span("a", status="ERROR", message="Error code: 400 - {" + "'message': 'a" * 100_000))
    assert time.process_time() - began < 1


def test_events_that_are_damaged_say_nothing() -> None:
    wire = span("a", status="ERROR", message="X: told\nmore")
    wire["event_names"] = ["exception", "exception", "log"]
    wire["event_attributes"] = [{"exception.type": {"a": "b"}}, {"exception": {"type": "", "message": None}}]
    row = made(wire).loc["a"]
    assert (row.error_type, row.error_group) == ("Error", "X: told")


def test_errors_are_counted_without_duplicates() -> None:
    failed = span("a", status="ERROR")
    assert made_trace(failed, failed, span("b", status="STATUS_CODE_ERROR"), span("c"))["errors"] == 2


@pytest.mark.parametrize("said", ["\0", "\u200b", "\ufeff\x01"])
def test_a_type_that_nobody_can_see_is_an_error_all_the_same(said: str) -> None:
    row = made(span("a", status="ERROR", attributes={"error.type": said})).loc["a"]
    assert (row["error_type"], row["error_group"]) == ("Error", "Error")
