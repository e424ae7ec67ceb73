"""(o) Everything that is offered comes, once: over all pages, however small they are."""

from __future__ import annotations

from collections import Counter

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import HeardPart
from federation.conformance.people import Situation, TestPerson
from federation.conformance.speakers.fhir import FhirSpeaker, lacks
from federation.conformance.speakers.pages import Pages
from federation.model import Category

_ANSWERED = frozenset(("COMPLETE", "PARTIAL", "WITHHELD"))
_SMALL = "7"


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.counts]
    if not people:
        return exam.not_brought("a person with numbers of entries in `counts`")
    faults = await _unanswered(exam)
    seen = []
    for person in people:
        for category, count in person.counts.items():
            part = await exam.part(person, category)
            if len(part.items) != count:
                told = f"{len(part.items)} entries instead of {count}"
                faults.append(f"{person.label}: {category}: {told}")
            else:
                seen.append(f"{person.label}: {category}: all {count}")
            if isinstance(exam.speaker, FhirSpeaker):
                faults += await _paged(exam.speaker, person, category)
    if not exam.is_native:
        seen.append(f"the same in pages of {_SMALL}: none twice, none missing")
    return judged(faults, seen)


async def _unanswered(exam: Examination) -> list[str]:
    """What the node offers and does not answer for anybody known: by FHIR, a search refused."""
    return [
        f"{person.label}: {category} is offered, and not answered"
        for person in exam.target.people.of(Situation.KNOWN)
        for category in exam.categories
        if _is_missing((await exam.record(person)).parts.get(category))
    ]


def _is_missing(part: HeardPart | None) -> bool:
    return part is None or part.state not in _ANSWERED


async def _paged(speaker: FhirSpeaker, person: TestPerson, category: Category) -> list[str]:
    faults = []
    found = await speaker.follow(speaker.question(person.numbers, (category,)))
    for patient in found.matches:
        for form in await speaker.forms(str(patient["id"]), category):
            fields = [one for one in form.question.fields if one[0] != "_count"]
            asked = [
                speaker.search(form.kind, (*fields, ("_count", size)), person.numbers, (category,))
                for size in ("200", _SMALL)
            ]
            whole, small = [await speaker.follow(one) for one in asked]
            if lacks(form, whole):
                continue
            faults += [f"{person.label}: {form.kind}: {one}" for one in _differences(whole, small)]
    return faults


def _differences(whole: Pages, small: Pages) -> list[str]:
    if whole.refusal or small.refusal:
        return [f"a page is refused ({whole.refusal or small.refusal})"]
    once, again = _ids(whole), _ids(small)
    faults = []
    if set(once) != set(again):
        missing = len(set(once) ^ set(again))
        faults.append(f"{counted(missing, 'entry', 'entries')} depend on the size of a page")
    if any(count > 1 for count in again.values()):
        faults.append("an entry stands on two pages")
    if small.repeated_link:
        faults.append("a link to the next page leads back")
    if any(total != sum(again.values()) for total in small.totals):
        faults.append("`total` is not the number of entries")
    return faults


def _ids(pages: Pages) -> Counter[str]:
    return Counter(f"{one.get('resourceType')}/{one.get('id')}" for one in pages.matches)


CHECK = Check(
    letter="o",
    title="Long lists are complete and stable",
    why="The entry that falls between two pages is the one that is missing without a word.",
    mandatory=EVERY,
    look=_look,
    seconds=120.0,
)
