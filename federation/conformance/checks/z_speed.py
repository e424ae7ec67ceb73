"""(z) At the load that was declared, the node answers as quickly as was declared."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.people import Situation, TestPerson

_FEWEST = 20
_SHARE = 0.95


async def _look(exam: Examination) -> Finding:
    target = exam.target
    people = target.people.of(Situation.KNOWN)
    if not people:
        return exam.not_brought("a person in the situation `known`")
    count = max(_FEWEST, round(target.rate_per_second * target.load_seconds))
    began = exam.tools.now()
    running = []
    # At the declared rate whatever comes back: one late answer must not slow the questions down.
    for place, person in enumerate(islice(cycle(people), count)):
        due = began + place / target.rate_per_second
        await exam.tools.sleep(max(0.0, due - exam.tools.now()))
        running.append(asyncio.create_task(_seconds(exam, person, due)))
    came = await asyncio.gather(*running)
    refused = [one for one in came if isinstance(one, str)]
    times = sorted(one for one in came if isinstance(one, float))
    faults = []
    if refused:
        said = ", ".join(sorted(set(refused)))
        faults.append(
            f"{len(refused)} of {count} questions at the declared rate were not answered ({said})"
        )
    p95 = times[min(len(times) - 1, int(len(times) * _SHARE))] if times else float("inf")
    measured = f"{target.rate_per_second:g} questions a second: 95 of 100 within {p95:.2f} s"
    if p95 > target.p95_seconds:
        faults.append(f"{measured}, declared were {target.p95_seconds:g} s")
    return judged(faults, [f"{count} questions about the whole record, {measured}"])


async def _seconds(exam: Examination, person: TestPerson, due: float) -> float | str:
    """How long the answer took, or the word with which there was none."""
    heard = await exam.ask(person)
    return heard.refusal or exam.tools.now() - due


CHECK = Check(
    letter="z",
    title="Fast enough at the declared load",
    why="Who waits does not look; a look waits for the slowest node that it needs.",
    mandatory=EVERY,
    look=_look,
    seconds=120.0,
)
