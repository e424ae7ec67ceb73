"""(i) What a region excludes from sharing is nowhere in an answer, documents included."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.excluded]
    if not people:
        return exam.not_brought("a person with something in `excluded`")
    faults = []
    for person in people:
        sent = await exam.words_in(person, person.excluded)
        if sent:
            faults.append(f"{person.label}: {sent} of {len(person.excluded)} are sent")
    seen = [
        f"{one.label}: {counted(len(one.excluded), 'code or word', 'codes and words')}, none of"
        " them anywhere in the answer"
        for one in people
    ]
    return judged(faults, seen)


CHECK = Check(
    letter="i",
    title="Excluded codes are not sent, in documents neither",
    why="The law or the region keeps them in; a title or a summary tells as much as a code.",
    mandatory=EVERY,
    look=_look,
)
