"""What pytest collects of some files, and what each test waits for: `python -m tests.collected`.

A process of its own, because a run of pytest cannot collect beside itself. Prints JSON: by node id,
null where a test is to pass, else the reason for which it is skipped or expected to fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_MARKS = ("skip", "skipif", "xfail")


class _Collected:
    """A plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.waits_for: dict[str, str | None] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.waits_for = {item.nodeid: _waits_for(item) for item in session.items}


def _waits_for(item: pytest.Item) -> str | None:
    """The reason of the first mark that keeps a test from passing; its name where it has none."""
    marks = (mark for name in _MARKS for mark in item.iter_markers(name))
    return next((mark.kwargs.get("reason", mark.name) for mark in marks), None)


def collected(files: Iterable[str]) -> dict[str, str | None]:
    """Each test of the files, by node id, and what it waits for."""
    command = [sys.executable, "-m", "tests.collected", *sorted(files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    plugin = _Collected()
    code = pytest.main(["--collect-only", "-qqq", "-p", "no:randomly", *sys.argv[1:]], [plugin])
    if code == pytest.ExitCode.OK:
        print(json.dumps(plugin.waits_for))  # noqa: T201 - what it is for
    sys.exit(code)
