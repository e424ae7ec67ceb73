"""Reading allergies from FHIR R4 `AllergyIntolerance` (UK Core)."""

from __future__ import annotations

from collections.abc import Iterable

from federation.model import Assertion
from federation.records import fhir_r4
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.fhir_r4 import References, Resource, UnreadableError, one_of
from federation.records.fhir_reading import FhirReading, Search
from federation.records.fhir_resources import AllergyIntolerance, Reaction

NONE_KNOWN_CODES = frozenset(
    # SNOMED CT "no known allergy" and its older form. Narrower ones ("no known drug allergy") say
    # nothing of the rest: they stay entries, in the source's own words.
    ("716186003", "160244002")
)
ALLERGY_END_URL = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd"
)
_SEVERITIES = ("severe", "moderate", "mild")
_OVER = frozenset(("inactive", "resolved"))


def read_allergy(resource: Resource, references: References) -> Allergy | Assertion | None:
    """One allergy, or the assertion that none is known; None for one entered in error."""
    found = resource.read(AllergyIntolerance)
    verification = found.verification_status.code()
    if verification == "entered-in-error":
        return None
    if found.code is None:
        raise UnreadableError("an allergy without a substance")
    if NONE_KNOWN_CODES.intersection(found.code.codes()):
        # One that was taken back asserts nothing.
        over = verification == "refuted" or _OVER.intersection(found.clinical_status.codes())
        return None if over else Assertion.NONE_KNOWN
    return _allergy(found, verification, references.within(resource))


def _allergy(
    found: AllergyIntolerance, verification: str | None, references: References
) -> Allergy:
    ended_at, end_reason = _end(found)
    onset = found.onset_period.start if found.onset_period else found.onset_date_time
    assert found.code is not None  # noqa: S101 - the caller has seen to it
    return Allergy(
        **fhir_r4.envelope(found, references, authors=(found.recorder, found.asserter)),
        substance=fhir_r4.concept(found.code),
        type=one_of(AllergyType, found.type, AllergyType.UNKNOWN),
        clinical_status=one_of(
            ClinicalStatus, found.clinical_status.code(), ClinicalStatus.UNKNOWN
        ),
        verification_status=one_of(VerificationStatus, verification, VerificationStatus.UNKNOWN),
        criticality=one_of(Criticality, found.criticality, Criticality.UNKNOWN),
        reactions=tuple(
            fhir_r4.concept(one) for reaction in found.reaction for one in reaction.manifestation
        ),
        severity=_worst(found.reaction),
        onset=fhir_r4.when(onset),
        recorded_at=fhir_r4.when(found.recorded_date),
        ended_at=ended_at,
        end_reason=end_reason,
    )


def _end(found: AllergyIntolerance) -> tuple[PartialDateTime | None, str | None]:
    # UK Core puts the end on the status that it explains; some sources put it on the resource.
    places = (*found.clinical_status.extension, *found.extension)
    end = fhir_r4.extension(places, ALLERGY_END_URL)
    if end is None:
        return None, None
    at = fhir_r4.extension(end.extension, "endDate")
    reason = fhir_r4.extension(end.extension, "reasonEnded")
    return fhir_r4.when(at.value_date_time if at else None), reason.value_string if reason else None


def _worst(reactions: Iterable[Reaction]) -> str | None:
    said = {reaction.severity for reaction in reactions}
    return next((severity for severity in _SEVERITIES if severity in said), None)


READING = FhirReading(
    searches=(Search(kind="AllergyIntolerance", includes=("recorder",)),),
    readers={"AllergyIntolerance": read_allergy},
)
