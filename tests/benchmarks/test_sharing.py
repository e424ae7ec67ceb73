"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("-m", "benchmarks.sharing", "--agreements", "84", "--rounds", "1")


def test_it_measures_loading_and_one_view():
    """One line for each step, and something is shown."""
    # In a process of its own, so that what it says of memory is its own.
    ran = subprocess.run(  # noqa: S603 - this repository's own module
        (sys.executable, *COMMAND), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    names = [line[:14].strip() for line in ran.stdout.splitlines()[1:]]
    assert names == [
        "rules loaded",
        "publications",
        "facts",
        "cold",
        "warm",
        "decisions",
        "shadow",
        "classes",
        "rules, MiB",
    ]
