"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("-m", "benchmarks.merge_at_scale", "--count", "120", "--rounds", "1")


def test_it_measures_every_stage_that_touches_every_item():
    """One line for each stage, with its CPU, then whether the goal is met."""
    # In a process of its own, because it sets up the collector as a gateway does.
    ran = subprocess.run(  # noqa: S603 - this repository's own module
        (sys.executable, *COMMAND), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    *printed, time_goal, memory_goal = ran.stdout.splitlines()[2:]
    lines = [line.split() for line in printed]
    assert [line[0] for line in lines] == ["decode", "verify", "release", "merge", "manifest"]
    assert all(float(line[1]) >= 0 for line in lines)
    assert time_goal.startswith("goal ")
    assert memory_goal.startswith("goal ")
