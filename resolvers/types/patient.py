"""The record of one person, as the schema shows an `Answer`.

Its sections come from `records.CATEGORIES`; the rest is written here. Every field reads the answer
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry

from federation.flow import Answer
from federation.flow import DemographicsSection as DemographicsValue
from federation.flow import Section as SectionValue
from federation.model import Category, IdentityBasis
from federation.nhs_number import NhsNumber
from federation.records import CATEGORIES
from federation.records.base import CategoryDefinition, Shape
from federation.records.person import ShownPerson
from resolvers.ids import ViewIds
from resolvers.types.access import EmergencyGrant
from resolvers.types.coverage import Coverage, Obligation
from resolvers.types.fields import reads, resolved, told
from resolvers.types.from_record import category_types, implementing
from resolvers.types.interfaces import Section
from resolvers.types.made_from import MadeFrom
from resolvers.types.revision import content_of
from resolvers.types.structs import struct_type
from resolvers.types.timeline import timeline_of, with_codes, without_codes


@strawberry.type(description="How sure we are that this is the person whom the caller means.")
class IdentityConfirmation:
    """Read from `flow.Identity`."""

    basis: IdentityBasis = told("What the certainty rests on.")
    message: str = told("The same in a sentence a clinician can read.")


def _demographics_id(_section: DemographicsValue, ids: ViewIds) -> str:
    return ids.section(Category.DEMOGRAPHICS)


def _demographics_category(_section: DemographicsValue, _ids: ViewIds) -> Category:
    return Category.DEMOGRAPHICS


DemographicsSection = implementing(
    Section,
    "DemographicsSection",
    "Who the person is, and what each source did for that.",
    MadeFrom(DemographicsValue),
    {"person": struct_type(ShownPerson) | None},
    {
        "id": reads(
            _demographics_id,
            strawberry.ID,
            "Opaque; stable for this part of this person's record and this requester's authority.",
        ),
        "category": reads(_demographics_category, Category, "Which heading it is."),
        "person": told("The person; null where nobody says who they are."),
    },
)


def _of_record(name: str) -> Callable[[Answer, ViewIds], Any]:
    def read(answer: Answer, _ids: ViewIds) -> Any:
        return getattr(answer.record, name)

    return read


def _id(_answer: Answer, ids: ViewIds) -> str:
    return ids.record()


def _view_id(answer: Answer, _ids: ViewIds) -> str:
    return answer.question.view_id


def _revision(answer: Answer, ids: ViewIds) -> str:
    return ids.revision(content_of(answer.record))


def _section(category: Category) -> Callable[[Answer, ViewIds], SectionValue]:
    def read(answer: Answer, _ids: ViewIds) -> SectionValue:
        return answer.record.sections[category]

    return read


_HEAD: dict[str, Any] = {
    "id": reads(
        _id,
        strawberry.ID,
        "Opaque; stable for this person and this requester's authority, different between"
        " authorities, so that two roles on one machine never share a cache entry.",
    ),
    "nhs_number": reads(_of_record("nhs_number"), NhsNumber, "The number in use now."),
    "view_id": reads(_view_id, strawberry.ID, "Names this view in the audit trail."),
    "revision": reads(
        _revision, str, "Changes whenever anything in the answer but its times does."
    ),
    "as_of": reads(_of_record("as_of"), datetime, "When this answer was made."),
    "coverage": reads(
        _of_record("coverage"), Coverage, "What was asked over all categories and what answered."
    ),
    "notice": reads(
        _of_record("notice"),
        str,
        "What is never shown to a requester of this kind, whoever the person is, in words that"
        " help; says nothing about this person.",
    ),
    "obligations": reads(
        _of_record("obligations"),
        list[Obligation],
        "What the caller must do or show because of how they got access.",
    ),
    "emergency_grant": reads(
        _of_record("emergency_grant"),
        EmergencyGrant | None,
        "The caller's emergency grant for this person, where one is in force.",
    ),
    "identity": reads(
        _of_record("identity"),
        IdentityConfirmation,
        "How sure we are that this is the person the caller means.",
    ),
    "demographics": reads(_of_record("demographics"), DemographicsSection, "Who the person is."),
}
_FILTERED_BY_CODE = frozenset((Category.OBSERVATIONS, Category.RESULTS))


def _category_field(definition: CategoryDefinition[Any]) -> Any:
    section = category_types(definition).section
    if definition.shape is Shape.WHOLE_LIST:
        return reads(_section(definition.category), section, definition.description)
    read = timeline_of(definition.category)
    filtered = definition.category in _FILTERED_BY_CODE
    resolve = with_codes(read) if filtered else without_codes(read)
    return resolved(resolve, read, section, definition.description)


def _patient_record() -> type:
    sections = {definition.field_name: _category_field(definition) for definition in CATEGORIES}
    made: type = strawberry.type(
        type("PatientRecord", (), _HEAD | sections),
        name="PatientRecord",
        description="One person's record, merged from every node that may share a part of it.",
    )
    return made


PatientRecord = _patient_record()
