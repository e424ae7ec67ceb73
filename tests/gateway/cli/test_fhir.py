"""`watling fhir read`: what becomes of FHIR JSON, file by file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

TOLD = "Zebedee"
ALLERGY = {"resourceType": "AllergyIntolerance", "id": TOLD, "code": {"text": TOLD}}
WRONG = ALLERGY | {"code": None, "note": [{"text": TOLD}]}


def read(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["fhir", "read", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(json.dumps(ALLERGY))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "b.json.gz").write_bytes(gzip.compress(json.dumps(WRONG).encode()))
    (tmp_path / "notes.txt").write_text("no FHIR")
    return tmp_path


def test_a_table_a_file_and_a_total(folder: Path) -> None:
    """A folder is read with what is below it, zipped or not; other files are left alone."""
    shown = read(folder)
    assert shown.exit_code == 0
    titles = [line.strip() for line in shown.output.splitlines() if line[:1] in "/t"]
    assert titles == [str(folder / "a.json"), str(folder / "deeper" / "b.json.gz"), "total"]
    assert "an allergy without a substance" in shown.output
    assert "ALLERGIES: 1 item\n" in shown.output


def test_nothing_of_a_resource_is_printed(folder: Path) -> None:
    """Neither tables nor JSON hold anything of what a resource says."""
    assert TOLD not in read(folder).output + read(folder, "--json").output


def test_the_total_alone(folder: Path) -> None:
    """For many files the total can be had by itself."""
    assert "a.json" not in read(folder, "--total").output


def test_json(folder: Path) -> None:
    """The same as JSON, for a script."""
    shown = json.loads(read(folder / "a.json", "--json").output)
    row = {"kind": "AllergyIntolerance", "becomes": "items", "categories": ["ALLERGIES"], "why": ""}
    found = {"resources": [row | {"resources": 1}], "items": {"ALLERGIES": 1}}
    assert shown == {"files": {str(folder / "a.json"): found}, "total": found, "unreadable": []}


@pytest.mark.parametrize("name", ["broken.json", "broken.json.gz"])
def test_a_file_that_is_no_json(folder: Path, name: str) -> None:
    """It is named, the others are read all the same, and the exit code says so."""
    (folder / name).write_text('{"resourceType": ')
    shown = read(folder)
    assert shown.exit_code == 1
    assert f"watling: `{folder / name}` cannot be read as JSON\n" in shown.output
    assert "ALLERGIES: 1 item\n" in shown.output
