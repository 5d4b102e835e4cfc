"""The properties of ``tests/fuzz`` for long: other cases each time, guided by coverage with Atheris.

    python bench/fuzz.py [--cases 100000] [--only NAME] [--seed N] [--unguided]

Cases are shared out so that a slow property gets fewer of them. A part of each share is found by libFuzzer
(``pip install atheris``, which has no wheel for every Python): it keeps what reaches new branches. "branches"
is what it reached, "new" what it reached beyond its random beginnings. Exit code 1 where a property failed.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import tempfile
import time
import warnings
from pathlib import Path

from fuzz_guide import Guide, guides
from fuzz_properties import Property, properties, run

#: This share of the cases is found by coverage, the rest by Hypothesis' own knowledge of what is odd.
GUIDED_SHARE = 0.3
#: A slow property gets at least so much of what it would get if all were equal.
LEAST_SHARE = 0.1
#: Each property is tried so often to learn what a case costs.
TRIALS = 20


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--cases", type=int, default=5_000, help="of all properties together")
    asked.add_argument(
        "--only", default="", help="a part of a property's name, such as windows or test_prices"
    )
    asked.add_argument("--seed", type=int, default=None, help="the same cases again (else others each time)")
    asked.add_argument("--unguided", action="store_true", help="without Atheris")
    asked.add_argument("--guides", action="store_true", help=argparse.SUPPRESS)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        warnings.simplefilter("error")
        if options.guides:
            return guides()
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
        guided = importlib.util.find_spec("atheris") is not None and not options.unguided
        guide = Guide(Path(folder)) if guided else None
        found = [prop for prop in properties() if options.only in prop.title]
        if not found:
            asked.error(f"no property is called {options.only}")
        how = f"{GUIDED_SHARE:.0%} of the cases guided" if guided else "not guided"
        print(f"{len(found)} properties, {options.cases:,} cases, seed {seed}, {how}", flush=True)
        print(f"\n{'property':<82} {'cases':>7} {'seconds':>8} {'branches':>8} {'new':>5} {'failed':>6}")
        for prop, share in zip(found, shares(found, options.cases, seed), strict=True):
            apart = round(share * GUIDED_SHARE) if guide else 0
            run(prop, share - apart, seed)
            if guide and apart and not prop.failures:
                guide.run(prop, apart, seed)
            new = ("–", "–") if prop.branches is None else (str(prop.branches), str(prop.new))
            print(f"{prop.title:<82} {prop.cases:>7,} {prop.seconds:>8.1f} {new[0]:>8} {new[1]:>5} "
                  f"{len(prop.failures):>6}", flush=True)  # fmt: skip
            if prop.failures:
                print("\n".join(prop.failures), flush=True)
        if guide:
            guide.close()
        failed = [prop for prop in found if prop.failures]
        print(f"\n{'together':<82} {sum(p.cases for p in found):>7,} {sum(p.seconds for p in found):>8.1f} "
              f"{'':>8} {sum(p.new or 0 for p in found):>5} {len(failed):>6}")  # fmt: skip
    return 1 if failed else 0


def shares(found: list[Property], cases: int, seed: int) -> list[int]:
    """How many cases each gets: the fewer the longer one takes, but some in any case. Adds up to `cases`."""
    for prop in found:
        run(prop, 1, seed)  # what is read once is no case's cost
        begun, before = time.process_time(), prop.cases
        run(prop, min(TRIALS, cases), seed)
        prop.case_s = max((time.process_time() - begun) / max(1, prop.cases - before), 1e-4)
    weights = [prop.case_s**-0.8 for prop in found]
    least = int(cases * LEAST_SHARE / len(found))
    parts = [int(least + (cases - least * len(found)) * weight / sum(weights)) for weight in weights]
    for prop in found:
        prop.cases, prop.seconds = 0, 0.0
    return [part + (position < cases - sum(parts)) for position, part in enumerate(parts)]


if __name__ == "__main__":
    raise SystemExit(main())
