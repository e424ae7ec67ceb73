"""What R4 says that no field of an item takes, told in words, so that nothing of it is lost.

Times that are no date (an age, a range, free words), lengths of time, notes, and the names of
other resources that one points at. Nothing here interprets: what cannot be told is left as it is
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from federation.records.base import PartialDateTime
from federation.records.fhir_elements import (
    Annotation,
    CodeableConcept,
    DomainResource,
    Period,
    Quantity,
    Reference,
)
from federation.records.fhir_r4 import References, Resource, UnreadableError, when
from federation.records.fhir_resources import Range, Ratio
from federation.records.fhir_words import lines

UNITS_OF_TIME = {
    # UCUM's codes, as R4 binds them.
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "a": "year",
}
_KIND = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+$")
_IN_ERROR = "entered-in-error"


class Told(NamedTuple):
    """A time: as dates as far as it has some, and what else is said of it."""

    start: PartialDateTime | None = None
    end: PartialDateTime | None = None
    words: str | None = None


def told(
    date_time: str | None,
    period: Period | None,
    *others: Quantity | Range | str | None,
) -> Told:
    """One of R4's times, whichever kind it is. An age is one of `others`, and never a date."""
    if date_time is not None:
        return Told(start=when(date_time))
    if period is not None:
        return Told(start=when(period.start), end=when(period.end))
    return Told(words=next(filter(None, map(_time_in_words, others)), None))


def _time_in_words(time: Quantity | Range | str | None) -> str | None:
    match time:
        case Quantity():
            age = length(time)
            return f"at the age of {age}" if age else None
        case Range():
            return between(time)
    return time


def length(time: Quantity | None) -> str | None:
    """A length of time: `7 days`, `< 1 hour`."""
    if time is None or time.value is None or time.code not in UNITS_OF_TIME:
        return time.words() if time else None
    return " ".join(filter(None, (time.comparator, counted(time.value, time.code))))


def counted(number: float, unit: str | None) -> str:
    """A number of units of time: `1 day`, `1.5 hours`."""
    word = UNITS_OF_TIME.get(unit or "")
    if word is None:
        return f"{number:.15g} {unit or ''}".strip()
    return f"{number:.15g} {word if number == 1 else f'{word}s'}"


def between(span: Range | None) -> str | None:
    """A range: `1 tablet to 2 tablet`, `at least 5 mg`."""
    if span is None:
        return None
    low, high = length(span.low), length(span.high)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else None


def per(ratio: Ratio | None) -> str | None:
    """A ratio: `4 g in 1 day`."""
    if ratio is None:
        return None
    return " in ".join(filter(None, (length(ratio.numerator), length(ratio.denominator)))) or None


def notes(written: Iterable[Annotation], *others: str | None) -> str | None:
    """Notes as they were written, then what has no field of its own, each on a line."""
    return lines(*(note.words() for note in written), *others)


def joined(concepts: Iterable[CodeableConcept | None]) -> str | None:
    """Several concepts in one line, each once."""
    texts = (text for concept in concepts if concept and (text := concept.words()))
    return ", ".join(dict.fromkeys(texts)) or None


# ── what others are called ──────────────────────────────────────────────────────────────────────


class _Named(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What most resources are named by, and whom they are about."""

    status: str | None = None
    verification_status: CodeableConcept = CodeableConcept()
    code: CodeableConcept | None = None
    medication_codeable_concept: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None


def linked(
    reference: Reference | None, references: References, about: Reference | None
) -> str | None:
    """What another resource is called, if it is about the same person; else only what it is."""
    if reference is None:
        return None
    found = references.find(reference)
    name = reference.display or (_name(found, about) if found else None)
    return name or _sort(reference)


def is_of(found: Resource, about: Reference | None) -> bool:
    """Whether a resource says that it is about this person."""
    named = _read_named(found)
    return named is not None and _same_person(named, about)


def _name(found: Resource, about: Reference | None) -> str | None:
    named = _read_named(found)
    if named is None or not _same_person(named, about) or _is_mistake(named):
        return None
    return joined((named.code, named.medication_codeable_concept, named.vaccine_code))


def _read_named(found: Resource) -> _Named | None:
    try:
        return found.read_any(_Named)
    except UnreadableError:
        return None


def _is_mistake(named: _Named) -> bool:
    return named.status == _IN_ERROR or _IN_ERROR in named.verification_status.codes()


def _same_person(named: _Named, about: Reference | None) -> bool:
    # Invariant: nothing of another person is told, whatever a node sends along.
    whom = named.subject or named.patient
    if about is None or whom is None or not (about.reference and whom.reference):
        return False
    return _tail(about.reference) == _tail(whom.reference)


def _tail(address: str) -> str:
    return "/".join(address.partition("/_history/")[0].split("/")[-2:])


def _sort(reference: Reference) -> str | None:
    kind = reference.type or next(iter(_KIND.findall(reference.reference or "")), None)
    if not (kind or reference.reference or reference.identifier):
        return None
    return f"{kind or 'an entry'} that is not shown here"
