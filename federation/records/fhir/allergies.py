"""Reading allergies from FHIR R4 `AllergyIntolerance` (UK Core).

What lists of allergies assert is in `allergy_lists.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.model import Assertion
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.fhir import r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, joined
from federation.records.fhir.pointers import linked
from federation.records.fhir.r4 import first_of, one_of, when
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.clinical import AllergyIntolerance, Reaction
from federation.records.fhir.telling import Told, notes, told
from federation.records.fhir.words import labelled

NONE_KNOWN_CODES = frozenset(
    # SNOMED CT "no known allergy" and its older form. Narrower ones ("no known drug allergy") say
    # nothing of the rest: they stay entries, in the source's own words.
    ("716186003", "160244002")
)
ALLERGY_END_URL = f"{UK_CORE_EXTENSION}AllergyIntoleranceEnd"
EVIDENCE_URL = f"{UK_CORE_EXTENSION}Evidence"
_SEVERITIES = ("severe", "moderate", "mild")
_OVER = frozenset(("inactive", "resolved"))


def read_allergy(resource: Resource, references: References) -> Allergy | Assertion | None:
    """One allergy, or the assertion that none is known; None for one entered in error."""
    found = resource.read(AllergyIntolerance)
    sure = first_of(VerificationStatus, found.verification_status, VerificationStatus.UNKNOWN)
    if "entered-in-error" in found.verification_status.codes():
        return None
    if found.code is None:
        raise UnreadableError("an allergy without a substance")
    if NONE_KNOWN_CODES.intersection(found.code.codes()):
        # One that was taken back asserts nothing.
        over = sure is VerificationStatus.REFUTED or _OVER.intersection(
            found.clinical_status.codes()
        )
        return None if over else Assertion.NONE_KNOWN
    return _allergy(found, sure, references.within(resource))


def _allergy(
    found: AllergyIntolerance, sure: VerificationStatus, references: References
) -> Allergy:
    ended_at, end_reason = _end(found)
    onset = _onset(found)
    assert found.code is not None  # noqa: S101 - the caller has seen to it
    return Allergy(
        **r4.envelope(found, references, authors=(found.recorder, found.asserter)),
        substance=r4.concept(found.code),
        type=one_of(AllergyType, found.type, AllergyType.UNKNOWN),
        clinical_status=first_of(ClinicalStatus, found.clinical_status, ClinicalStatus.UNKNOWN),
        verification_status=sure,
        criticality=one_of(Criticality, found.criticality, Criticality.UNKNOWN),
        reactions=tuple(
            r4.concept(one) for reaction in found.reaction for one in reaction.manifestation
        ),
        severity=_worst(found.reaction),
        onset=onset.start,
        recorded_at=when(found.recorded_date),
        ended_at=ended_at,
        end_reason=end_reason,
        substance_kinds=found.category,
        exposure_route=joined(reaction.exposure_route for reaction in found.reaction),
        last_reaction_at=when(found.last_occurrence),
        evidence=", ".join(dict.fromkeys(_evidence(found, references))) or None,
        note=notes(found.note, *_times(onset), *_happenings(found.reaction)),
    )


def _onset(found: AllergyIntolerance) -> Told:
    others = (found.onset_age, found.onset_range, found.onset_string)
    return told(found.onset_date_time, found.onset_period, *others)


def _times(onset: Told) -> Iterator[str | None]:
    yield labelled("Onset", (onset.words,))
    yield labelled("Onset until", (onset.end,))


def _evidence(found: AllergyIntolerance, references: References) -> Iterator[str]:
    for one in found.extension:
        name = linked(one.value_reference, references, found.patient)
        if name and one.url == EVIDENCE_URL:
            yield name


def _happenings(reactions: Iterable[Reaction]) -> Iterator[str | None]:
    """What the source says of single reactions and no field takes."""
    for reaction in reactions:
        what = joined(reaction.manifestation) or "Reaction"
        yield labelled(what, (reaction.description,))
        yield labelled(f"{what}, when", (when(reaction.onset),))
        yield labelled(f"{what}, to", (joined((reaction.substance,)),))
        yield labelled(what, (note.words() for note in reaction.note))


def _end(found: AllergyIntolerance) -> tuple[PartialDateTime | None, str | None]:
    # UK Core puts the end on the status that it explains; some sources put it on the resource.
    places = (*found.clinical_status.extension, *found.extension)
    end = r4.extension(places, ALLERGY_END_URL)
    if end is None:
        return None, None
    at = r4.extension(end.extension, "endDate")
    reason = r4.extension(end.extension, "reasonEnded")
    return when(at.value_date_time if at else None), reason.value_string if reason else None


def _worst(reactions: Iterable[Reaction]) -> str | None:
    said = {reaction.severity for reaction in reactions}
    return next((severity for severity in _SEVERITIES if severity in said), None)
