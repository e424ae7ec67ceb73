"""(p) What cannot be read or answered is refused by the right code, and nothing is made up."""

from __future__ import annotations

from federation.conformance.check import EVERY, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import Exchange, Heard
from federation.conformance.people import Situation

_BEHIND = {
    Situation.UPSTREAM_TIMEOUT: ("UPSTREAM_TIMEOUT", "HTTP 504", "DEADLINE_EXCEEDED"),
    Situation.UPSTREAM_UNAVAILABLE: (
        "UPSTREAM_UNAVAILABLE",
        "HTTP 502",
        "HTTP 503",
        "NODE_ERROR",
    ),
}


async def _look(exam: Examination) -> Finding:
    faults, seen = [], []
    person = exam.anybody()
    await exam.answered(person)  # whoever refuses everything tells no fault from another
    for what, sent in exam.speaker.unreadable(person.numbers):
        fault = _unreadable(exam, await exam.wire.send(sent))
        if fault is None:
            seen.append(f"{what}: refused")
        else:
            faults.append(f"{what}: {fault}")
    missing = None
    for situation, words in _BEHIND.items():
        people = exam.target.people.of(situation)
        missing = missing or (None if people else situation)
        for one in people:
            told = _told(await exam.heard(one))
            if told.startswith(words):
                seen.append(f"{one.label}: {told}")
            else:
                faults.append(f"{one.label}: {told} instead of {words[0]}")
    if missing and not faults and exam.is_native:
        return exam.not_brought(f"a person in the situation `{missing}`")
    if missing:
        seen.append(
            "what the node says of systems behind it that fail was not seen: nobody in"
            f" the situation `{missing}`"
        )
    return judged(faults, seen)


def _unreadable(exam: Examination, answer: Exchange) -> str | None:
    if answer.broke is not None:
        return f"no answer ({answer.broke})"
    if exam.speaker.refusal(answer) is None:
        return "is answered as if it were a question"
    return f"HTTP {answer.status} instead of 4xx" if not 400 <= answer.status < 500 else None  # noqa: PLR2004 - HTTP's classes


def _told(heard: Heard) -> str:
    if heard.refusal is not None:
        return heard.refusal
    codes = [part.code for one in heard.records for part in one.parts.values() if part.code]
    return codes[0] if codes else "an answer without a word of it"


CHECK = Check(
    letter="p",
    title="Faults have the right codes",
    why="Whoever reads 'did not answer in time' rings up; whoever reads an empty list does not.",
    mandatory=EVERY,
    look=_look,
)
