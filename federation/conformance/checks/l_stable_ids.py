"""(l) Every entry has an id and a version, the same whenever it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination, one_record
from federation.conformance.heard import HeardRecord
from federation.conformance.people import Situation

_MOST = 20
"""So many people are asked about a second time."""


async def _look(exam: Examination) -> Finding:
    faults: list[str] = []
    items = 0
    for person in exam.target.people.of(Situation.KNOWN)[:_MOST]:
        first = await exam.record(person)
        again = one_record(person, await exam.ask(person))
        items += sum(len(part.items) for part in first.parts.values())
        faults += [f"{person.label}: {one}" for one in _faults(first, exam.is_native)]
        if _named(first) != _named(again):
            faults.append(f"{person.label}: ids or versions differ from one answer to the next")
    if not items:
        return exam.not_brought("a person in the situation `known` with entries")
    return judged(faults, [f"{counted(items, 'entry', 'entries')}, asked for twice: the same"])


def _named(record: HeardRecord) -> dict[str, Counter[tuple[str, str | None]]]:
    return {
        category: Counter((one.id, one.version) for one in part.items)
        for category, part in record.parts.items()
    }


def _faults(record: HeardRecord, unique: bool) -> Iterator[str]:
    for category, part in record.parts.items():
        if any(not one.id or one.id.endswith("/") for one in part.items):
            yield f"{category}: an entry without an id"
        if any(not one.version for one in part.items):
            yield f"{category}: an entry without a version"
        # In FHIR a resource may be found by two searches of one category.
        if unique and len({one.id for one in part.items}) < len(part.items):
            yield f"{category}: two entries with one id"


CHECK = Check(
    letter="l",
    title="Ids and versions are there and stable",
    why="By them an entry is found again: what was shown, what was withdrawn, what has changed.",
    mandatory=EVERY,
    look=_look,
)
