"""Allergies and intolerances of the demo, by the SNOMED CT codes of substances and reactions."""

from __future__ import annotations

from msgspec import Struct

from demo.population.pen import Pen, day_text
from demo.population.terms import SNOMED, snomed
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import Coding, Concept, PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus

ANAPHYLAXIS = snomed("39579001", "Anaphylaxis")
URTICARIA = snomed("126485001", "Urticaria")
RASH = snomed("271807003", "Eruption of skin")
NAUSEA = snomed("422587007", "Nausea")
ANGIOEDEMA = snomed("41291007", "Angioedema")
WHEEZE = snomed("56018004", "Wheezing")
VOMITING = snomed("422400008", "Vomiting")

PENICILLIN = snomed("764146007", "Penicillin")
AMOXICILLIN = snomed("372687004", "Amoxicillin")
CODEINE = snomed("387494007", "Codeine")
ASPIRIN = snomed("387458008", "Aspirin")
IBUPROFEN = snomed("387207008", "Ibuprofen")
TRIMETHOPRIM = snomed("387170002", "Trimethoprim")
LATEX = snomed("111088007", "Latex")
PEANUT = snomed("762952008", "Peanut")


class Hazard(Struct, frozen=True, kw_only=True):
    """A substance and what it commonly does."""

    substance: Concept
    reactions: tuple[Concept, ...]
    type: AllergyType = AllergyType.ALLERGY


HAZARDS = (
    Hazard(substance=PENICILLIN, reactions=(RASH, URTICARIA, ANAPHYLAXIS)),
    Hazard(substance=AMOXICILLIN, reactions=(RASH, URTICARIA)),
    Hazard(substance=TRIMETHOPRIM, reactions=(RASH,)),
    Hazard(substance=ASPIRIN, reactions=(WHEEZE, ANGIOEDEMA)),
    Hazard(substance=IBUPROFEN, reactions=(WHEEZE, URTICARIA)),
    Hazard(substance=LATEX, reactions=(URTICARIA, RASH)),
    Hazard(substance=PEANUT, reactions=(ANGIOEDEMA, ANAPHYLAXIS)),
    Hazard(substance=CODEINE, reactions=(NAUSEA, VOMITING), type=AllergyType.INTOLERANCE),
    # A code that lost its meaning in a transfer between systems: shown, and never matched.
    Hazard(
        substance=Concept(
            display="Septrin",
            codings=(
                Coding(
                    system=SNOMED, code="196461000000101", display="Transfer-degraded drug allergy"
                ),
            ),
            original_text="Septrin",
            degraded=True,
        ),
        reactions=(RASH,),
    ),
)


def allergies(pen: Pen) -> list[Allergy]:
    """One to three allergies."""
    draw = pen.draw
    return [allergy(pen, hazard) for hazard in draw.sample(HAZARDS, draw.choice((1, 1, 1, 2, 3)))]


def allergy(pen: Pen, hazard: Hazard) -> Allergy:
    """One allergy as a practice or ward writes it down; one in twelve has been ended."""
    draw = pen.draw
    day = pen.earlier(300, 9000)
    reaction = draw.choice(hazard.reactions)
    ended = draw.random() < 1 / 12
    grave = reaction is ANAPHYLAXIS
    return Allergy(
        **pen.envelope(day),
        substance=hazard.substance,
        type=hazard.type,
        clinical_status=ClinicalStatus.RESOLVED if ended else ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.HIGH if grave else Criticality.LOW,
        reactions=(reaction,),
        severity="severe" if grave else draw.choice(("mild", "moderate")),
        # Long ago people remember the year at best.
        onset=day_text(day) if draw.random() < 0.5 else PartialDateTime(str(day.year)),
        ended_at=day_text(pen.earlier(10, 250)) if ended else None,
        end_reason="Tolerated on challenge" if ended else None,
    )
