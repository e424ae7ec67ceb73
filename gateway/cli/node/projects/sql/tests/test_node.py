"""The node as the gateway sees it. Every test fails on a mistake in what a function gives."""

from __future__ import annotations

import node as ours
import pytest
import store
from make_example import write

from federation.node_kit import Assertion, Category
from federation.node_kit.testing import Asking

ADA, BERT, CYRA, DOT = "9990000018", "9990000026", "9990000034", "9990000042"
ADA_BEFORE, NOBODY, ELI, FERN = "9990000050", "9990000069", "9990000077", "9990000085"


@pytest.fixture(autouse=True)
def example(tmp_path, monkeypatch):
    """A store of this test's own."""
    path = tmp_path / "store.sqlite"
    write(path)
    monkeypatch.setattr(ours, "engine", store.open_store(path))


ask = Asking(ours.node)


def test_nobody_is_said_not_to_be_held():
    assert ask(NOBODY).is_not_held


def test_the_person_is_echoed():
    echo = ask(ADA).record.person
    assert (echo.nhs_number, echo.birth_date, echo.gender) == (ADA, "1952-05-17", "FEMALE")


def test_an_earlier_number_leads_to_the_record():
    assert ask(ADA_BEFORE, also=[ADA]).record.person.nhs_number == ADA


def test_allergies_with_the_ended_ones():
    part = ask(ADA).part(Category.ALLERGIES)
    assert [(item.substance.display, item.clinical_status) for item in part.items] == [
        ("Penicillin", "ACTIVE"),
        ("Latex", "RESOLVED"),
    ]


def test_no_known_allergies_is_not_the_same_as_nothing_recorded():
    assert ask(BERT).part(Category.ALLERGIES).assertion is Assertion.NONE_KNOWN
    assert ask(CYRA).part(Category.ALLERGIES).assertion is Assertion.NO_CONTENT_RECORDED


def test_every_letter_once_newest_first():
    part = ask(ADA).part(Category.DOCUMENTS)
    dates = [item.effective_at for item in part.items]
    assert len({item.source_id for item in part.items}) == len(dates) == 450
    assert dates == sorted(dates, reverse=True)
    assert part.state == "FRESH"


def test_who_objects_is_not_shown():
    told = ask(DOT)
    assert told.failure is not None
    assert told.failure.code == "OBJECTION"


def test_what_is_kept_in_is_nowhere():
    titles = [item.name for item in ask(ADA).part(Category.DOCUMENTS).items]
    assert "Gender identity clinic" not in titles


def test_what_is_withheld_says_so_without_its_topic():
    part = ask(ELI).part(Category.DOCUMENTS)
    assert (part.state, part.code, part.items) == ("WITHHELD", "WITHHELD_AT_SOURCE", ())


def test_what_waits_to_be_filed_says_so():
    part = ask(FERN).part(Category.ALLERGIES)
    assert (part.state, part.code, part.assertion) == ("PARTIAL", "AWAITING_FILING", None)


def test_a_store_that_is_down_is_no_empty_record(tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "engine", store.open_store(tmp_path / "nowhere" / "store.sqlite"))
    told = ask(ADA)
    assert told.failure is not None
    assert not told.is_not_held


def test_every_look_is_written_down():
    (look,) = ask(ADA).looks
    assert (look.outcome, look.role, look.purpose) == ("ANSWERED", "R0050", "DIRECT_CARE")
