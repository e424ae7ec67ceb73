"""`scripts/trials`: installs what it can, and says why it does not where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "trials"
NEEDED = ("dirname", "sh")

CASES = [
    ({}, "Node.js is not here"),
    ({"node": "exit 0"}, "npm is not here"),
    ({"node": 'test "$1" = -v && echo v18.19.0', "npm": "exit 0"}, "Node.js is v18.19.0, older"),
]


@pytest.mark.parametrize(("there", "reason"), CASES)
def test_what_it_cannot_install_is_said_and_fails_nothing(tmp_path, there, reason):
    """A machine without Node.js, without npm, or with an old one runs all the other tests."""
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    for name, does in there.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    environ = {"PATH": os.fspath(tmp_path)}
    done = subprocess.run(  # noqa: S603 - our own script
        [SCRIPT], env=environ, capture_output=True, text=True, check=True
    )
    assert reason in done.stderr
    assert not done.stdout
