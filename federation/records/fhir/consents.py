"""Reading FHIR R4 `Consent`: advance decisions and consents to treatment are plans.

A consent to sharing is no clinical item, and its node is who keeps it; one to research is none of
the record's business. Whether somebody is to be resuscitated is never derived from a consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.model import Assertion
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, PlanStatus
from federation.records.fhir import r4
from federation.records.fhir.elements import Period, Reference
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.r4 import when
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.plans import ConsentProvision, FhirConsent
from federation.records.fhir.words import labelled, lines

ADVANCE_DECISION = "Advance decision to refuse treatment"
TREATMENT = "Consent to treatment"
RECORDED = "Recorded; what it refuses is not part of this entry."
_PLANS = {"adr": ADVANCE_DECISION, "treatment": TREATMENT}
_STATUS = {
    "draft": PlanStatus.DRAFT,
    "proposed": PlanStatus.DRAFT,
    "active": PlanStatus.ACTIVE,
    "rejected": PlanStatus.REVOKED,
    # R4: terminated or replaced.
    "inactive": PlanStatus.COMPLETED,
}
_NO_PLANS = frozenset(("patient-privacy", "research"))
_STAFF = frozenset(("Practitioner", "PractitionerRole"))


def read_consent(resource: Resource, references: References) -> CarePlan | Assertion | None:
    """A plan; None for a consent to sharing or research and for one entered in error."""
    found = resource.read(FhirConsent)
    scopes = found.scope.codes()
    if found.status == "entered-in-error" or (scopes and _NO_PLANS.issuperset(scopes)):
        return None
    name = next((_PLANS[one] for one in scopes if one in _PLANS), None)
    if name is None:
        raise UnreadableError("a consent to something that is not known")
    return _plan(found, name, references.within(resource))


def _plan(found: FhirConsent, name: str, references: References) -> CarePlan:
    period = (found.provision.period if found.provision else None) or Period()
    signed = (one for one in found.performer if type_of(one, references) in _STAFF)
    confirmed = [one.verification_date for one in found.verification if one.verified]
    return CarePlan(
        **r4.envelope(found, references, authors=(*signed, *found.organization)),
        plan_type=_kind(found, name),
        name=name,
        status=_STATUS.get(found.status, PlanStatus.UNKNOWN),
        effective_at=when(period.start or found.date_time),
        valid_until=when(period.end),
        recorded_at=when(found.date_time),
        last_confirmed_at=when(max(filter(None, confirmed), default=None)),
        advance_decision=_refused(found, name),
        narrative=_rest(found, references),
    )


def _kind(found: FhirConsent, name: str) -> Concept:
    said = next((one for one in found.category if one.words()), None)
    return r4.concept(said) if said else Concept(display=name)


def _refused(found: FhirConsent, name: str) -> str | None:
    said = ", ".join(_told(found, "deny"))
    return said or (RECORDED if name == ADVANCE_DECISION else None)


def _rest(found: FhirConsent, references: References) -> str | None:
    document = found.source_attachment.title if found.source_attachment else None
    pointer = found.source_reference
    others = (one for one in found.performer if type_of(one, references) not in _STAFF)
    rule = found.policy_rule
    return lines(
        labelled("Consents to", _told(found, "permit")),
        labelled("About", _told(found, None)),
        labelled("Rule", (rule.words() if rule else None,)),
        labelled("Document", (document, pointed_at(pointer, references) if pointer else None)),
        labelled("Agreed by", _names(others)),
    )


def _told(found: FhirConsent, type_: str | None) -> list[str]:
    return list(dict.fromkeys(_words(found.provision, type_))) if found.provision else []


def _words(provision: ConsentProvision, type_: str | None) -> Iterator[str]:
    if provision.type == type_:
        yield from (text for one in provision.code if (text := one.words()))
    for inner in provision.provision:
        yield from _words(inner, type_)


def _names(references: Iterable[Reference]) -> Iterable[str | None]:
    return (one.display for one in references)
