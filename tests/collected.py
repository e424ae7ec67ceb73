"""What pytest collects, and what each test waits for.

A run knows of itself (`note`, before anything is left out). What it was not asked for is collected
by a process of its own, because a run cannot collect beside itself: `python -m tests.collected`
prints JSON, by node id null where a test is to pass, else the reason for which it is skipped or
expected to fail.
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
_OF_THIS_RUN = pytest.StashKey[dict[str, str | None]]()


def note(session: pytest.Session, items: Iterable[pytest.Item]) -> None:
    """Keep what this run has collected."""
    session.stash[_OF_THIS_RUN] = {item.nodeid: _waits_for(item) for item in items}


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


def collected(names: Iterable[str], session: pytest.Session) -> dict[str, str | None]:
    """What tests of these node ids wait for; one with cases is also under its bare id.

    A name that is not in the answer is no test.
    """
    names = set(names)
    found = _with_bare(session.stash[_OF_THIS_RUN])
    if files := {name.partition("::")[0] for name in names - found.keys()}:
        found |= _with_bare(_by_a_process(files))
    return {name: found[name] for name in names & found.keys()}


def _with_bare(found: dict[str, str | None]) -> dict[str, str | None]:
    both = dict(found)
    for name, waits_for in found.items():
        bare = name.partition("[")[0]
        both[bare] = both.get(bare) or waits_for
    return both


def _by_a_process(files: Iterable[str]) -> dict[str, str | None]:
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
