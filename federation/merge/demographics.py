"""Who the person is, shown once: the reference's demographics, completed from matching sources.

What the tracing service says stands; a field that it leaves open is filled with what most sources
say. Sources that say otherwise are listed beside it, but never their gender or names: a name that
differs may be one that the person has left behind. Whoever does not match the reference was put
aside long before (`verify.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import asdict, replace

from federation.flow import DemographicsSection, Question, Reference, Released
from federation.merge.age import age_text
from federation.merge.coverage import cover
from federation.merge.sections import meaning_of_nothing, oldest_time, row_warnings
from federation.model import Category, Node, Organisation
from federation.nhs_number import NhsNumber
from federation.records.base import Conflict, ConflictingValue, Redaction, Severity
from federation.records.compare import differ, plain
from federation.records.person import Address, Gender, Person, ShownPerson
from federation.status import SourceState

_SHOWABLE = frozenset(
    (SourceState.FRESH, SourceState.CACHED, SourceState.STALE, SourceState.PARTIAL)
)
_COMPLETED = (
    "name",
    "birth_date",
    "gender",
    "address",
    "phones",
    "gp_practice",
    "language",
    "interpreter_needed",
    "reasonable_adjustments",
    "deceased_at",
    "number_status",
    "birth_sex",
    "ethnicity",
    "contact_preference",
    "nominated_pharmacy",
    "death_notification",
)
_ORGANISATIONS = ("gp_practice", "nominated_pharmacy")
_WHEREABOUTS: Mapping[str, Any] = {
    "address": None,
    "phones": (),
    "gp_practice": None,
    "nominated_pharmacy": None,
}
"""What could tell where a person is to be found, and what stands in its place."""
REDACTED = {
    field: Redaction(
        field=name,
        code="NOT_PERMITTED",
        message="not shown here under the network's sharing rules",  # as every other redaction
    )
    for field, name in (
        ("address", "address"),
        ("phones", "phones"),
        ("gp_practice", "gpPractice"),
        ("nominated_pharmacy", "nominatedPharmacy"),
    )
}


class _Echo(NamedTuple):
    """What one source says of the person."""

    node: Node
    person: Person


class _Compared(NamedTuple):
    """A field whose disagreements are listed, when two values differ, and how one is written."""

    field: str
    shown_as: str
    differ: Callable[[Any, Any], bool]
    text: Callable[[Any], str]
    words: str


def make_demographics(
    question: Question, reference: Reference, released: Sequence[Released]
) -> DemographicsSection | None:
    """The person as the record shows them; None where the question does not ask for it."""
    if Category.DEMOGRAPHICS not in question.categories:
        return None
    rows = [one.rows[Category.DEMOGRAPHICS] for one in released]
    coverage = cover(rows)
    echoes = [
        _Echo(one.node, person) for one in released if _may_show(one) for person in one.persons
    ]
    redactions = [redaction for one in released for redaction in one.person_redactions]
    protected = reference.restricted or any(one.restricted for one in released)
    person = _shown(reference, echoes, redactions, question.asked_at, restricted=protected)
    return DemographicsSection(
        coverage=coverage,
        person=person,
        assertion=meaning_of_nothing((person,) if person else (), coverage),
        warnings=tuple(row_warnings(rows)),
        as_of=oldest_time(rows),
    )


def _may_show(released: Released) -> bool:
    return released.rows[Category.DEMOGRAPHICS].state in _SHOWABLE


def _shown(
    reference: Reference,
    echoes: Sequence[_Echo],
    redactions: Sequence[Redaction],
    asked_at: datetime,
    *,
    restricted: bool,
) -> ShownPerson | None:
    if reference.person is None and not echoes:
        return None
    echoed = [echo.person for echo in echoes]
    person = _completed(reference.number, reference.person, echoed)
    restricted = restricted or person.restricted or any(one.restricted for one in echoed)
    shown = ShownPerson(
        **asdict(person) | {"former_names": (), "security_labels": (), "restricted": restricted},
        age=age_text(person.birth_date, person.deceased_at, asked_at, deceased=person.deceased),
        conflicts=_conflicts(person, echoes),
        redactions=tuple(dict.fromkeys(redactions)),
    )
    protected = restricted or any(one in REDACTED.values() for one in redactions)
    return _without_whereabouts(shown) if protected else shown


def _completed(number: NhsNumber, traced: Person | None, echoes: Sequence[Person]) -> Person:
    """The traced person, and in what is open there, what most sources say."""
    person = traced or Person(nhs_number=number)
    filled = {
        field: _most_say([getattr(echo, field) for echo in echoes], getattr(person, field))
        for field in _COMPLETED
        if _is_open(getattr(person, field))
    }
    for field in _ORGANISATIONS:
        filled[field] = _named(filled.get(field, getattr(person, field)), field, echoes)
    deceased = person.deceased or any(echo.deceased or echo.deceased_at for echo in echoes)
    return replace(person, nhs_number=number, deceased=bool(deceased), **filled)


def _named(known: Organisation | None, field: str, echoes: Iterable[Person]) -> Organisation | None:
    """The organisation with its name, where it is known by its code alone and a source has it."""
    if known is None or known.name != known.ods_code:
        return known
    told = (house for echo in echoes if (house := getattr(echo, field)))
    named = (one for one in told if one.ods_code == known.ods_code and one.name != one.ods_code)
    return next(named, known)


def _is_open(value: object) -> bool:
    return value is None or value == () or value is Gender.UNKNOWN


def _most_say(values: Iterable[Any], otherwise: Any) -> Any:
    # Sources come in a fixed order, so that the first of equals is always the same.
    counted = Counter(value for value in values if not _is_open(value))
    return counted.most_common(1)[0][0] if counted else otherwise


def _without_whereabouts(person: ShownPerson) -> ShownPerson:
    # The tracing service's word passed no rule of a node: what is kept back there is kept here.
    held = [field for field in _WHEREABOUTS if getattr(person, field)]
    redactions = (*person.redactions, *(REDACTED[field] for field in held))
    names = {redaction.field for redaction in REDACTED.values()}
    return replace(
        person,
        **_WHEREABOUTS,
        conflicts=tuple(one for one in person.conflicts if one.field not in names),
        redactions=tuple(dict.fromkeys(redactions)),
    )


def _addresses_differ(one: Address, other: Address) -> bool:
    return plain(one.text.replace(",", " ")) != plain(other.text.replace(",", " "))


def _organisations_differ(one: Organisation, other: Organisation) -> bool:
    if one.ods_code and other.ods_code:
        return one.ods_code != other.ods_code
    return differ(one.name, other.name)


def _phones_differ(one: Sequence[str], other: Sequence[str]) -> bool:
    return _subscribers(one).isdisjoint(_subscribers(other))


def _subscribers(phones: Sequence[str]) -> set[str]:
    # The last ten digits: +44 20 7946 0000 and 020 7946 0000 are one.
    return {"".join(filter(str.isdigit, phone))[-10:] for phone in phones}


def _dates_differ(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    return one[:length] != other[:length]


_COMPARED = (
    _Compared("address", "address", _addresses_differ, lambda said: said.text, "another address"),
    _Compared("phones", "phones", _phones_differ, ", ".join, "other telephone numbers"),
    _Compared(
        "gp_practice", "gpPractice", _organisations_differ, lambda said: said.name, "another GP"
    ),
    _Compared(
        "nominated_pharmacy",
        "nominatedPharmacy",
        _organisations_differ,
        lambda said: said.name,
        "another pharmacy",
    ),
    _Compared("language", "language", differ, str, "another language"),
    _Compared("deceased_at", "deceasedAt", _dates_differ, str, "another date of death"),
)
"""Everything that is listed when sources differ. Not gender, birth sex, ethnicity or names: what
differs there may tell of a life that the person has left behind, and is theirs to tell. A birth
date that differs never gets this far."""


def _conflicts(shown: Person, echoes: Sequence[_Echo]) -> tuple[Conflict, ...]:
    found = (_conflict(compared, shown, echoes) for compared in _COMPARED)
    return tuple(conflict for conflict in found if conflict)


def _conflict(compared: _Compared, shown: Person, echoes: Sequence[_Echo]) -> Conflict | None:
    value = getattr(shown, compared.field)
    said = [(echo.node, getattr(echo.person, compared.field)) for echo in echoes]
    stated = [(node, other) for node, other in said if not _is_open(other)]
    differing = sorted({node.name for node, other in stated if compared.differ(value, other)})
    if not differing:
        return None
    return Conflict(
        field=compared.shown_as,
        severity=Severity.INFORMATION,
        message=f"{' and '.join(differing)} has {compared.words}.",
        values=tuple(
            dict.fromkeys(
                ConflictingValue(source=node, value=compared.text(other)) for node, other in stated
            )
        ),
    )
