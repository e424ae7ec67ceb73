"""The node as the gateway sees it. Every test fails on a mistake in what a function gives."""

from __future__ import annotations

import letters
import node as ours
import pytest
from make_example import write

from federation.node_kit import Assertion, Category
from federation.node_kit.testing import Asking

ADA, BERT, CYRA, NOBODY = "9990000018", "9990000026", "9990000034", "9990000069"

ask = Asking(ours.node)


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """An index of this test's own."""
    path = tmp_path / "letters.json"
    write(path)
    monkeypatch.setattr(letters, "INDEX", path)
    return path


def test_nobody_is_said_not_to_be_held():
    assert ask(NOBODY).is_not_held


def test_the_person_is_echoed():
    echo = ask(ADA).record.person
    assert (echo.nhs_number, echo.birth_date, echo.gender) == (ADA, "1952-05-17", "FEMALE")


def test_letters_newest_first():
    part = ask(ADA).part(Category.DOCUMENTS)
    dates = [item.effective_at for item in part.items]
    assert len(dates) == 13
    assert dates == sorted(dates, reverse=True)
    assert part.items[0].name == "Discharge from the stroke unit"


def test_no_letters_is_nothing_recorded():
    part = ask(BERT).part(Category.DOCUMENTS)
    assert part.assertion is Assertion.NO_CONTENT_RECORDED


def test_a_locked_letter_stays_here_and_the_reader_is_told():
    part = ask(CYRA).part(Category.DOCUMENTS)
    assert [item.name for item in part.items] == ["Physiotherapy"]
    assert (part.state, part.code) == ("PARTIAL", "WITHHELD_AT_SOURCE")


def test_everything_else_is_not_offered():
    part = ask(ADA, Category.DOCUMENTS, Category.ALLERGIES).part(Category.ALLERGIES)
    assert part.code == "NOT_OFFERED"


def test_an_archive_that_is_down_is_no_empty_record(index):
    index.unlink()
    told = ask(NOBODY)
    assert told.failure is not None
    assert not told.is_not_held
