"""The operator's price table, and what a call costs: total over all input, exact, growing with the tokens."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from genai_prices.data_snapshot import get_snapshot
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.pricing import OwnPrices, PriceBook, PricesProblem, load_own_prices
from dashboard.pricing.names import spellings
from tests.fuzz.odd_values import moments as drawn_moments
from tests.fuzz.odd_values import odd_text, plain_text
from tests.fuzz.toml_text import Verbatim, odd_value, toml

AT = datetime(2026, 11, 1, tzinfo=UTC)
#: Names that the library does not know.
NAMES = ("our-llama", "My-Org/Llama", "our-*", "our-[x", "네이버-x", "our-llama-70b", "a?c-nobody")
moments = drawn_moments(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
COUNTS = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "reasoning_tokens")
counts = st.one_of(st.integers(0, 5_000), st.sampled_from((10**6, 10**9, 10**12)))


@cache
def file() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-prices-")) / "prices.toml"


def read(text: str) -> OwnPrices:
    file().write_bytes(text.encode("utf-8", "surrogatepass"))
    return load_own_prices(file())


prices = st.one_of(
    st.integers(0, 1_000), st.floats(0, 1_000, allow_nan=False), st.sampled_from((0, 0.0, 1e-9, 0.1, 99_999))
)
models = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries({"prompt": prices, "completion": prices}, optional={"cache_read": prices}),
    min_size=1,
    max_size=3,
)
tables = st.fixed_dictionaries({"models": models}, optional={"overrides_library": st.booleans()})


@given(text=st.one_of(odd_text, plain_text, st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))))
@example("a = " + "[" * 5_000)
@example("krw_per_usd = " + "9" * 5_000)
@example("\ufeff")
@example("models = 1")
def test_any_text_is_a_table_or_a_problem(text: str) -> None:
    told(lambda: read(text))


@given(
    table=st.fixed_dictionaries(
        {},
        optional={
            "currency": odd_value,
            "krw_per_usd": odd_value,
            "overrides_library": odd_value,
            "surplus": odd_value,
            "models": st.one_of(
                odd_value,
                st.dictionaries(
                    odd_text,
                    st.one_of(
                        odd_value,
                        st.dictionaries(
                            st.sampled_from(("prompt", "completion", "cache_read", "output")),
                            odd_value,
                            max_size=3,
                        ),
                    ),
                    max_size=3,
                ),
            ),
        },
    )
)
@example({"models": {"m": {"prompt": Verbatim("9" * 400), "completion": 1}}})
@example(
    {"krw_per_usd": Verbatim("9" * 400), "currency": "KRW", "models": {"m": {"prompt": 1, "completion": 1}}}
)
def test_a_table_that_is_nearly_right_is_a_table_or_a_problem_by_key(table: dict[str, Any]) -> None:
    problem = told(lambda: read(toml(table)))
    if problem is not None and problem.key:
        assert problem.key.partition(".")[0] in table or problem.key in ("models", "krw_per_usd")


def told(load: Callable[[], OwnPrices]) -> PricesProblem | None:
    """Nothing but a problem is raised, and it says where it is; a table has rates that are finite."""
    try:
        own = load()
    except PricesProblem as problem:
        assert str(file()) in str(problem) and problem.expected and "DASHBOARD_PRICES" in str(problem)
        return problem
    for rates in own.exact.values():
        for rate in (rates.prompt, rates.completion):
            assert rate is not None and math.isfinite(rate.base_usd) and rate.base_usd >= 0
    return None


def exact_usd(row: dict[str, Any], prompt: int, completion: int, cached: int) -> Fraction:
    """What the table says, in whole numbers."""
    apart = min(cached, prompt) if "cache_read" in row else 0
    special = Fraction(row["cache_read"]) if "cache_read" in row else Fraction(0)
    usd = (
        (prompt - apart) * Fraction(row["prompt"])
        + completion * Fraction(row["completion"])
        + apart * special
    )
    return usd / 1_000_000


def close(usd: float, exact: Fraction) -> bool:
    return math.isclose(usd, exact, rel_tol=1e-12, abs_tol=1e-15)


def cost(
    book: PriceBook, name: str, prompt: int, completion: int, cached: int = 0, reasoning: int = 0
) -> float:
    found = book.estimate(
        [name],
        "",
        AT,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cache_read_tokens=cached,
        reasoning_tokens=reasoning,
    )
    assert found is not None and found.source == "own"
    assert math.isfinite(found.usd) and found.usd >= 0
    return found.usd


@given(table=tables, tokens=st.tuples(counts, counts, counts, counts), more=counts)
def test_a_call_costs_what_the_table_says_and_more_tokens_no_less(
    table: dict[str, Any], tokens: tuple[int, int, int, int], more: int
) -> None:
    book = PriceBook(read(toml(table)))
    name = next(iter(table["models"]))
    row = table["models"][name]
    prompt, completion, cached, reasoning = tokens
    usd = cost(book, name, *tokens)
    assert close(usd, exact_usd(row, prompt, completion, cached))
    assert (
        cost(book, name, prompt + more, completion, cached, reasoning) >= usd * (1 - 1e-12)
        or row.get("cache_read", 0) > row["prompt"]
    )
    assert cost(book, name, prompt, completion + more, cached, reasoning) >= usd * (1 - 1e-12)
    assert (
        cost(book, name, prompt, completion, 0) >= usd * (1 - 1e-12)
        or row.get("cache_read", 0) > row["prompt"]
    )
    assert cost(book, name, 0, 0) == 0
    two = cost(book, name, prompt, 0, cached) + cost(book, name, 0, completion)
    assert math.isclose(two, usd, rel_tol=1e-12, abs_tol=1e-15), "prompt and completion add up"


@given(table=tables, rate=st.integers(100, 100_000), tokens=st.tuples(counts, counts, counts))
def test_won_are_dollars_at_the_rate(table: dict[str, Any], rate: int, tokens: tuple[int, int, int]) -> None:
    in_won = {
        "currency": "KRW",
        "krw_per_usd": rate,
        **table,
        "models": {
            name: {key: usd * rate for key, usd in row.items()} for name, row in table["models"].items()
        },
    }
    name = next(iter(table["models"]))
    dollars, won = (cost(PriceBook(read(toml(said))), name, *tokens) for said in (table, in_won))
    assert math.isclose(won, dollars, rel_tol=1e-9, abs_tol=1e-15)


@given(table=tables, data=st.data())
def test_the_digest_tells_prices_apart_and_nothing_else(table: dict[str, Any], data: st.DataObject) -> None:
    digest = read(toml(table)).digest
    shuffled = {**table, "models": dict(data.draw(st.permutations(list(table["models"].items()))))}
    assert read(toml(shuffled)).digest == digest
    dearer = {name: {**row, "prompt": row["prompt"] + 1} for name, row in table["models"].items()}
    assert read(toml({**table, "models": dearer})).digest != digest


@cache
def library() -> tuple[PriceBook, list[tuple[str, str]]]:
    """The library's book, and every (provider, model) that it knows."""
    known = [(provider.id, model.id) for provider in get_snapshot().providers for model in provider.models]
    return PriceBook(), known


@settings(max_examples=8)
@given(data=st.data(), tokens=st.tuples(counts, counts, counts, counts), at=moments)
def test_every_model_of_the_library_has_a_finite_price_or_none(
    data: st.DataObject, tokens: tuple[int, int, int, int], at: datetime
) -> None:
    book, known = library()
    provider, model = data.draw(st.sampled_from(known))
    counted = dict(zip(COUNTS, tokens, strict=True))
    found = book.estimate([model], provider, at, **counted)
    assert found is None or (math.isfinite(found.usd) and found.usd >= 0 and found.source == "estimated")
    assert book.estimate([model], provider, at, **counted) == found, "asked twice, answered alike"
    assert book.estimate([f"{provider}/{model}", model], provider, at, **counted) is not None or found is None


@given(
    names=st.lists(
        st.one_of(odd_text, st.sampled_from(NAMES), st.sampled_from(("openai/gpt-4o", "azure/eu/gpt-4o"))),
        max_size=3,
    ),
    provider=st.one_of(odd_text, st.sampled_from(("openai", "ollama", "azure_ai"))),
    tokens=st.tuples(*[st.one_of(st.none(), counts)] * 4),
)
def test_any_name_has_a_price_or_none(
    names: list[str], provider: str, tokens: tuple[int | None, ...]
) -> None:
    pairs = spellings(names, provider)
    assert len(set(pairs)) == len(pairs) and all(name.strip() for name, _ in pairs)
    counted = dict(zip(COUNTS, tokens, strict=True))
    found = library()[0].estimate(names, provider, AT, **counted)
    assert found is None or (math.isfinite(found.usd) and found.usd >= 0)
    if tokens[0] is None and tokens[1] is None:
        assert found is None
