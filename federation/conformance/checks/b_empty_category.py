"""(b) A category in which nothing is recorded is marked as that."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.model import Assertion


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.empty]
    if not people:
        return exam.not_brought("a person with a category in `empty`")
    faults, seen = [], []
    for person in people:
        for category in person.empty:
            part = await exam.part(person, category)
            if part.state != "COMPLETE" or part.items:
                faults.append(f"{person.label}: {category} is not COMPLETE and without items")
            elif part.assertion != Assertion.NO_CONTENT_RECORDED:
                faults.append(f"{person.label}: {category} is empty and does not say why")
            else:
                seen.append(f"{person.label}: {category} says that nothing is recorded")
    return judged(faults, seen)


CHECK = Check(
    letter="b",
    title="An empty category has a no-content marker",
    why="Without it, a list that was lost on the way looks like one in which nothing stands.",
    mandatory=EVERY,
    look=_look,
)
