"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.stages import REST, WHOLE

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("-m", "benchmarks.stages", "--sizes", "small", "--turns", "1", "--rounds", "1")


def test_it_measures_every_stage_of_one_request():
    """One line for each stage, from the token to the encoded answer, and one for the whole."""
    # In a process of its own, because it sets up logs and the collector as a gateway does.
    ran = subprocess.run(  # noqa: S603 - this repository's own module
        (sys.executable, *COMMAND), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()[2:]
    names = [line[:24].strip() for line in lines]
    assert (names[0], names[-2:]) == ("token", [REST, WHOLE])
    assert {"admit", "node calls", "decode", "verify", "release", "merge", "encode"} <= set(names)
    assert float(lines[-1][24:]) > 0
