"""(d) Superseded and invalidated numbers, the dead, and people whose whereabouts are protected."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.people import Situation, TestPerson

_WANTED = (
    Situation.SUPERSEDED,
    Situation.INVALIDATED,
    Situation.DECEASED,
    Situation.RESTRICTED,
)


async def _look(exam: Examination) -> Finding:
    people = exam.target.people.of(*_WANTED)
    faults = [
        f"{person.label}: {fault}"
        for person in people
        if (fault := await _fault(exam, person)) is not None
    ]
    missing = [one for one in _WANTED if one not in {person.situation for person in people}]
    if missing and not faults:
        return exam.not_brought(f"a person in the situation `{missing[0]}`")
    return judged(faults, [f"{one.label}: {one.situation}, and told so" for one in people])


async def _fault(exam: Examination, person: TestPerson) -> str | None:
    if person.situation is Situation.INVALIDATED:
        heard = await exam.heard(person)
        held = heard.records or heard.refusal
        return "a number that names nobody is not answered with no record" if held else None
    told = (await exam.record(person)).person
    if person.situation is Situation.DECEASED:
        return None if told.deceased else "is not said to have died"
    if person.situation is Situation.SUPERSEDED:
        return None if told.number in person.numbers else "is answered under another number"
    if not told.restricted:
        return "is not marked as protected"
    return "an address or a telephone of a protected person is told" if told.whereabouts else None


CHECK = Check(
    letter="d",
    title="Superseded, invalidated, deceased and protected people",
    why="An old file under a dead number, or an address that was protected, harms at once.",
    mandatory=EVERY,
    look=_look,
)
