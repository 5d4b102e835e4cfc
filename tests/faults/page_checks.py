"""What must hold of a page under a fault."""

from __future__ import annotations

from typing import Final

from dashboard.text import Words
from tests.faults.page_case import PageCase
from tests.faults.seen import Seen
from tests.faults.world import World

#: Looks at a page that is down, at once and by refreshes, and requests that each of these may send: a probe
#: or the newest questions, each tried again.
LOOKS: Final = 2
REFRESH_TRIES: Final = 12


def checked(shown: Seen, world: World, page: str) -> Seen:
    """What holds for each run of each page."""
    assert not shown.broken, f"uncaught: {shown.broken}"
    assert not shown.traceback, "a traceback on the page"
    content = page in ("trace", "trace_log")  # it shows what was asked and answered
    assert not (found := world.leaks(shown.raw, content=content)), f"on the page: {found}"
    return shown


def says(shown: Seen, code: str, case: PageCase) -> None:
    """The panel of this cause, with its remedy and without any figure that could be taken for a fact."""
    words = Words("en")
    title, remedy = words(f"cause.{code}.title"), words(f"cause.{code}.remedy")
    assert shown.cause == title, f'says "{shown.cause}", not "{title}"'
    assert shown.remedy == remedy, f"says {shown.remedy!r}"
    assert shown.sentence, "no sentence"
    if case.page != "trace_log" or case.endpoint != "log":  # the trace itself is true
        assert shown.status == "down", f"the header says {shown.status}"
        assert not shown.cards, f"key figures: {shown.cards}"
        assert not shown.values, f"{shown.values} values in charts"
    if case.fault.name.startswith("drift_"):
        name = case.fault.name.removeprefix("drift_").rsplit("_", 1)[0].removesuffix("_wrong")
        assert name.rpartition(".")[2] in shown.sentence, f"{name} is not named: {shown.sentence}"
    if case.page == "on_call":
        assert title in shown.text.split("No data available")[0], "the banner does not say why"


def admits(shown: Seen, code: str) -> bool:
    """Whether a note beside the figures says that some are missing, and of which cause; nor is the header's
    word that all is well."""
    words = Words("en")
    start = words("overview.range_failed", range="", cause="").split("  ")[0]
    note = shown.text.partition(start)[2]
    return shown.status != "ok" and words(f"cause.{code}.title") in note[:200]


def unaffected(case: PageCase, shown: Seen, sound: Seen, *, needed: bool) -> None:
    """The page as it always is; of a fault that changes what a field says, with that unknown at most."""
    assert not shown.is_down, f"says {shown.cause}: {shown.sentence}"
    drifted = needed and case.fault.name.startswith("drift_")
    if case.page == "health":
        return
    if case.state == "cold" and not drifted:
        assert shown.cards == sound.cards, f"{shown.cards}, not {sound.cards}"
        assert shown.values == sound.values, f"{shown.values} values, not {sound.values}"
    elif drifted:
        odd = {k: v for k, v in shown.cards.items() if v != "–" and v != sound.cards.get(k)}
        assert case.state == "warm" or not odd, f"figures out of nothing: {odd}"


def bounded(counts: dict[str, int], most: int) -> None:
    """What a page sends while it is down: a rerun at once sends what its first view has left over, each
    refresh a probe or the newest questions."""
    reruns = counts["first"] + counts["reruns"]
    assert reruns <= most, f"{reruns} requests by reruns, {most} are enough"
    refreshes = counts["refreshes"]
    assert refreshes <= LOOKS * REFRESH_TRIES, f"{refreshes} requests by {LOOKS} refreshes"


def alike(shown: Seen, sound: Seen, *, exactly: bool) -> bool:
    """Whether all key figures are known again; `exactly`: of the same range."""
    return shown.figures == sound.figures if exactly else shown.figures.keys() == sound.figures.keys()
