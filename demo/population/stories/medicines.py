"""Stories about medicines: by whom prescribed, which must never be taken for one, lost codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from demo.model import HERTS, LONDON, MILTON_KEYNES, Holding, Story
from demo.population.conditions import (
    ATRIAL_FIBRILLATION,
    BIPOLAR,
    EPILEPSY,
    HEART_FAILURE,
    INSULIN_DIABETES,
    RHEUMATOID,
    problem,
)
from demo.population.formulary import APIXABAN, FUROSEMIDE, Medicine
from demo.population.pen import Pen, day_text
from demo.population.stories.telling import at, held, pen, rewritten, someone, tell
from demo.population.terms import SNOMED
from demo.population.visits import stay
from demo.population.world import MILTON_KEYNES_HOSPITAL, PRACTICES, UCLH, WATFORD
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import Coding, Concept
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.medications import (
    Medication,
    MedicationEvent,
    MedicationStatus,
    PrescriptionKind,
)
from federation.records.person import Gender, Person

# Products of the Greater Manchester code sets whose code is that of a product, not of a pack.
INSULIN_GLARGINE = Medicine(
    name="Insulin glargine 100units/ml solution for injection 3ml pre-filled disposable devices",
    code="3469211000001101",
    directions=("18 units at night",),
    form="Solution for injection",
    route="Subcutaneous",
    indication="Type 1 diabetes",
    quantity="5 pens",
)
LITHIUM = Medicine(
    name="Lithium carbonate 400mg modified-release tablets",
    code="321734009",
    directions=("Two tablets at night",),
    form="Modified-release tablet",
    indication="Bipolar affective disorder",
    quantity="56 tablets",
)
LAMOTRIGINE = Medicine(
    name="Lamotrigine 100mg tablets",
    code="322982006",
    directions=("One tablet twice a day",),
    indication="Epilepsy",
    quantity="56 tablets",
)
METHOTREXATE = Medicine(
    name="Methotrexate 2.5mg tablets",
    code="326874007",
    directions=("Six tablets once a week, on Mondays",),
    indication="Rheumatoid arthritis",
    quantity="24 tablets",
)
CICLOSPORIN = Medicine(
    name="Ciclosporin 100mg capsules",
    code="327083007",
    directions=("One capsule twice a day",),
    form="Capsule",
    indication="Rheumatoid arthritis",
    quantity="56 capsules",
)
TACROLIMUS = Medicine(
    name="Tacrolimus 1mg capsules",
    code="327096008",
    directions=("Three capsules twice a day",),
    form="Capsule",
    indication="Kidney transplant",
    quantity="168 capsules",
)
FOLIC_ACID = Medicine(
    name="Folic acid 5mg tablets",
    code="327550006",
    directions=("One tablet once a week, on Thursdays",),
    indication="With methotrexate",
    quantity="4 tablets",
)


def _lost(code: str, display: str, words: str) -> Concept:
    coding = Coding(system=SNOMED, code=code, display=display)
    return Concept(display=words, codings=(coding,), original_text=words, degraded=True)


_LOST_MEDICINE = _lost(
    "196421000000109", "Transfer-degraded medication entry", "Quinine sulph 300mg tabs"
)
_LOST_ALLERGY = _lost("196461000000101", "Transfer-degraded drug allergy", "Septrin")
_LOST_OTHER_ALLERGY = _lost(
    "196471000000108", "Transfer-degraded non-drug allergy", "Sticking plaster"
)


def taken(by: Pen, medicine: Medicine, since: date, **more: Any) -> Medication:
    """One medicine that is taken now, prescribed again and again."""
    given: dict[str, Any] = {
        "status": MedicationStatus.ACTIVE,
        "kind": PrescriptionKind.REPEAT,
        "event": MedicationEvent.PRESCRIBED,
        "form": medicine.form,
        "dosage": medicine.directions[0],
        "route": medicine.route,
        "indication": medicine.indication,
        "start": day_text(since),
        "last_issued": day_text(date(2026, 6, 9)),
        "quantity": medicine.quantity,
    }
    return Medication(**by.envelope(since), medicine=medicine.concept, **(given | more))


def hospital_and_practice() -> Story:
    """The practice repeats a medicine; the hospital gave the same one for a few days."""
    slug, gp = "hospital-and-practice", PRACTICES[LONDON][1]
    person = someone(
        "9990000247",
        "Mr Samuel Osei",
        "1949-11-23",
        Gender.MALE,
        gp,
        ("33 Larkrise Street", "London", "E3 4WP"),
    )
    practice, ward = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    admitted = date(2026, 5, 11)
    given = taken(
        ward,
        FUROSEMIDE,
        admitted,
        status=MedicationStatus.COMPLETED,
        kind=PrescriptionKind.ACUTE,
        event=MedicationEvent.ADMINISTERED,
        end=day_text(date(2026, 5, 15)),
        last_issued=day_text(date(2026, 5, 15)),
        quantity=None,
    )
    return tell(
        slug,
        person,
        "Samuel takes furosemide on repeat from his practice. A hospital in Milton Keynes gave him"
        " the same tablet at the same dose during a stay: two entries, for one may go on and the "
        "other is over.",
        held(
            LONDON,
            person,
            (
                taken(practice, FUROSEMIDE, date(2023, 2, 14)),
                problem(practice, HEART_FAILURE, date(2023, 2, 7)),
            ),
        ),
        held(
            MILTON_KEYNES,
            person,
            (given, stay(ward, at(admitted, 19, 25), 4, "Shortness of breath")),
        ),
    )


def high_risk_medicines() -> Story:
    """Insulin, lithium and an antiepileptic, written down alike at two nodes."""
    slug, gp = "high-risk-medicines", PRACTICES[LONDON][2]
    person = someone(
        "9990000255",
        "Ms Catherine Aldous",
        "1977-03-02",
        Gender.FEMALE,
        gp,
        ("14 Milestone Lane", "London", "NW1 8SB"),
    )
    practice = pen(slug, gp)
    medicines = tuple(
        taken(practice, medicine, date(2022, 9, 6))
        for medicine in (INSULIN_GLARGINE, LITHIUM, LAMOTRIGINE, APIXABAN)
    )
    return tell(
        slug,
        person,
        "Catherine takes insulin, lithium and lamotrigine. Milton Keynes has typed in the list of "
        "her practice. Where a wrong dose can kill, two entries are never shown as one unless both"
        " carry the same identifier; her apixaban stands on one line.",
        held(
            LONDON,
            person,
            (
                *medicines,
                problem(practice, INSULIN_DIABETES, date(1991, 6, 1)),
                problem(practice, BIPOLAR, date(2004, 10, 1)),
                problem(practice, EPILEPSY, date(1996, 2, 1)),
                problem(practice, ATRIAL_FIBRILLATION, date(2022, 8, 30)),
            ),
        ),
        _typed_in(slug, person, medicines),
    )


def high_risk_immunosuppressants() -> Story:
    """Weekly methotrexate and ciclosporin, written down alike at two nodes."""
    slug, gp = "high-risk-immunosuppressants", PRACTICES[LONDON][4]
    person = someone(
        "9990000441",
        "Mrs Margaret Boyle",
        "1958-06-25",
        Gender.FEMALE,
        gp,
        ("72 Sedgebank Road", "London", "SE15 3NR"),
    )
    practice = pen(slug, gp)
    medicines = tuple(
        taken(practice, medicine, date(2024, 1, 16))
        for medicine in (METHOTREXATE, CICLOSPORIN, FOLIC_ACID)
    )
    return tell(
        slug,
        person,
        "Margaret takes methotrexate once a week and ciclosporin. Milton Keynes has typed in the "
        "list of her practice: of these each stands twice, for a week's dose read as a day's can "
        "kill; her folic acid stands on one line.",
        held(LONDON, person, (*medicines, problem(practice, RHEUMATOID, date(2017, 8, 1)))),
        _typed_in(slug, person, medicines),
    )


def _typed_in(slug: str, person: Person, medicines: Iterable[Medication]) -> Holding:
    """What another node has copied by hand: the same words, and ids of its own."""
    clinic = pen(slug, MILTON_KEYNES_HOSPITAL)
    return held(MILTON_KEYNES, person, [rewritten(one, clinic) for one in medicines])


def degraded_codes() -> Story:
    """Codes that lost their meaning when records moved between systems."""
    slug, gp = "degraded-codes", PRACTICES[MILTON_KEYNES][2]
    person = someone(
        "9990000263",
        "Mr Leonard Fitch",
        "1943-12-09",
        Gender.MALE,
        gp,
        ("9 Tannery Gardens", "Bletchley", "MK2 6HD"),
    )
    practice = pen(slug, gp)
    elsewhere, hertfordshire = pen(slug, UCLH), pen(slug, WATFORD)
    medicine = _lost_medicine(practice)
    reaction = _lost_allergy(practice, _LOST_ALLERGY)
    return tell(
        slug,
        person,
        "Leonard's record moved twice between systems, and some of its codes say only that they "
        "were lost. What was written beside them is shown as it stands, and no two such entries are"
        " ever taken for one, whatever their words.",
        held(
            MILTON_KEYNES,
            person,
            (medicine, reaction, _lost_allergy(practice, _LOST_OTHER_ALLERGY)),
        ),
        held(LONDON, person, (rewritten(medicine, elsewhere), rewritten(reaction, elsewhere))),
        held(HERTS, person, (rewritten(reaction, hertfordshire),)),
    )


def _lost_medicine(by: Pen) -> Medication:
    since = date(2009, 4, 1)
    return Medication(
        **by.envelope(since),
        medicine=_LOST_MEDICINE,
        status=MedicationStatus.ACTIVE,
        kind=PrescriptionKind.REPEAT,
        dosage="One at night",
        start=day_text(since),
        last_issued=day_text(date(2026, 5, 5)),
    )


def _lost_allergy(by: Pen, substance: Concept) -> Allergy:
    return Allergy(
        **by.envelope(date(2009, 4, 1)),
        substance=substance,
        type=AllergyType.ALLERGY,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.UNABLE_TO_ASSESS,
    )
