"""The node as the gateway sees it. Every test fails on a mistake in what a function gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import extract
import node as ours
import pytest
from make_example import write

from federation.node_kit import Assertion, Category
from federation.node_kit.testing import Asking

ADA, BERT, CYRA, NOBODY = "9990000018", "9990000026", "9990000034", "9990000069"
LAST_NIGHT = datetime.now(UTC) - timedelta(hours=8)  # noqa: TID251 - how old is what is tested

ask = Asking(ours.node)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An extract of this test's own, of last night."""
    path = tmp_path / "extract"
    write(path, LAST_NIGHT)
    monkeypatch.setattr(ours, "extracts", extract.Extracts(path))
    return path


def test_nobody_is_said_not_to_be_held():
    assert ask(NOBODY).is_not_held


def test_the_person_is_echoed():
    echo = ask(ADA).record.person
    assert (echo.nhs_number, echo.birth_date, echo.gender) == (ADA, "1952-05-17", "FEMALE")


def test_allergies_with_the_ended_ones():
    part = ask(ADA).part(Category.ALLERGIES)
    assert [(item.substance.display, item.clinical_status) for item in part.items] == [
        ("Penicillin", "ACTIVE"),
        ("Latex", "RESOLVED"),
    ]


def test_no_known_allergies_is_not_the_same_as_nothing_recorded():
    assert ask(BERT).part(Category.ALLERGIES).assertion is Assertion.NONE_KNOWN
    assert ask(CYRA).part(Category.ALLERGIES).assertion is Assertion.NO_CONTENT_RECORDED


def test_medicines_with_and_without_a_code():
    (coded,) = ask(ADA).part(Category.MEDICATIONS).items
    (uncoded,) = ask(CYRA).part(Category.MEDICATIONS).items
    assert (coded.dosage, coded.start) == ("two", "2024-02")
    assert (uncoded.medicine.display, uncoded.medicine.codings) == ("Herbal sleeping tablets", ())


def test_every_part_says_up_to_when_it_goes():
    for part in ask(ADA).record.parts.values():
        assert (part.state, part.data_current_to) == ("FRESH", LAST_NIGHT)


def test_an_extract_that_is_behind_is_never_whole(folder):
    write(folder, LAST_NIGHT - timedelta(days=2))
    part = ask(BERT).part(Category.ALLERGIES)
    assert (part.state, part.code, part.assertion) == ("PARTIAL", "AWAITING_FILING", None)
    assert not ask(NOBODY).is_not_held


def test_before_the_first_extract_nobody_is_said_not_to_be_held(tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "extracts", extract.Extracts(tmp_path / "nowhere"))
    told = ask(NOBODY)
    assert told.failure is not None
    assert not told.is_not_held


def test_a_bad_extract_leaves_the_one_before(folder):
    assert ask(ADA).part(Category.ALLERGIES).data_current_to == LAST_NIGHT
    (folder / "allergies.csv").write_text("id,number\na1,9990000018,too,many\n")
    (folder / "manifest.json").write_text('{"current_to": "2026-01-01T00:00:00Z"}')
    part = ask(ADA).part(Category.ALLERGIES)
    assert (len(part.items), part.data_current_to) == (2, LAST_NIGHT)
