"""(e) Every answer echoes whose it is: also when two hundred are asked about at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import cycle, islice

from federation.conformance.check import EVERY, Check, Finding, UnexpectedError, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import LIMITED, Exchange, Heard, HeardPerson
from federation.conformance.people import Situation, TestPerson

AT_ONCE = 200
_ROUNDS = 30


async def _look(exam: Examination) -> Finding:
    faults = []
    async for person, record in exam.records():
        faults += [f"{person.label}: {one}" for one in _differences(person, record.person)]
        heard = await exam.heard(person)
        faults += [f"{person.label}: {one}" for one in _mixed_up(heard.exchanges)]
    held = exam.target.people.held
    if not held:
        return exam.not_brought("a person who is held")
    asked = list(islice(cycle(exam.target.people.of(Situation.KNOWN) or held), AT_ONCE))
    more, answered = await _all_at_once(exam, asked)
    if answered < AT_ONCE:
        more.append(f"{AT_ONCE - answered} of {AT_ONCE} questions at once are not answered")
    different = len({one.label for one in asked})
    return judged(
        tuple(dict.fromkeys((*faults, *more))),
        [
            f"{counted(len(held), 'record')} with the number, family name, birth date and gender",
            f"{AT_ONCE} questions at once, each answered for the one who was asked about",
            f"they were about {counted(different, 'person', 'different people')}",
        ],
    )


async def _all_at_once(exam: Examination, asked: list[TestPerson]) -> tuple[list[str], int]:
    """What is wrong with the answers, and how many there were; what is limited is asked again."""
    faults: list[str] = []
    answered = 0
    for _ in range(_ROUNDS):
        answers = await asyncio.gather(*(_asked_among(exam, person) for person in asked))
        limited = []
        for person, answer in zip(asked, answers, strict=True):
            if answer is None:
                faults.append(f"{person.label}: asked among {AT_ONCE}, it cannot be read")
            elif (answer.refusal or "").startswith(LIMITED):
                limited.append(person)
            else:
                answered += answer.refusal is None
                faults += [f"{person.label}: {one}" for one in _of_another(person, answer)]
        asked = limited
        if not asked:
            break
        await exam.tools.sleep(1.0)
    return faults, answered


async def _asked_among(exam: Examination, person: TestPerson) -> Heard | None:
    try:
        return await exam.ask(person, exam.categories[:1])
    except UnexpectedError:
        return None


def _differences(person: TestPerson, told: HeardPerson) -> Iterator[str]:
    if told.number not in person.numbers:
        yield "the number is missing or another one"
    if told.family.casefold() != (person.family_name or "").casefold():
        yield "the family name is missing or another one"
    if told.birth_date != person.birth_date:
        yield "the birth date is missing or another one"
    if told.gender != person.gender:
        yield "the gender is missing or another one"


def _mixed_up(exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    if any(one.echo is not None and one.echo != one.expected_echo for one in exchanges):
        yield "an answer says that it is to another request"


def _of_another(person: TestPerson, heard: Heard) -> Iterator[str]:
    among = f"asked among {AT_ONCE} at once,"
    if any(one.person.number not in person.numbers for one in heard.records):
        yield f"{among} it is answered with another person"
    elif heard.refusal is None and len(heard.records) != 1:
        yield f"{among} it has {len(heard.records)} records"
    if any(_mixed_up(heard.exchanges)):
        yield f"{among} an answer says that it is to another request"


CHECK = Check(
    letter="e",
    title="Every answer says whose it is, two hundred at once",
    why="The wrong person's record is the worst that can happen; the echo is how it is found out.",
    mandatory=EVERY,
    look=_look,
    seconds=180.0,
)
