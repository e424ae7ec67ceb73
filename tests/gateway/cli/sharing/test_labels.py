"""`watling sharing labels preview`: counts and table entries, and nothing of the data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

TOLD = "Zebedee"


def preview(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["sharing", "labels", "preview", *map(str, arguments)])


def _condition(text: str, **more: object) -> dict[str, object]:
    subject = {"display": TOLD}
    code = {"text": text}
    return {"resourceType": "Condition", "id": TOLD, "subject": subject, "code": code, **more}


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """One problem in each of the forms that an extract may have, and one medicine."""
    (tmp_path / "a.json").write_text(json.dumps(_condition("Chlamydia " + TOLD)))
    lines = [_condition("Asthma"), _condition("Syphilis")]
    (tmp_path / "b.ndjson").write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    label = {"system": "urn:" + TOLD, "code": TOLD}
    other = _condition("Gout", meta={"security": [label]})
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(json.dumps(other).encode()))
    medicine = {"sourceId": TOLD, "medicine": {"display": "Truvada tablets"}}
    answer = {"data": {"records": [{"medications": {"state": "FRESH", "items": [medicine]}}]}}
    (tmp_path / "d.json").write_text(json.dumps(answer))
    (tmp_path / "notes.txt").write_text("HIV")
    return tmp_path


def test_every_form_of_an_extract_is_counted(extract: Path) -> None:
    """Resources, lines of NDJSON, zipped files and a native answer; other files are left alone."""
    shown = preview(extract, "--json")
    assert shown.exit_code == 0
    found = json.loads(shown.output)
    assert (found["items"], found["classed"]) == (5, 4)
    counts = {
        name: (one["items"], one["shownWithoutOrigin"]) for name, one in found["classes"].items()
    }
    assert counts == {"SEXUAL_HEALTH": (2, 0), "UNKNOWN_LABEL": (1, 0), "HIV": (1, 1)}
    assert {"table": "hiv.toml", "entry": "truvada", "items": 1} in found["classes"]["HIV"][
        "caughtBy"
    ]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_of_the_data_is_printed(extract: Path, form: tuple[str, ...]) -> None:
    """No id, name, word or label of the data, whatever it is called."""
    assert TOLD not in preview(extract, *form).output


def test_the_table_names_versions(extract: Path) -> None:
    """What was found hangs on the tables, so their versions stand below."""
    shown = preview(extract)
    assert "5 items, 4 of them of some class." in shown.output
    assert "hiv.toml 2026-11" in shown.output.replace("\n", " ")


def test_a_file_that_is_no_json_fails_the_command(extract: Path) -> None:
    """The rest is counted all the same."""
    (extract / "e.json").write_text("{")
    shown = preview(extract, "--json")
    assert shown.exit_code == 1
    assert "e.json` cannot be read as JSON" in shown.output


def test_an_item_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It is left out, and its content is not printed."""
    (tmp_path / "a.json").write_text(json.dumps({"medications": [{"sourceId": TOLD}]}))
    shown = preview(tmp_path)
    assert "an item that cannot be read is left out" in shown.output
    assert TOLD not in shown.output
