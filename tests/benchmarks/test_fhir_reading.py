"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("-m", "benchmarks.fhir_reading", "--counts", "20", "--rounds", "1")


def test_it_measures_a_call_for_every_category_there_is():
    """One line for each count, of items that were read in searches of their own."""
    # In a process of its own, because it sets up the collector as a gateway does.
    ran = subprocess.run(  # noqa: S603 - this repository's own module
        (sys.executable, *COMMAND), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()[1:]
    items, searches, *_ = line.split()
    assert int(items) >= 16
    assert int(searches) > 16
