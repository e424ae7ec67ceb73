"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_it_measures_a_view_with_and_without_the_disk():
    """A row for each, and their difference."""
    # In a process of its own, because it sets up logs and the collector as a gateway does.
    ran = subprocess.run(
        (sys.executable, "-m", "benchmarks.audit_cost", "--views", "2"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    _, disk, memory, synced, more = ran.stdout.splitlines()
    assert float(disk.split()[-2]) > 0
    assert float(memory.split()[-2]) > 0
    assert float(synced.split()[-2]) > 0
    assert more.startswith("the disk adds")
