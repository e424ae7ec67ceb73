"""(h) Whoever objects to sharing is refused by the code for that."""

from __future__ import annotations

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.people import Situation

REFUSAL = "NO_PATIENT_CONSENT"
_BY_FHIR = "suppressed"


async def _look(exam: Examination) -> Finding:
    people = exam.target.people.of(Situation.DISSENT)
    if not people:
        return exam.not_brought("a person in the situation `dissent`", native_only=True)
    faults = []
    for person in people:
        heard = await exam.heard(person)
        told = heard.refusal or ""
        if not (told == REFUSAL or (not exam.is_native and _BY_FHIR in told)):
            faults.append(f"{person.label}: {told or 'is answered'} instead of {REFUSAL}")
    return judged(faults, [f"{one.label}: refused, because they object" for one in people])


CHECK = Check(
    letter="h",
    title="Dissent is refused with its own code",
    why="Told as an error it is tried again; told as nothing held it is not even known of.",
    mandatory=NATIVE,
    look=_look,
)
