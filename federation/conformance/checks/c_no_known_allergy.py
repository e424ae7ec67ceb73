"""(c) "No known allergies" is an assertion of its own, and no empty list is taken for it."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.model import Assertion, Category

_BOTH = (Assertion.NONE_KNOWN, Assertion.NO_CONTENT_RECORDED)


async def _look(exam: Examination) -> Finding:
    if Category.ALLERGIES not in exam.categories:
        return exam.not_offered(Category.ALLERGIES)
    people = [one for one in exam.target.people.held if one.allergies is not None]
    missing = [one for one in _BOTH if one not in {person.allergies for person in people}]
    if missing:
        return exam.not_brought(f'a person with `allergies = "{missing[0]}"`')
    faults = []
    for person in people:
        part = await exam.part(person, Category.ALLERGIES)
        if part.items:
            faults.append(f"{person.label}: allergies where none are expected")
        elif part.assertion != person.allergies:
            said = part.assertion or "nothing"
            faults.append(f"{person.label}: says {said} where {person.allergies} is recorded")
    async for person, record in exam.records():
        found = record.parts.get(Category.ALLERGIES)
        if found and found.items and found.assertion is not None:
            faults.append(f"{person.label}: has allergies, and asserts {found.assertion} besides")
    return judged(faults, [f"{one.label}: {one.allergies}" for one in people])


CHECK = Check(
    letter="c",
    title="No known allergies is not an empty list",
    why="Whoever reads 'none known' prescribes on it; somebody must have recorded that.",
    mandatory=EVERY,
    look=_look,
)
