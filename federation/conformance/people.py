"""The test people of a region, and what its node must say of each: the expectations file.

    [[person]]
    label = "ward-round"
    nhs_number = "9990000018"
    situation = "known"
    family_name = "Example"
    birth_date = "1952-05-17"
    gender = "FEMALE"
    empty = ["CARE_PLANS"]
    counts = { OBSERVATIONS = 12 }

Everybody in it is invented: a number that is not of the 999 range is refused. A key that is not
known is an error that names its line, because an expectation that nobody reads tests nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from federation.errors import InvalidNhsNumberError
from federation.model import Assertion, Category
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.records.base import PARTIAL_DATE_PATTERN
from federation.records.person import Gender
from federation.toml import Wrong, read_toml, refuse

_TEST_RANGE = "999"
Label = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9]*(-[a-z0-9]+)*\Z",
        max_length=40,
        description="small letters and digits, in words joined by hyphens",
    ),
]
Words = Annotated[str, Meta(min_length=3, max_length=200)]


class Situation(StrEnum):
    """What is special about a test person."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    INVALIDATED = "invalidated"
    DECEASED = "deceased"
    RESTRICTED = "restricted"
    DISSENT = "dissent"
    UPSTREAM_TIMEOUT = "upstream-timeout"
    UPSTREAM_UNAVAILABLE = "upstream-unavailable"
    RATE_LIMITED = "rate-limited"


HELD = frozenset((Situation.KNOWN, Situation.SUPERSEDED, Situation.DECEASED, Situation.RESTRICTED))
"""Those of whom the node holds a record that it gives."""


class ExpectedCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A concept that must come as it is held: this code, and these words if they are named."""

    category: Category
    system: Words
    code: Annotated[str, Meta(min_length=1, max_length=64)]
    text: Words | None = None


class TestPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[person]]`: who it is, and what the node must say of them."""

    __test__ = False  # no test of pytest's

    label: Label
    nhs_number: str
    situation: Situation
    current_number: str | None = None
    family_name: str | None = None
    birth_date: Annotated[str, Meta(pattern=PARTIAL_DATE_PATTERN)] | None = None
    gender: Gender | None = None
    empty: tuple[Category, ...] = ()
    allergies: Assertion | None = None
    counts: dict[Category, Annotated[int, Meta(ge=0)]] = {}
    withheld: dict[Category, str] = {}
    unsaid: tuple[Words, ...] = ()
    in_transit: tuple[Category, ...] = ()
    awaiting_filing: tuple[Category, ...] = ()
    excluded: tuple[Words, ...] = ()
    labels: dict[Category, tuple[str, ...]] = {}
    dates: tuple[str, ...] = ()
    codes: tuple[ExpectedCode, ...] = ()
    merges_into: Label | None = None
    may_object: bool = False

    @property
    def numbers(self) -> tuple[NhsNumber, ...]:
        """The numbers that they are asked by."""
        later = (self.current_number,) if self.current_number else ()
        return tuple(NhsNumber(one) for one in (self.nhs_number, *later))

    @property
    def is_held(self) -> bool:
        """Whether the node gives a record of them."""
        return self.situation in HELD


class People(Struct, frozen=True, kw_only=True):
    """Every test person of a file."""

    persons: tuple[TestPerson, ...] = ()

    def of(self, *situations: Situation) -> tuple[TestPerson, ...]:
        """Those in one of these situations."""
        return tuple(one for one in self.persons if one.situation in situations)

    @property
    def held(self) -> tuple[TestPerson, ...]:
        """Those of whom the node gives a record."""
        return tuple(one for one in self.persons if one.is_held)

    def by_label(self, label: str) -> TestPerson:
        """The one of this label, which `read_people` made sure of."""
        return next(one for one in self.persons if one.label == label)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    person: Annotated[tuple[TestPerson, ...], Meta(min_length=1)]


def read_people(body: bytes, file: str = "expectations.toml") -> People:
    """The people of a file; raises `FaultyFileError` with every fault and its line."""
    persons = read_toml(body, _File, file).person
    refuse(file, body.decode("utf-8"), _wrong(persons))
    return People(persons=persons)


def _wrong(persons: Sequence[TestPerson]) -> Iterator[Wrong]:
    labels = [one.label for one in persons]
    numbers = [one.nhs_number for one in persons]
    for place, person in enumerate(persons):
        at = ("person", place)
        for name in ("nhs_number", "current_number"):
            if not _is_for_tests(getattr(person, name)):
                why = "is no number of the 999 range: only invented people are asked about"
                yield Wrong((*at, name), why)
        if person.label in labels[:place]:
            yield Wrong((*at, "label"), "is there twice")
        if person.nhs_number in numbers[:place]:
            yield Wrong((*at, "nhs_number"), "is there twice")
        if person.merges_into is not None and person.merges_into not in {*labels} - {person.label}:
            yield Wrong((*at, "merges_into"), "names nobody else of the file")
        echoed = (person.family_name, person.birth_date, person.gender)
        if person.is_held and not all(echoed):
            yield Wrong(
                at, "is held, and needs `family_name`, `birth_date` and `gender` for the echo"
            )


def _is_for_tests(number: str | None) -> bool:
    if number is None:
        return True
    try:
        return number.startswith(_TEST_RANGE) and parse_nhs_number(number) == number
    except InvalidNhsNumberError:
        return False
