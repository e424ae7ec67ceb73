"""(n) Each entry says when it last changed, each part up to when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import HeardPart

_CLOCKS_DIFFER = timedelta(minutes=5)


async def _look(exam: Examination) -> Finding:
    latest = exam.tools.clock() + _CLOCKS_DIFFER
    faults, items = [], 0
    async for person, record in exam.records():
        for category, part in record.parts.items():
            items += len(part.items)
            told = _faults(part, latest, says_current_to=exam.is_native)
            faults += [f"{person.label}: {category}: {one}" for one in told]
    if not items:
        return exam.not_brought("a person who is held, with entries")
    seen = [f"{counted(items, 'entry', 'entries')}, each with when it was last updated"]
    seen.append(
        "every part that was given says up to when its data goes"
        if exam.is_native
        else "FHIR has no place for up to when a list goes; the region declares it for its node"
    )
    return judged(faults, seen)


def _faults(part: HeardPart, latest: datetime, *, says_current_to: bool) -> Iterator[str]:
    if any(not _is_instant(one.last_updated, latest) for one in part.items):
        yield "an entry does not say when it was last updated, or a time to come"
    given = part.state in {"COMPLETE", "PARTIAL"}
    if says_current_to and given and not _is_instant(part.current_to, latest):
        yield "does not say up to when its data goes, or a time to come"


def _is_instant(text: str | None, latest: datetime) -> bool:
    try:
        told = datetime.fromisoformat(text or "")
    except (ValueError, TypeError):
        return False
    return told.tzinfo is not None and told <= latest


CHECK = Check(
    letter="n",
    title="Last update and data-current-to are told",
    why="A list that a broken feed left a month old looks like today's.",
    mandatory=EVERY,
    look=_look,
)
