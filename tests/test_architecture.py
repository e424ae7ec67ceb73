"""The house stays a house: its import contracts hold, and the walkthrough names what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_import_contracts_hold() -> None:
    """No package or stage imports what its contract forbids."""
    # A process of its own, because the linter's set-up of logging silences everybody else's.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - the project's own tool
    assert found.returncode == 0, found.stdout


def test_the_walkthrough_names_what_is_there() -> None:
    """Each `file.py` and `file.py::name` of docs/architecture.md exists."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`([\w/]+\.(?:py|cedar|graphql|toml))(?:::([\w.]+))?`", text))
    assert len(named) > 30, "the walkthrough should name the files of one request"
    missing = [
        (file, name)
        for file, name in sorted(named)
        if not (ROOT / file).is_file() or (name and not _defines(ROOT / file, name))
    ]
    assert missing == []


def _defines(file: Path, name: str) -> bool:
    text = file.read_text()
    return all(
        re.search(rf"^\s*(?:async )?(?:def|class) {part}\b|^{part}\b.*=", text, re.MULTILINE)
        for part in name.split(".")
    )
