"""`scripts/trials`: installs what it can, and says why it does not where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path("scripts") / "trials"
LOCKED = Path("tests") / "trials" / "medplum"
TOOLS = ("cat", "cksum", "cp", "dirname", "mkdir", "rm", "sh")
NEW, OLD = 'test "$1" = -v && echo v22.1.0 || true', 'test "$1" = -v && echo v18.19.0'
NPM = "mkdir -p $2/node_modules"

CASES = [
    ({}, "Node.js is not here"),
    ({"node": NEW}, "npm is not here"),
    ({"node": OLD, "npm": NPM}, "Node.js is v18.19.0, older"),
    ({"node": NEW, "npm": f"{NPM} && false"}, "npm could not install them"),
]


class Machine:
    """A copy of what the script reads, where these commands are and no others."""

    def __init__(self, folder: Path, commands: dict[str, str]) -> None:
        self.root = folder / "checkout"
        self.installed = self.root / ".watling" / "trials" / "medplum"
        self._path = folder / "path"
        self._path.mkdir()
        shutil.copytree(ROOT / LOCKED, self.root / LOCKED)
        (self.root / SCRIPT.parent).mkdir()
        shutil.copy(ROOT / SCRIPT, self.root / SCRIPT)
        for name in TOOLS:
            found = shutil.which(name)
            assert found
            (self._path / name).symlink_to(found)
        for name, does in commands.items():
            (self._path / name).write_text(f"#!/bin/sh\n{does}\n")
            (self._path / name).chmod(0o755)

    def runs(self) -> str:
        """What the script says; it must not fail."""
        done = subprocess.run(  # noqa: S603 - our own script
            [self.root / SCRIPT],
            env={"PATH": os.fspath(self._path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stderr


@pytest.mark.parametrize(("commands", "reason"), CASES)
def test_what_it_cannot_install_is_said_and_fails_nothing(tmp_path, commands, reason):
    """Without Node.js, npm or a registry all the other tests run; nothing half is left behind."""
    machine = Machine(tmp_path, commands)
    assert f"are skipped: {reason}" in machine.runs()
    assert not (machine.installed / "installed").exists()
    assert not (machine.installed / "node_modules").exists()


def test_what_is_installed_is_not_installed_again(tmp_path):
    """Once for each lock and Node.js."""
    machine = Machine(tmp_path, {"node": NEW, "npm": NPM})
    assert "installing" in machine.runs()
    assert machine.runs() == ""
    with (machine.root / LOCKED / "package-lock.json").open("a") as lock:
        lock.write("\n")
    assert "installing" in machine.runs()
