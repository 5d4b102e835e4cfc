"""How properties run in the suite: a fixed slice, the same on every machine, that leaves no files behind.

``bench/fuzz.py`` runs the same properties for long, with other cases each time and guided by coverage.
"""

from __future__ import annotations

import atexit
import tempfile

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

_home = tempfile.TemporaryDirectory(prefix="hypothesis-")  # it keeps tables of characters
atexit.register(_home.cleanup)
set_hypothesis_home_dir(_home.name)

settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,  # a machine that is busy for a moment is no defect
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("ci")
