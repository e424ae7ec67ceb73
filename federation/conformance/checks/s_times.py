"""(s) Instants have their offset, and dates are as precise as they are known, no more."""

from __future__ import annotations

import re

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import HeardRecord, strings, word
from federation.records.base import PARTIAL_DATE_PATTERN

_GOOD = re.compile(PARTIAL_DATE_PATTERN)
_LIKE_ONE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.{0,25})?")


async def _look(exam: Examination) -> Finding:
    faults, count = [], 0
    async for person, record in exam.records():
        texts = _texts(record)
        dates = [(key, text) for key, text in texts if _LIKE_ONE.fullmatch(text)]
        count += len(dates)
        bad = {word(key) for key, text in dates if not _GOOD.fullmatch(text)}
        faults += [
            f"{person.label}: `{key}` is no date, or an instant without its offset"
            for key in sorted(bad)
        ]
        told = {text for _, text in texts}
        missing = [one for one in person.dates if one not in told]
        if missing:
            faults.append(
                f"{person.label}: {counted(len(missing), 'date')} of the expectations"
                " did not come as recorded"
            )
    if not any(one.dates for one in exam.target.people.held):
        return exam.not_brought("a person with something in `dates`")
    return judged(
        faults,
        [
            f"{counted(count, 'date and instant', 'dates and instants')} looked at",
            "partial dates came as they are known",
        ],
    )


def _texts(record: HeardRecord) -> list[tuple[str, str]]:
    return [
        pair for part in record.parts.values() for item in part.items for pair in strings(item.raw)
    ]


CHECK = Check(
    letter="s",
    title="Instants have offsets, dates their own precision",
    why="An hour's difference turns two doses into one; an invented day makes an event of a year.",
    mandatory=EVERY,
    look=_look,
)
