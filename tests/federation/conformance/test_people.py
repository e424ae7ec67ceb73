"""The expectations file: invented people alone, and nothing in it that nobody reads."""

from __future__ import annotations

import pytest

from federation.conformance import Situation, read_people
from federation.errors import FaultyFileError

KNOWN = """
[[person]]
label = "known-one"
nhs_number = "9990000018"
situation = "known"
family_name = "Example"
birth_date = "1952-05-17"
gender = "FEMALE"
"""
UNKNOWN = """
[[person]]
label = "nobody"
nhs_number = "9990000026"
situation = "unknown"
"""


def test_people_are_read() -> None:
    """Who is in the file, and what is expected of them."""
    people = read_people((KNOWN + UNKNOWN).encode())
    assert [one.label for one in people.held] == ["known-one"]
    assert [one.label for one in people.of(Situation.UNKNOWN)] == ["nobody"]


FAULTS = [
    # what is changed, into what, the line and the words that say so
    ("gender =", "colour =", 8, "there is no such key"),
    ('"9990000018"', '"9434765919"', 4, "only invented people"),
    ('"9990000018"', '"9990000019"', 4, "only invented people"),
    ('"known"', '"famous"', 5, "must be one of"),
    ("family_name", "# family_name", 2, "is held, and needs `family_name`"),
    ('gender = "FEMALE"', 'gender = "FEMALE"\nmerges_into = "who"', 9, "names nobody else"),
    ('label = "known-one"', 'label = "9990000018"', 3, "small letters and digits"),
    ('label = "known-one"', 'label = "nobody"', 11, "is there twice"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), FAULTS, ids=[one[3] for one in FAULTS])
def test_a_fault_is_told_with_its_line(old, new, line, words) -> None:
    """A file with a fault is refused, and the fault names its line and repeats no number."""
    text = (KNOWN + UNKNOWN).replace(old, new)
    with pytest.raises(FaultyFileError) as refused:
        read_people(text.encode())
    assert line in refused.value.lines
    assert words in str(refused.value)
    assert "943476591" not in str(refused.value)


def test_nobody_is_a_fault() -> None:
    """A file without people tests nothing."""
    with pytest.raises(FaultyFileError):
        read_people(b"person = []\n")
