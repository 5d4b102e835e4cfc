"""Prices: names, cached tokens, the library's own arithmetic, the user's table, and what is refused."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot

from dashboard.pricing import Estimate, PriceBook, PricesProblem, load_own_prices, price_book
from dashboard.pricing.library import AS_OF, AS_OF_RELEASE, rates_of

AT = datetime(2026, 11, 1, tzinfo=UTC)
MILLION = 1_000_000


def estimate(
    book: PriceBook,
    *names: str,
    provider: str = "",
    prompt: int | None = MILLION,
    completion: int | None = 0,
    cached: int | None = None,
    reasoning: int | None = None,
    at: datetime = AT,
) -> Estimate | None:
    return book.estimate(
        names,
        provider,
        at,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cache_read_tokens=cached,
        reasoning_tokens=reasoning,
    )


@pytest.fixture(scope="module")
def library() -> PriceBook:
    return price_book(None)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    return path


def book_of(tmp_path: Path, text: str) -> PriceBook:
    return price_book(table(tmp_path, text))


# gpt-4o costs $2.50 a million prompt tokens, $1.25 cached, $10 completion.
@pytest.mark.parametrize(
    ("names", "provider"),
    [
        (["gpt-4o"], ""),
        (["gpt-4o-2024-08-06"], "openai"),
        (["openai/gpt-4o"], ""),
        (["azure/gpt-4o"], "azure"),
        (["openrouter/openai/gpt-4o"], ""),
        (["stand-in", "gpt-4o"], "openai"),
        (["gpt-4o"], "a-proxy-of-ours"),
        (["GPT-4o"], "OpenAI"),
    ],
)
def test_a_model_is_found_by_each_of_its_names(library: PriceBook, names: list[str], provider: str) -> None:
    assert estimate(library, *names, provider=provider) == Estimate(2.5, "estimated")


def test_providers_of_other_peoples_models(library: PriceBook) -> None:
    # Claude Sonnet 4: $3, through Bedrock by its own names, through an OpenAI-speaking proxy by name alone
    for name, provider in (
        ("bedrock/anthropic.claude-sonnet-4-20250514-v1:0", ""),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "bedrock"),
        ("claude-sonnet-4-20250514", "openai"),
        ("anthropic/claude-sonnet-4-20250514", ""),
    ):
        assert estimate(library, name, provider=provider) == Estimate(3.0, "estimated")


def test_each_kind_of_token_has_its_price(library: PriceBook) -> None:
    found = estimate(library, "gpt-4o", prompt=MILLION, completion=MILLION, cached=400_000)
    assert found is not None
    assert found.usd == pytest.approx(0.6 * 2.5 + 0.4 * 1.25 + 10)
    more_cached_than_sent = estimate(library, "gpt-4o", prompt=100, completion=0, cached=1_000)
    assert more_cached_than_sent == Estimate(pytest.approx(100 * 1.25 / MILLION), "estimated")


def test_without_tokens_or_price_there_is_no_estimate(library: PriceBook) -> None:
    assert estimate(library, "gpt-4o", prompt=None, completion=None, cached=5) is None
    assert estimate(library, "my-org/llama-3-70b-local", provider="openai") is None
    assert estimate(library, "whisper-1", provider="openai") is None  # sold by the hour of sound
    assert estimate(library) is None
    assert estimate(library, "gpt-4o", prompt=None, completion=MILLION) == Estimate(10.0, "estimated")


def test_a_well_known_name_on_ones_own_server_has_no_list_price(library: PriceBook) -> None:
    assert estimate(library, "deepseek-chat") is not None
    assert estimate(library, "deepseek-chat", provider="ollama") is None
    assert estimate(library, "ollama/deepseek-chat") is None
    assert estimate(library, "hosted_vllm/deepseek-chat", provider="hosted_vllm") is None


def test_the_price_is_the_one_of_the_day(library: PriceBook) -> None:
    prices = [
        estimate(library, "o3", provider="openai", at=datetime(year, month, 1, tzinfo=UTC))
        for year, month in ((2025, 5), (2026, 11))
    ]
    assert prices == [Estimate(10.0, "estimated"), Estimate(2.0, "estimated")]


def test_all_rates_say_what_the_library_says() -> None:
    compared = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            rates = rates_of(model.get_prices(AT))
            for prompt, cached in ((1_000, 400), (300_000, 0), (1_200_000, 1_000_000)):
                usd = rates and rates.usd(
                    prompt_tokens=prompt, completion_tokens=90, cache_read_tokens=cached, reasoning_tokens=40
                )
                if usd is None:
                    continue
                used = Usage(
                    input_tokens=prompt,
                    output_tokens=90,
                    cache_read_tokens=cached,
                    output_reasoning_tokens=40,
                )
                theirs = model.calc_price(used, provider, genai_request_timestamp=AT).total_price
                assert usd == pytest.approx(float(theirs), rel=1e-12, abs=1e-15), (provider.id, model.id)
                compared += 1
    assert compared > 4_000


def test_the_date_belongs_to_the_installed_release() -> None:
    assert version("genai-prices") == AS_OF_RELEASE
    pins = Path(__file__).parents[2].joinpath("requirements.txt").read_text("utf-8")
    assert f"genai-prices=={AS_OF_RELEASE} " in pins
    book = price_book(None)
    assert book.as_of == AS_OF == date(2026, 11, 10)
    # what the package itself says it looked at is not younger
    data = Path(get_snapshot.__code__.co_filename).with_name("data.py").read_text("utf-8")
    checked = [date.fromisoformat(said) for said in re.findall(r"hecked (?:on )?(20\d\d-\d\d-\d\d)", data)]
    assert date(2026, 10, 1) < max(checked) <= AS_OF


OWN = """
[models."my-org/llama-*"]
prompt = 0.20
completion = 0.60
cache_read = 0.05

[models."gpt-4o"]
prompt = 1
completion = 2
"""


def test_the_users_table_fills_what_the_library_lacks(tmp_path: Path) -> None:
    book = book_of(tmp_path, OWN)
    assert estimate(book, "my-org/llama-3-70b-local", completion=MILLION) == Estimate(0.8, "own")
    assert estimate(book, "MY-ORG/Llama-3") == Estimate(0.2, "own")
    cached = estimate(book, "my-org/llama-3", cached=MILLION)
    assert cached == Estimate(0.05, "own")
    assert estimate(book, "gpt-4o") == Estimate(2.5, "estimated")
    assert estimate(book, "other-org/llama-3") is None


def test_the_users_table_may_go_first(tmp_path: Path) -> None:
    book = book_of(tmp_path, "overrides_library = true" + OWN)
    assert estimate(book, "gpt-4o") == Estimate(1.0, "own")
    assert estimate(book, "openai/gpt-4o") == Estimate(1.0, "own")
    assert estimate(book, "gpt-4o", cached=MILLION) == Estimate(1.0, "own")  # cached as the prompt
    assert estimate(book, "gpt-4o-mini") == Estimate(0.15, "estimated")


def test_won_by_a_fixed_rate(tmp_path: Path) -> None:
    book = book_of(
        tmp_path, 'currency = "KRW"\nkrw_per_usd = 1400\n[models.m]\nprompt = 700\ncompletion = 1400\n'
    )
    assert estimate(book, "m", completion=MILLION) == Estimate(1.5, "own")


def test_the_most_specific_name_wins(tmp_path: Path) -> None:
    prices = {"*": 1, "llama-*": 2, "llama-3*": 3, "llama-3": 4, "qwen[23]": 5, "mix?ral": 6}
    text = "".join(f'[models."{name}"]\nprompt = {usd}\ncompletion = 0\n' for name, usd in prices.items())
    book = book_of(tmp_path, text)
    expected = {"llama-3": 4, "llama-3-70b": 3, "llama-2": 2, "qwen2": 5, "qwen4": 1, "mixtral": 6}
    found = {name: estimate(book, name, provider="ollama") for name in expected}
    assert found == {name: Estimate(float(usd), "own") for name, usd in expected.items()}


def test_the_version_tells_tables_apart(tmp_path: Path) -> None:
    same = [book_of(tmp_path, OWN).version, book_of(tmp_path, "# prices of May\n" + OWN).version]
    assert same[0] == same[1]
    others = {
        price_book(None).version,
        book_of(tmp_path, "overrides_library = true" + OWN).version,
        book_of(tmp_path, OWN.replace("0.60", "0.61")).version,
        book_of(tmp_path, OWN.replace("llama-*", "llama-?")).version,
        same[0],
    }
    assert len(others) == 5
    assert all(AS_OF_RELEASE in said for said in others)


MODEL = "[models.m]\nprompt = 1\ncompletion = 2\n"


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("currency = 'EUR'\n" + MODEL, "currency", '"USD" or "KRW"'),
        ("currency = 'KRW'\n" + MODEL, "krw_per_usd", "such as 1400"),
        ("currency = 'KRW'\nkrw_per_usd = 0\n" + MODEL, "krw_per_usd", "such as 1400"),
        ("overrides_library = 'yes'\n" + MODEL, "overrides_library", "true or false"),
        ("curency = 'USD'\n" + MODEL, "curency", "one of currency"),
        ("", "models", "at least one table"),
        ("[models.m]\nprompt = 1\n", 'models."m".completion', "0 or more"),
        ("[models.m]\nprompt = -1\ncompletion = 2\n", 'models."m".prompt', "0 or more"),
        ("[models.m]\nprompt = nan\ncompletion = 2\n", 'models."m".prompt', "0 or more"),
        ("[models.m]\nprompt = true\ncompletion = 2\n", 'models."m".prompt', "0 or more"),
        ("[models.m]\nprompt = '1'\ncompletion = 2\n", 'models."m".prompt', "0 or more"),
        (MODEL + "output = 3\n", 'models."m".output', "one of cache_read"),
        ("[models]\nm = 3\n", 'models."m"', "prompt and completion"),
        (MODEL + "[models.M]\nprompt = 1\ncompletion = 2\n", 'models."M"', "each once"),
        ("[models\n", "", "TOML (at line 1, column 8) is expected"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, key: str, expected: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(PricesProblem) as refused:
        load_own_prices(path)
    assert refused.value.key == key
    assert expected in refused.value.expected
    words = str(refused.value)
    assert str(path) in words and key in words and "DASHBOARD_PRICES" in words
    assert isinstance(refused.value, ValueError)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PricesProblem, match="No such file"):
        price_book(tmp_path / "absent.toml")
    with pytest.raises(PricesProblem, match="can be read"):
        price_book(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PricesProblem, match="UTF-8"):
        price_book(binary)


def test_numbers_and_brackets_without_end_are_refused(tmp_path: Path) -> None:
    row = '[models."m"]\nprompt = {}\ncompletion = 1\n'
    with pytest.raises(PricesProblem, match="a price per million tokens"):
        book_of(tmp_path, row.format("9" * 400))
    with pytest.raises(PricesProblem, match="the won in one US dollar"):
        book_of(tmp_path, f'currency = "KRW"\nkrw_per_usd = {"9" * 400}\n' + row.format(1))
    for endless in ("9" * 5_000, "[" * 5_000):
        with pytest.raises(PricesProblem, match="less than 4,000 digits"):
            book_of(tmp_path, row.format(endless))


def test_many_estimates_are_quick(library: PriceBook) -> None:
    began = time.process_time()
    for prompt in range(20_000):
        estimate(library, "gpt-4o-2024-08-06", "gpt-4o", provider="openai", prompt=prompt)
    # the library itself takes 200 µs for each; a hundred thousand in under five seconds
    assert (time.process_time() - began) / 20_000 < 50e-6
