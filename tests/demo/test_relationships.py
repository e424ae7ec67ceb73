"""The demo's feed: whoever tries the demo is let in, but where it shows what happens without."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from demo.organisations import organisation_rows
from demo.personas import personas
from demo.population.stories import stories
from demo.relationships import relationship_rows
from federation.feeds import read_feed
from federation.storage import PersonKeys

TODAY = date(2026, 11, 25)
NUMBERS = {story.slug: story.nhs_number for story in stories()}
ALONE = {
    "seen-in-watford",
    "discharged-home",
    "elder-court-resident",
    "moved-out",
    "nominates-pharmacy",
    "passing-through",
    "from-oxford",
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return relationship_rows(NUMBERS, TODAY)


@cache
def kind_of(code: str) -> str:
    row = next(row for row in organisation_rows(TODAY) if row["code"] == code)
    return row["belongs"][-1]["kind"]


def ties(rows: list[dict[str, str]], code: str) -> dict[str, str]:
    by_number = {number: slug for slug, number in NUMBERS.items()}
    return {by_number[row["number"]]: row["kind"] for row in rows if row["organisation"] == code}


def test_the_feed_is_one_that_a_gateway_takes(rows: list[dict[str, str]], tmp_path: Path):
    """Every row of it is read, and each is another."""
    path = tmp_path / "relationships.json"
    path.write_text(json.dumps(rows, default=str))

    assert len(read_feed("relationship", "demo", path, PersonKeys(bytes(32))).rows) == len(rows)


def test_who_treats_is_tied_to_everybody_but_those_who_show_what_happens_without(
    rows: list[dict[str, str]],
):
    """Each organisation that treats, with every curated person, by what is usual for its kind."""
    treating = {"acute", "gp", "care-home", "community", "pharmacy", "local-authority"}
    codes = {role.organisation for one in personas().values() for role in one.roles}
    for code in codes:
        if kind_of(code) in treating:
            assert ties(rows, code).keys() >= NUMBERS.keys() - ALONE, code


@pytest.mark.parametrize("kind", ["icb", "research", "police", "medical-examiner", "operator"])
def test_who_does_not_treat_is_tied_to_nobody(rows: list[dict[str, str]], kind: str):
    """An office, a researcher, the police."""
    assert [row for row in rows if kind_of(row["organisation"]) == kind] == []


def test_an_ambulance_is_tied_by_an_incident(rows: list[dict[str, str]]):
    """And by nothing else."""
    assert ties(rows, "RRU") == dict.fromkeys(
        ("everywhere", "palliative", "staff-safety"), "INCIDENT"
    )
    assert ties(rows, "RYC") == {}


def test_those_who_show_what_happens_without(rows: list[dict[str, str]]):
    """They are tied to whom their story names, and to nobody else."""
    found = {
        slug: [(row["organisation"], row["kind"]) for row in rows if row["number"] == NUMBERS[slug]]
        for slug in ALONE
    }
    assert found == {
        "seen-in-watford": [("RWG", "ADMISSION")],
        "discharged-home": [("Z99250", "CASELOAD")],
        "elder-court-resident": [("Z99160", "RESIDENCE")],
        "moved-out": [("Z99160", "RESIDENCE"), ("Z99162", "RESIDENCE")],
        "nominates-pharmacy": [("Z99181", "NOMINATED_PHARMACY")],
        "passing-through": [],
        "from-oxford": [("RRV", "ADMISSION")],
    }


def test_days_are_counted_from_the_first(rows: list[dict[str, str]]):
    """What ended has ended on whichever day the demo starts."""
    (ended,) = (row for row in rows if "until" in row)

    assert (ended["from"], ended["until"]) == (date(2024, 6, 8), date(2026, 10, 26))


def test_a_template_of_nobody_is_refused():
    """A slug that is misspelt would let nobody in, in silence."""
    with pytest.raises(LookupError, match="moved-out"):
        relationship_rows({"everywhere": NUMBERS["everywhere"]}, TODAY)
