"""Reading FHIR R4 `Consent`: advance decisions and consents to treatment are plans.

A consent to sharing is no clinical item: it becomes a `SharingPreference`. One to research is none
of the record's business. Whether somebody is to be resuscitated is never derived from a consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.model import Assertion
from federation.records import fhir_r4
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, PlanStatus
from federation.records.fhir_elements import Period, Reference
from federation.records.fhir_plans import ConsentProvision, FhirConsent
from federation.records.fhir_r4 import References, Resource, UnreadableError, when
from federation.records.fhir_words import labelled, lines, pointed_at, type_of
from federation.records.sharing_preference import Sharing, SharingPreference

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
_SHARING = {"permit": Sharing.PERMIT, "deny": Sharing.DENY}
_STAFF = frozenset(("Practitioner", "PractitionerRole"))


def read_consent(
    resource: Resource, references: References
) -> CarePlan | SharingPreference | Assertion | None:
    """A plan, or how far somebody wants to share; None for research and for one in error."""
    found = resource.read(FhirConsent)
    scopes = set(found.scope.codes())
    if found.status == "entered-in-error" or scopes == {"research"}:
        return None
    if "patient-privacy" in scopes:
        return _preference(found)
    name = next((_PLANS[one] for one in found.scope.codes() if one in _PLANS), None)
    if name is None:
        raise UnreadableError("a consent to something that is not known")
    return _plan(found, name, references.within(resource))


def _preference(found: FhirConsent) -> SharingPreference:
    if not found.id:
        raise UnreadableError("a resource without an id")
    said = found.provision or ConsentProvision()
    period = said.period or Period()
    return SharingPreference(
        source_id=found.id,
        sharing=_SHARING.get(said.type or "", Sharing.NOT_STATED),
        status=found.status,
        start=when(period.start),
        end=when(period.end),
        narrowed=bool(said.provision or said.code or said.purpose),
    )


def _plan(found: FhirConsent, name: str, references: References) -> CarePlan:
    period = (found.provision.period if found.provision else None) or Period()
    signed = (one for one in found.performer if type_of(one, references) in _STAFF)
    confirmed = [one.verification_date for one in found.verification if one.verified]
    return CarePlan(
        **fhir_r4.envelope(found, references, authors=(*signed, *found.organization)),
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
    return fhir_r4.concept(said) if said else Concept(display=name)


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
    if provision.modifier_extension:
        raise UnreadableError("an extension that changes the meaning")
    if provision.type == type_:
        yield from (text for one in provision.code if (text := one.words()))
    for inner in provision.provision:
        yield from _words(inner, type_)


def _names(references: Iterable[Reference]) -> Iterable[str | None]:
    return (one.display for one in references)
