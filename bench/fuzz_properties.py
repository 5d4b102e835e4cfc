"""The properties of ``tests/fuzz``, and running one of them for a number of cases; for ``bench/fuzz.py``."""

from __future__ import annotations

import importlib
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisWarning

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DASHBOARD_DATA_DIR"] = "memory"


@dataclass
class Property:
    """A test function, and what came of it."""

    module: str
    name: str
    test: Callable[[], None]
    case_s: float = 0.0  # of this process's own time
    cases: int = 0
    seconds: float = 0.0
    branches: int | None = None
    new: int | None = None
    failures: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.module}.{self.name.removeprefix('test_')}"


def properties() -> Iterator[Property]:
    importlib.import_module("tests.fuzz.conftest")
    for path in sorted((ROOT / "tests" / "fuzz").glob("test_*.py")):
        module = importlib.import_module(f"tests.fuzz.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_") and getattr(test, "is_hypothesis_test", False):
                yield Property(path.stem.removeprefix("test_"), name, test)


def run(prop: Property, cases: int, seed: int) -> None:
    """So many cases by Hypothesis alone; failures are noted, shrunk."""
    phases = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)
    count = Counted(prop.test)
    begun = time.perf_counter()
    with count:
        prop.failures = failure_of(prop, seed, max_examples=max(1, cases), phases=phases, database=None)
    prop.seconds += time.perf_counter() - begun
    prop.cases += count.cases


class Counted:
    """Counts the calls of what a test does while it runs."""

    def __init__(self, test: Any) -> None:
        self.cases = 0
        self._handle = test.hypothesis
        self._inner = test.hypothesis.inner_test

    def __enter__(self) -> None:
        def counted(*given: Any, **named: Any) -> Any:
            self.cases += 1
            return self._inner(*given, **named)

        counted.__dict__.update(vars(self._inner))
        counted.__name__, counted.__wrapped__ = self._inner.__name__, self._inner  # type: ignore[attr-defined]
        self._handle.inner_test = counted

    def __exit__(self, *_: object) -> None:
        self._handle.inner_test = self._inner


def failure_of(prop: Property, seed: int, **chosen: Any) -> list[str]:
    """What is wrong, with the smallest example; nothing where all is well."""
    test: Any = prop.test
    before, before_seed = test._hypothesis_internal_use_settings, test._hypothesis_internal_use_seed
    test._hypothesis_internal_use_seed = f"{seed} {prop.title}"
    test._hypothesis_internal_use_settings = settings(
        deadline=None, derandomize=False, suppress_health_check=list(HealthCheck), **chosen
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)  # of long texts in what it would print
            test()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return [
            told for one in _each(error) for told in (f"{type(one).__name__}: {str(one)[:800]}", *_notes(one))
        ]
    finally:
        test._hypothesis_internal_use_settings, test._hypothesis_internal_use_seed = before, before_seed
    return []


def _each(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _each(one)
    else:
        yield error


def _notes(error: BaseException) -> list[str]:
    return [note[:2_000] for note in getattr(error, "__notes__", [])]
