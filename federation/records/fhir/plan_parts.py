"""Parts of a FHIR R4 `CarePlan` in words: its goals, what is to be done, whom to ring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.records.care_plans import PlanContact
from federation.records.fhir import r4
from federation.records.fhir.contacts import related, staff_phones
from federation.records.fhir.dosage import figures, in_order
from federation.records.fhir.elements import Reference, joined
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.resource import References, Resource
from federation.records.fhir.structs.medicines import Dosage
from federation.records.fhir.structs.people import FhirCareTeam, FhirRelatedPerson, TeamMember
from federation.records.fhir.structs.plans import (
    ActivityDetail,
    FhirCarePlan,
    FhirGoal,
    PlanActivity,
)
from federation.records.fhir.telling import span

_UNDERWAY = frozenset(("not-started", "scheduled", "in-progress", "unknown"))
"""States of an activity that need no word: it is to be done."""
NOT_SENT = "An activity that its source did not send along"
NOT_SHOWN = "Something that is not shown here"
_RELATED = "RelatedPerson"


def goal(reference: Reference, references: References) -> str | None:
    """What the person wants to reach, None where nothing says it."""
    found = references.find(reference)
    if found is None:
        return reference.display
    if references.guarded(found):
        return NOT_SHOWN
    return found.read(FhirGoal).description.words()


def activities(found: FhirCarePlan, references: References) -> tuple[str, ...]:
    """Each activity in a line, with how far it has come."""
    return tuple(_activity(one, references) for one in found.activity)


def progress(found: FhirCarePlan) -> Iterator[str]:
    """What was noted of how activities went."""
    return (note.words() for one in found.activity for note in one.progress)


def _activity(one: PlanActivity, references: References) -> str:
    pointed = pointed_at(one.reference, references) if one.reference else None
    detail = one.detail
    what = (*_what(detail, references), pointed) if detail else (pointed,)
    said = ": ".join(dict.fromkeys(filter(None, what))) or NOT_SENT
    terms = ", ".join(filter(None, _terms(detail, references))) if detail else None
    state = _state(detail)
    outcome = joined(one.outcome_codeable_concept)
    whole = ", ".join(filter(None, (said, terms)))
    whole = f"{whole} ({state})" if state else whole
    if detail and detail.do_not_perform:
        whole = f"Not to be done: {whole}"
    return f"{whole}; outcome: {outcome}" if outcome else whole


def _what(detail: ActivityDetail, references: References) -> Iterator[str | None]:
    yield detail.code.words() if detail.code else None
    yield detail.description
    product = detail.product_reference
    yield detail.product_codeable_concept.words() if detail.product_codeable_concept else None
    yield pointed_at(product, references) if product else None


def _terms(detail: ActivityDetail, references: References) -> Iterator[str | None]:
    """How much, when, where and by whom."""
    yield detail.quantity.words() if detail.quantity else None
    yield f"{detail.daily_amount.words()} a day" if detail.daily_amount else None
    yield from map(figures, in_order((Dosage(timing=detail.scheduled_timing),)))
    yield detail.scheduled_string
    yield span(detail.scheduled_period) if detail.scheduled_period else None
    yield pointed_at(detail.location, references) if detail.location else None
    yield ", ".join(filter(None, displays(detail.performer, references)))


def _state(detail: ActivityDetail | None) -> str | None:
    if detail is None:
        return None
    reason = detail.status_reason.words() if detail.status_reason else None
    status = None if detail.status in _UNDERWAY else detail.status
    return ": ".join(filter(None, (status, reason))) or None


def contacts(
    found: FhirCarePlan, resource: Resource, references: References
) -> Iterator[PlanContact]:
    """Whom to ring: the team in its order, then relatives who are named or contained besides."""
    seen: set[str] = set()
    for member in _members(found, references):
        seen.add(_address(member.member))
        if contact := _contact(member, references):
            yield contact
    for one in _relatives(found, resource, references):
        if _address(one) not in seen:
            seen.add(_address(one))
            if contact := _contact(TeamMember(member=one), references):
                yield contact


def _members(found: FhirCarePlan, references: References) -> Iterator[TeamMember]:
    for one in found.care_team:
        team = references.find(one)
        if team is not None and team.kind == "CareTeam":
            yield from team.read(FhirCareTeam).participant
        elif one.display:
            yield TeamMember(member=one)


def _relatives(
    found: FhirCarePlan, resource: Resource, references: References
) -> Iterator[Reference]:
    yield from (one for one in found.contributor if type_of(one, references) == _RELATED)
    contained = (Resource.parse(raw) for raw in resource.contained)
    yield from (Reference(reference=f"#{one.id}") for one in contained if one.kind == _RELATED)


def _contact(member: TeamMember, references: References) -> PlanContact | None:
    who = member.member
    if who is None or type_of(who, references) == "Patient":
        return None
    role = joined(member.role)
    found = references.find(who)
    if found is not None and references.guarded(found):
        return PlanContact(name=NOT_SHOWN)
    if found is not None and found.kind == _RELATED:
        return _relative(found, role)
    staff = r4.practitioner(who, references)
    house = r4.organisation(who, references)
    named = staff.name if staff else house.name if house else pointed_at(who, references)
    if named is None:
        return None
    relationship = role or (staff.role if staff else None)
    return PlanContact(name=named, relationship=relationship, phones=staff_phones(found))


def _relative(found: Resource, role: str | None) -> PlanContact | None:
    person = found.read(FhirRelatedPerson)
    if not person.active:
        return None
    said = related(person)
    relationship = said["relationship"] or role
    return PlanContact(name=said["name"], relationship=relationship, phones=said["phones"])


def _address(reference: Reference | None) -> str:
    return (reference.reference if reference else None) or ""


def displays(pointers: Iterable[Reference], references: References) -> list[str | None]:
    """What several references point at, in words."""
    return [pointed_at(one, references) for one in pointers]
