"""(f) What is withheld is said to be, by a code that betrays no topic."""

from __future__ import annotations

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import HeardPart

_STATES = frozenset(("WITHHELD", "PARTIAL"))


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.withheld]
    if not people:
        return exam.not_brought("a person with a category in `withheld`", native_only=True)
    faults, seen = [], []
    for person in people:
        for category, code in person.withheld.items():
            fault = _fault(await exam.part(person, category), code)
            if fault is None:
                seen.append(f"{person.label}: {category} is withheld, with the code {code}")
            else:
                faults.append(f"{person.label}: {category} {fault}")
        said = await exam.words_in(person, person.unsaid)
        if said:
            faults.append(f"{person.label}: {said} of {len(person.unsaid)} words are told")
    return judged(faults, seen)


def _fault(part: HeardPart, code: str) -> str | None:
    if part.state not in _STATES:
        return f"is {part.state or 'without a state'}, as if nothing were withheld"
    if part.code != code:
        return f"has the code {part.code or 'nothing'} instead of {code}"
    return "is withheld, and has items" if part.state == "WITHHELD" and part.items else None


CHECK = Check(
    letter="f",
    title="Withheld entries are flagged, without their topic",
    why="A gap that nobody is told of is taken for the whole; a topic that is told is a leak.",
    mandatory=NATIVE,
    look=_look,
)
