"""(a) Somebody whom the node does not know is said not to be held."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.people import Situation


async def _look(exam: Examination) -> Finding:
    people = exam.target.people.of(Situation.UNKNOWN)
    if not people:
        return exam.not_brought("a person in the situation `unknown`")
    faults = []
    for person in people:
        heard = await exam.heard(person)
        if heard.refusal is not None:
            faults.append(f"{person.label}: an error ({heard.refusal}) instead of no record")
        elif heard.records:
            faults.append(f"{person.label}: a record, though nobody of that number is held")
    return judged(faults, [f"{one.label}: no record held" for one in people])


CHECK = Check(
    letter="a",
    title="Not held is said, not shown as empty",
    why="A record without entries reads as nothing wrong, where nobody knows the person at all.",
    mandatory=EVERY,
    look=_look,
)
