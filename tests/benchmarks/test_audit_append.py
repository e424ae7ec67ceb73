"""The benchmark runs; what it measures is not looked at here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import audit_append


def test_it_measures_every_number_of_callers(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """One line for each, with a rate above nothing, and the disk is left as it was."""
    audit_append.main(["--seconds", "0.02", "--folder", str(tmp_path)])

    lines = capsys.readouterr().out.splitlines()[1:]
    assert [int(line.split()[0]) for line in lines] == list(audit_append.CALLERS)
    assert all(float(line.split()[1]) > 0 for line in lines)
    assert list(tmp_path.iterdir()) == []
