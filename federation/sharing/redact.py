"""Redaction: the fields that a rule empties, and emptying them.

Which names in a rule's `@redact` stand for many fields is the table here; what is emptied is for
the rules to say. A text that must be there can be in the table: what the record's own code says
stands in its place, as "Discharge summary" for a letterhead (a test has a row for every field of
every record). Where a rule names a field itself that must be there, nothing stands for it: the
thing is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from federation.records.base import Concept, Redaction

GROUPS: dict[str, tuple[str, ...]] = {
    # Who keeps it, who wrote it and why; labels and systems would tell the same by their names,
    # and so would what the person says in a plan that is shown for its decision on resuscitation.
    "origin": (
        "custodian",
        "author",
        "source_system",
        "security_labels",
        "place",
        "provider",
        "organisation",
        "team",
        "clinicians",
        "named_worker",
        "prescriber",
        "prescribed_by",
        "requester",
        "requested_by",
        "requested_from",
        "booked_by",
        "setting",
        "specialty",
        "area",
        "scope",
        "indication",
        "reason",
        "priority_reason",
        "not_given_reason",
        "stop_reason",
        "end_reason",
        "change_summary",
        "evidence",
        "origin",
        "CarePlan.name",
        "goals",
        "preferences",
        "preferred_place_of_care",
        "preferred_place_of_death",
        "cpr.clinician",
        "cpr.discussed_with",
        "contacts",
        "lasting_power_of_attorney",
        "access_note",
        "activities",
        "narrative",
        "Document.name",
        "attachments.name",
        "summary",
        "note",
    ),
    # Every place and organisation that would tell where the person is to be found, whom to ring
    # there, letterheads, and free words, which may say it too.
    "whereabouts": (
        "custodian",
        "author.organisation",
        "source_system",
        "cpr.clinician.organisation",
        "preferred_place_of_care",
        "preferred_place_of_death",
        "place",
        "provider",
        "named_worker.organisation",
        "requested_by",
        "requested_from",
        "booked_by",
        "clinicians.organisation",
        "organisation",
        "team",
        "discharged_to",
        "prescriber.organisation",
        "prescribed_by",
        "requester.organisation",
        "contacts",
        "access_note",
        "activities",
        "narrative",
        "CarePlan.lasting_power_of_attorney",
        "scope",
        "CarePlan.name",
        "Contact.name",
        "SocialCareItem.text",
        "Document.name",
        "attachments.name",
        "summary",
        "note",
        "phones",
        "address",
        "gp_practice",
        "nominated_pharmacy",
    ),
}
"""Names that a rule may use for many fields, of items and of persons alike; those that begin with a
record's name are of that record alone."""

_OF_GROUPS = frozenset(field for fields in GROUPS.values() for field in fields)
CODE = "NOT_PERMITTED"
MESSAGE = "not shown here under the network's sharing rules"
"""One code and one wording for every redaction: any difference between them would tell a topic."""

S = TypeVar("S", bound=Struct)


def fields_of(names: Iterable[str]) -> tuple[str, ...]:
    """The fields that names in rules stand for: of a group, or the field of that name."""
    return tuple(dict.fromkeys(field for name in names for field in GROUPS.get(name, (name,))))


def withheld_by(value: Struct, fields: tuple[str, ...]) -> bool:
    """Whether a rule names a field that cannot be empty, so that all of this is withheld."""
    return any(_must_be_there(value, path) for path in _named_in(type(value), fields))


@lru_cache(maxsize=256)
def _named_in(kind: type[Struct], fields: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The ways to those that no group has: a rule names them itself."""
    return _paths_in(kind, tuple(field for field in fields if field not in _OF_GROUPS))


def _must_be_there(value: Struct, path: tuple[str, ...]) -> bool:
    field, *rest = path
    if field not in value.__struct_fields__:
        return True  # no such field: what was meant to go would be shown
    held = getattr(value, field)
    if not rest:
        return field not in _can_be_empty(type(value))
    several = held if isinstance(held, tuple) else (held,)
    return any(_must_be_there(one, tuple(rest)) for one in several if isinstance(one, Struct))


@lru_cache(maxsize=256)
def _can_be_empty(kind: type[Struct]) -> frozenset[str]:
    """Fields that may be null, or a list without anything in it."""
    fields = msgspec.structs.fields(kind)
    return frozenset(field.name for field in fields if field.default is None or field.default == ())


def emptied(value: S, fields: tuple[str, ...]) -> tuple[S, tuple[Redaction, ...]]:
    """The value without these fields, and a redaction for each that held something."""
    redactions = []
    for path in _paths_in(type(value), fields):
        without = _without(value, path)
        if without is not value:
            value = without
            redactions.append(_redaction(path))
    return value, tuple(redactions)


@lru_cache(maxsize=256)
def _paths_in(kind: type[Struct], fields: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The ways to those of the fields that a record has."""
    paths = (tuple(field.removeprefix(f"{kind.__name__}.").split(".")) for field in fields)
    return tuple(path for path in paths if path[0] in kind.__struct_fields__)


def _without(value: S, path: tuple[str, ...]) -> S:
    """The same value where there is nothing to empty."""
    field, *rest = path
    held = getattr(value, field)
    if not held:
        return value
    inner = _within(held, tuple(rest)) if rest else _instead(value, field)
    return value if inner == held else replace(value, **{field: inner})


def _within(held: Any, path: tuple[str, ...]) -> Any:
    if not isinstance(held, tuple):
        return _without(held, path)
    return tuple(_without(one, path) for one in held)


def _instead(value: Struct, field: str) -> str | tuple[()] | None:
    """What stands where a field is emptied."""
    required = _required(type(value))
    if field not in required:
        return () if isinstance(getattr(value, field), tuple) else None
    held = (getattr(value, name) for name in required)
    return next((one.display for one in held if isinstance(one, Concept)), MESSAGE)


@lru_cache(maxsize=256)
def _required(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.required)


@lru_cache(maxsize=256)
def _redaction(path: tuple[str, ...]) -> Redaction:
    return Redaction(field=".".join(map(_camel, path)), code=CODE, message=MESSAGE)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
