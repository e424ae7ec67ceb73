"""Redaction: the fields that a rule empties, and emptying them.

Which action of the rules stands for which fields is the table here; whether an action is allowed is
for the rules to say. Every field in the table can be empty in every record that has it (a test
holds it so), since what cannot be emptied would have to be withheld.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from federation.records.base import Redaction

FIELDS: dict[str, tuple[str, ...]] = {
    # Who keeps it, who wrote it and why; labels and systems would tell the same by their names,
    # and so would what the person says in a plan that is shown for its decision on resuscitation.
    "see-origin": (
        "custodian",
        "author",
        "source_system",
        "security_labels",
        "indication",
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
        "prescriber",
        "prescribed_by",
        "change_summary",
        "evidence",
        "area",
        "scope",
        "note",
    ),
    # Every place and organisation that would tell where the person is to be found, whom to ring
    # there, and free words, which may say it too.
    "see-whereabouts": (
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
        "clinicians",
        "organisation",
        "team",
        "discharged_to",
        "prescriber.organisation",
        "prescribed_by",
        "requester.organisation",
        "contacts",
        "access_note",
        "scope",
        "summary",
        "note",
        "phones",
        "address",
        "gp_practice",
        "nominated_pharmacy",
    ),
}
"""The fields that each action of the rules stands for, of items and of persons alike."""

CODE = "NOT_PERMITTED"
MESSAGE = "not shown here under the network's sharing rules"
"""One code and one wording for every redaction: any difference between them would tell a topic."""

S = TypeVar("S", bound=Struct)


def emptied(value: S, fields: tuple[str, ...]) -> tuple[S, tuple[Redaction, ...]]:
    """The value without these fields, and a redaction for each that held something."""
    redactions = []
    for field in fields:
        without = _without(value, tuple(field.split(".")))
        if without is not value:
            value = without
            redactions.append(_redaction(field))
    return value, tuple(redactions)


def _without(value: S, path: tuple[str, ...]) -> S:
    """The same value where there is nothing to empty."""
    field, *rest = path
    held = getattr(value, field, None)
    if not held:
        return value
    inner: Any = _without(held, tuple(rest)) if rest else _nothing(held)
    return value if inner is held else replace(value, **{field: inner})


def _nothing(held: object) -> tuple[()] | None:
    return () if isinstance(held, tuple) else None


@lru_cache(maxsize=256)
def _redaction(field: str) -> Redaction:
    return Redaction(field=".".join(map(_camel, field.split("."))), code=CODE, message=MESSAGE)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
