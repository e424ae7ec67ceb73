"""Projects as `watling node new` writes them: made, changed as their author would, and run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gateway.cli import main

START_SECONDS = 60.0
END_SECONDS = 20.0
LOOK_SECONDS = 0.02


def node_new(*arguments: object) -> Result:
    """The command, as somebody types it."""
    return CliRunner().invoke(main, ["node", "new", *map(str, arguments)])


def a_project(folder: Path, *arguments: object) -> Path:
    """A new project in a folder that was not there."""
    made = node_new("chiltern-care", "--to", folder, *arguments)
    assert made.exit_code == 0, made.output
    return folder


def run_in(
    project: Path, *command: object, seconds: float = START_SECONDS
) -> subprocess.CompletedProcess[str]:
    """A Python command of the project's own, in its folder."""
    return subprocess.run(  # noqa: S603 - what we wrote ourselves
        [sys.executable, *map(str, command)],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def set_node(project: Path, **settings: object) -> None:
    """Change `node.toml`, each key that is there."""
    file = project / "node.toml"
    text = file.read_text()
    for key, value in settings.items():
        row = re.compile(rf"^(# )?{key} = .*$", re.MULTILINE)
        assert row.search(text), key
        text = row.sub(f"{key} = {json.dumps(value)}", text)
    file.write_text(text)


def replace_in(file: Path, words: Mapping[str, str]) -> None:
    """Change a file, each of whose words must be there."""
    text = file.read_text()
    for old, new in words.items():
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)


@contextmanager
def served(project: Path, port: int = 0) -> Iterator[Mapping[str, Any]]:
    """The node as a process: what its ready file says; in the end it is told to stop."""
    ready = project / "ready.json"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "node.py", "--port", str(port), "--ready-file", str(ready)]
    with (project / "log").open("w") as log:
        running = subprocess.Popen(command, cwd=project, stdout=log, stderr=log)  # noqa: S603 - likewise
    try:
        patience = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert running.poll() is None, (project / "log").read_text()
            assert time.monotonic() < patience, "not ready in time"
            time.sleep(LOOK_SECONDS)
        yield json.loads(ready.read_text())
    finally:
        running.terminate()
        try:
            assert running.wait(END_SECONDS) == 0
        finally:
            running.kill()
