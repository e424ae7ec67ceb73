"""(w) The same question has the same answer, and nothing can be changed."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination, one_record
from federation.conformance.heard import HeardRecord


async def _look(exam: Examination) -> Finding:
    person = exam.anybody()
    faults = []
    first = await exam.record(person)
    again = one_record(person, await exam.ask(person))
    if _shape(first) != _shape(again):
        faults.append(f"{person.label}: asked twice, the node answers two things")
    listed = await exam.speaker.listed_writes()
    faults += [f"it offers {one}" for one in listed]
    seen = [f"{person.label}: asked twice, the same answer"]
    for what, sent in exam.speaker.writes(person.numbers):
        if exam.speaker.refusal(await exam.wire.send(sent)) is None:
            faults.append(f"{what}: is accepted")
        else:
            seen.append(f"{what}: refused")
    return judged(faults, seen)


def _shape(record: HeardRecord) -> dict[str, tuple[str, str | None, int]]:
    return {
        category: (part.state, part.assertion, len(part.items))
        for category, part in record.parts.items()
    }


CHECK = Check(
    letter="w",
    title="Asking changes nothing",
    why="A question may be sent twice on the way; and nobody agreed that this network writes.",
    mandatory=EVERY,
    look=_look,
)
