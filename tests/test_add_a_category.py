"""The how-to for a new category works as it stands: a copy of the source tree follows it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "how-to" / "add-a-category.md"
_CODE = r"(?:`` ?(?P<{0}2>.+?) ?``|`(?P<{0}>[^`]+)`)"
_STEP = re.compile(
    r"^(?:Write `(?P<new>[^`]+)`:"
    rf"|In `(?P<old>[^`]+)`, (?:below {_CODE.format('line')}:|strike {_CODE.format('gone')}\.))$"
    r"(?:\n\n```\w+\n(?P<text>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """One instruction of the page."""

    file: str
    text: str = ""
    below: str | None = None
    gone: str | None = None


def steps() -> list[Step]:
    """Every instruction, in order."""
    found = [match.groupdict() for match in _STEP.finditer(PAGE.read_text())]
    return [
        Step(
            one["new"] or one["old"],
            one["text"] or "",
            one["line"] or one["line2"],
            one["gone"] or one["gone2"],
        )
        for one in found
    ]


def follow(step: Step, tree: Path) -> None:
    """Do what an instruction says, exactly once."""
    file = tree / step.file
    if step.below is None and step.gone is None:
        assert not file.exists(), step.file
        file.write_text(step.text)
        return
    lines = file.read_text().splitlines(keepends=True)
    sought = step.below or step.gone or ""
    places = [place for place, line in enumerate(lines) if sought in line]
    assert len(places) == 1, (step.file, sought)
    if step.gone:
        left = lines[places[0]].replace(step.gone, "", 1)
        lines[places[0]] = left if left.strip() else ""
    else:
        lines.insert(places[0] + 1, step.text)
    file.write_text("".join(lines))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree in which the page was followed."""
    copy = tmp_path_factory.mktemp("tree")
    unneeded = shutil.ignore_patterns("__pycache__", "scenarios", ".*")
    for folder in ("federation", "resolvers", "gateway", "demo", "docs", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=unneeded)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, copy / file)
    for step in steps():
        follow(step, copy)
    return copy


def run(tree: Path, *arguments: str) -> str:
    """What a command of the copy prints."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 - this interpreter
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_schemas_of_the_copy_have_the_new_category(tree: Path) -> None:
    """Clients can read it, and native nodes are asked for it, without another line of code."""
    schema = run(tree, "gateway", "schema", "print")
    for line in ("type Device implements Item", "type DeviceEdge", "): DeviceConnection!"):
        assert line in schema
    (tree / "schema.graphql").write_text(schema)
    node = run(tree, "gateway", "schema", "print", "--node")
    assert "type Device {" in node
    (tree / "federation/protocols/graphql/node.graphql").write_text(node)


HELD = (
    "tests/federation/records/test_devices.py",
    "tests/federation/records/fhir/test_survey.py",
    "tests/federation/protocols/graphql/test_schema.py::test_every_category_is_published[DEVICES]",
    "tests/federation/merge/test_laws.py::test_every_item_stands_in_exactly_one_entry[DEVICES]",
    "tests/federation/merge/test_laws.py::test_pages_make_up_the_whole_list[DEVICES]",
    "tests/federation/sharing/test_leaks.py",
    "tests/resolvers/test_leaks.py::test_a_protected_person_is_nowhere_to_be_found[DEVICES]",
    "tests/resolvers/test_projection.py::test_everything_of_every_category_is_the_same[DEVICES]",
    "tests/resolvers/test_revision.py::test_every_field_of_an_item_counts[DEVICES]",
    "tests/test_docs.py::test_the_table_of_categories_says_what_the_code_does",
    "tests/test_docs.py::test_categories_are_read_from_the_types_that_the_table_says",
    "tests/test_docs.py::test_entries_are_dated_as_the_table_says[DEVICES]",
    "tests/test_docs.py::test_what_is_kept_back_is_what_the_table_says[DEVICES]",
    "tests/test_docs.py::test_the_table_of_types_that_are_not_read_says_what_the_code_does",
)


def test_what_holds_for_every_category_holds_for_the_new_one(tree: Path) -> None:
    """It is read, merged, paged and kept back, in the copy's own tests and the page's."""
    run(tree, "pytest", "-q", "-p", "no:cacheprovider", *HELD)


def test_the_pages_code_is_in_the_houses_form(tree: Path) -> None:
    """What a newcomer copies from the page passes the linter as it stands."""
    written = [step.file for step in steps() if step.below is None and step.gone is None]
    assert len(written) == 3
    run(tree, "ruff", "check", "--no-cache", *written)
    run(tree, "ruff", "format", "--no-cache", "--check", *written)
