"""The tables of what is sensitive: each has its version, its sources, and only what belongs."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from federation.sharing.sensitivity import Sensitivity
from federation.sharing.signs import LABELS_TABLE, MARKS, VALUE_SETS
from federation.sharing.valuesets import load_value_sets

VERSIONS = {
    "contraception.toml": "2026-11",
    "domestic_abuse.toml": "2026-11",
    "fertility.toml": "2026-11",
    "gender_history.toml": "2026-11",
    "hiv.toml": "2026-11",
    "justice.toml": "2026-11",
    "labels.toml": "2026-11",
    "mental_health.toml": "2026-11",
    "safeguarding.toml": "2026-11",
    "sexual_health.toml": "2026-11",
    "staff_safety.toml": "2026-11",
    "substance.toml": "2026-11",
    "termination.toml": "2026-11",
    "third_party.toml": "2026-11",
}
"""Raised with every change of a table, so that an answer can be told from one under another."""
LABELLED_ALONE = {
    Sensitivity.LOCATION,
    Sensitivity.VIP,
    Sensitivity.RESTRICTED,
    Sensitivity.UNKNOWN_LABEL,
}


def test_the_versions_are_these() -> None:
    """Every table has a version, and every file is a table."""
    found = {name: table.version for name, table in VALUE_SETS.items()}
    assert found | {"labels.toml": LABELS_TABLE.version} == VERSIONS
    folder = files("federation.sharing.valuesets")
    assert {one.name for one in folder.iterdir() if one.name.endswith(".toml")} == set(VERSIONS)
    assert load_value_sets() == VALUE_SETS


def test_every_class_is_in_a_table_or_a_label_s_alone() -> None:
    """No class without anything that tells it."""
    told = {table.sensitivity for table in VALUE_SETS.values()}
    assert told == set(Sensitivity) - LABELLED_ALONE
    said = {label.says for label in LABELS_TABLE.labels}
    assert said == (set(Sensitivity) - {Sensitivity.UNKNOWN_LABEL}) | MARKS


@pytest.mark.parametrize("name", [name for name in VERSIONS if name != "labels.toml"])
def test_a_table_says_where_it_is_from(name: str) -> None:
    """Sources are named, codes are digits with a right check digit, terms are plain lower case."""
    table = VALUE_SETS[name]
    assert len(table.source.split()) > 3
    for one in (*table.codes, *table.services):
        assert re.fullmatch(r"[1-9][0-9]{5,17}", one.code), one
        assert _check_digit_is_right(one.code), one
        assert one.name
    for stem in table.icd10:
        assert re.fullmatch(r"[A-Z][0-9]{2}(\.[0-9])?", stem.code), stem
    assert all(term == term.casefold().strip() for term in table.terms)
    codes = [one.code for one in (*table.codes, *table.services)]
    assert len(codes) == len(set(codes))
    assert len(table.terms) == len(set(table.terms))


_TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_TURNS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def _check_digit_is_right(code: str) -> bool:
    """Verhoeff's check, which every SNOMED CT identifier ends with."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _TIMES[check][_TURNS[place % 8][int(digit)]]
    return check == 0
