"""(t) What is sensitive carries its label."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.labels]
    if not people:
        return exam.not_brought("a person with labels in `labels`")
    faults, seen = [], []
    for person in people:
        for category, labels in person.labels.items():
            part = await exam.part(person, category)
            carried = frozenset().union(*(one.labels for one in part.items))
            lost = len(set(labels) - carried)
            if lost:
                faults.append(f"{person.label}: {category}: {lost} of {len(labels)} labels missing")
            else:
                seen.append(f"{person.label}: {category}: every label of the expectations")
    return judged(faults, seen)


CHECK = Check(
    letter="t",
    title="Sensitive entries carry their labels",
    why="No rule can keep back what nobody marked.",
    mandatory=EVERY,
    look=_look,
)
