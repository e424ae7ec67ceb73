"""Stories of what is over or was replaced: ended allergies, a letter, a dose refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.allergens import (
    ANAPHYLAXIS,
    CODEINE,
    LATEX,
    NAUSEA,
    PENICILLIN,
    RASH,
    TRIMETHOPRIM,
    URTICARIA,
)
from demo.population.conditions import COPD, problem
from demo.population.letters import CLINIC_LETTER, corrected, document
from demo.population.pen import Pen, day_text
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.vaccines import INFLUENZA, not_given, vaccination
from demo.population.visits import CLINIC, encounter, stay
from demo.population.world import MILTON_KEYNES_HOSPITAL, PRACTICES, ROYAL_FREE, UCLH
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import Concept
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.person import Gender


def ended_allergies() -> Story:
    """Ended in one region, active in another; refuted; ended everywhere."""
    slug, gp = "ended-allergies", PRACTICES[HERTS][2]
    person = someone(
        "9990000301",
        "Mr Alun Gethin",
        "1968-09-14",
        Gender.MALE,
        gp,
        ("40 Kingfisher Lane", "St Albans", "AL3 5PQ"),
    )
    practice, clinic = pen(slug, gp), pen(slug, ROYAL_FREE)
    other = pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "A London clinic took penicillin off Alun's allergies after he tolerated it; his practice "
        "never heard and warns of anaphylaxis. Latex was refuted, trimethoprim is ended wherever it"
        " is known. What is ended is shown as ended, and where sources differ the active one "
        "counts.",
        held(
            HERTS,
            person,
            (
                _allergy(practice, PENICILLIN, (ANAPHYLAXIS,), criticality=Criticality.HIGH),
                _ended(practice, TRIMETHOPRIM, RASH, "Rash was viral"),
            ),
        ),
        held(
            LONDON,
            person,
            (
                _ended(clinic, PENICILLIN, ANAPHYLAXIS, "Tolerated on supervised challenge"),
                _ended(clinic, TRIMETHOPRIM, RASH, "Rash was viral"),
                encounter(
                    clinic,
                    CLINIC,
                    at(date(2026, 1, 20), 9, 30),
                    kind="ambulatory",
                    specialty="Clinical immunology and allergy",
                    reason="Penicillin allergy assessment",
                ),
            ),
        ),
        held(
            MILTON_KEYNES,
            person,
            (
                _allergy(
                    other,
                    LATEX,
                    (URTICARIA,),
                    verification_status=VerificationStatus.REFUTED,
                    note="Skin test negative.",
                ),
                _allergy(other, CODEINE, (NAUSEA,), type=AllergyType.INTOLERANCE),
            ),
        ),
    )


def _allergy(by: Pen, substance: Concept, reactions: tuple[Concept, ...], **more: Any) -> Allergy:
    given: dict[str, Any] = {
        "type": AllergyType.ALLERGY,
        "clinical_status": ClinicalStatus.ACTIVE,
        "verification_status": VerificationStatus.CONFIRMED,
        "criticality": Criticality.LOW,
        "onset": day_text(date(2009, 6, 2)),
    }
    envelope = by.envelope(date(2009, 6, 3))
    return Allergy(**envelope, substance=substance, reactions=reactions, **(given | more))


def _ended(by: Pen, substance: Concept, reaction: Concept, reason: str) -> Allergy:
    return _allergy(
        by,
        substance,
        (reaction,),
        clinical_status=ClinicalStatus.RESOLVED,
        ended_at=day_text(date(2026, 1, 20)),
        end_reason=reason,
    )


def superseded_document() -> Story:
    """A letter with a wrong dose, and the letter that replaced it."""
    slug, gp = "superseded-document", PRACTICES[LONDON][1]
    person = someone(
        "9990000328",
        "Mr Vivek Raman",
        "1950-12-30",
        Gender.MALE,
        gp,
        ("62 Loxwood Street", "London", "E8 2HA"),
    )
    clinic, practice = pen(slug, UCLH), pen(slug, gp)
    first = document(
        clinic,
        CLINIC_LETTER,
        "Respiratory clinic letter",
        date(2026, 4, 21),
        summary="Prednisolone 50 mg daily for five days.",
    )
    # The correction names its occasion again and says what was wrong.
    newer, older = corrected(clinic, first, date(2026, 4, 28))
    newer = replace(newer, summary="Corrects a dose: prednisolone 30 mg daily for five days.")
    copy = replace(
        document(
            pen(slug, MILTON_KEYNES_HOSPITAL),
            CLINIC_LETTER,
            "Respiratory clinic letter",
            date(2026, 4, 21),
            summary=first.summary,
        ),
        identifiers=first.identifiers,
        custodian=first.custodian,
    )
    return tell(
        slug,
        person,
        "Vivek's clinic wrote 50 mg where it meant 30 and sent a corrected letter a week later. "
        "Both are shown, the first as superseded; Milton Keynes was sent only the first.",
        held(LONDON, person, (newer, older, problem(practice, COPD, date(2018, 2, 1)))),
        held(MILTON_KEYNES, person, (copy,)),
    )


def given_and_not_given() -> Story:
    """One node says that he was vaccinated that day, another that he was not."""
    slug, gp = "given-and-not-given", PRACTICES[HERTS][3]
    person = someone(
        "9990000409",
        "Mr Reginald Sykes",
        "1941-03-27",
        Gender.MALE,
        gp,
        ("29 Hopkiln Avenue", "Harlow", "CM18 5TD"),
    )
    ward, practice = pen(slug, UCLH), pen(slug, gp)
    day = date(2025, 10, 21)
    return tell(
        slug,
        person,
        "Reginald had his influenza vaccine on a London ward; his practice wrote down that day that"
        " he had declined it. Both are shown; neither is taken for the other.",
        held(
            LONDON,
            person,
            (
                vaccination(ward, INFLUENZA, day, place=UCLH.organisation),
                stay(ward, at(date(2025, 10, 19), 13, 45), 3, "Fall at home"),
            ),
        ),
        held(HERTS, person, (not_given(practice, INFLUENZA, day, "Person declined"),)),
    )
