"""(y) Nobody's number, name or birth date stands in an address or a log line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import Exchange, strings
from federation.conformance.hooks import HookMissingError
from federation.conformance.people import TestPerson
from federation.records.base import UNDECODABLE

_ADDRESS_HEADERS = ("location", "content-location", "link")


async def _look(exam: Examination) -> Finding:
    faults, count = [], 0
    held = exam.target.people.held
    if not held:
        return exam.not_brought("a person who is held")
    for person in held:
        for answer in (await exam.answered(person)).exchanges:
            addresses = list(_addresses(answer))
            count += len(addresses)
            faults += [f"{person.label}: {one}" for one in _told(person, addresses, "an address")]
    seen = [f"{counted(count, 'address', 'addresses')} in answers, none with anything of a person"]
    try:
        told = await _logged(exam)
    except HookMissingError:
        told = None
    if told is None:
        if exam.is_native and not faults:
            return exam.not_brought("a test mode (`hooks`) that returns its log")
        seen.append("its log cannot be looked at from here")
    else:
        faults += told
        seen.append("the log lines of a request hold nothing of the person")
    return judged(tuple(dict.fromkeys(faults)), seen)


async def _logged(exam: Examination) -> list[str] | None:
    if exam.hooks is None:
        return None
    person = exam.anybody()
    answered = (await exam.ask(person, exam.categories[:1])).exchanges[0]
    lines = [text for line in await exam.hooks.log_of(answered) for _, text in strings(line)]
    return [f"{person.label}: {one}" for one in _told(person, lines, "a log line")]


def _addresses(answer: Exchange) -> Iterator[str]:
    for name in _ADDRESS_HEADERS:
        if name in answer.headers:
            yield str(answer.headers[name])
    try:
        said = msgspec.json.decode(answer.body)
    except UNDECODABLE:
        return
    # Code systems are addresses too, and name nobody; a number in one would be found all the same.
    yield from (text for _, text in strings(said) if text.startswith(("http://", "https://")))


def _told(person: TestPerson, texts: Iterable[str], where: str) -> Iterator[str]:
    family = re.compile(rf"\b{re.escape(person.family_name or '')}\b", re.IGNORECASE)
    for text in texts:
        digits = re.sub(r"(?<=\d)(?:[ ._+-]|%20)(?=\d)", "", text)
        if any(number in digits for number in person.numbers):
            yield f"the number stands in {where}"
        if person.family_name and family.search(text):
            yield f"the family name stands in {where}"
        if person.birth_date and person.birth_date in text:
            yield f"the birth date stands in {where}"


CHECK = Check(
    letter="y",
    title="No demographics in addresses or logs",
    why="Every proxy on the way keeps addresses, and many people read logs.",
    mandatory=EVERY,
    look=_look,
)
