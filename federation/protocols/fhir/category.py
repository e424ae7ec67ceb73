"""One category of a call: the searches that it needs, what they gave, and the part it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from federation.flow import NodeCall, Part
from federation.model import Category
from federation.protocols import failures
from federation.protocols.failures import Verdict
from federation.protocols.fhir.asking import Answers, Form, forms_for
from federation.protocols.fhir.capability import Capability
from federation.protocols.fhir.lookups import Follow
from federation.protocols.fhir.person import Patient
from federation.protocols.fhir.search import TRUNCATED, Found, Refused
from federation.protocols.fhir.subject import Meant, is_about, without_strangers_inside
from federation.protocols.parts import Arrival, given, missing
from federation.records import DEFINITIONS
from federation.records.fhir.reading import FhirReading
from federation.records.fhir.resource import References, Resource, distinct
from federation.status import FaultOrigin, SourceCode, SourceState

FOREIGN = "about somebody else, or not said about whom"
UNSEARCHABLE = Verdict(SourceState.PARTIAL, SourceCode.NOT_OFFERED, FaultOrigin.NODE)
WRONG_PERSON = Verdict(SourceState.INVALID_RESPONSE, SourceCode.WRONG_PERSON, FaultOrigin.NODE)


def recorded(call: NodeCall) -> Iterator[Category]:
    """The categories of a call that are read from resources of their own."""
    return (category for category in call.categories if category in DEFINITIONS)


class Wanted(Struct, frozen=True, kw_only=True):
    """How a category is read, and the searches for that which this server can be sent.

    `lacking` is set where none of those can be sent that every server of the category has.
    """

    category: Category
    reading: FhirReading
    forms: tuple[Form, ...]
    lacking: Verdict | None = None


def wanted_of(
    call: NodeCall,
    readings: Mapping[Category, FhirReading],
    patient_id: str,
    capability: Capability,
) -> tuple[Wanted, ...]:
    """The categories of a call that there is anything to read from at this node."""
    wanted = (
        Wanted(
            category=one,
            reading=readings[one],
            forms=forms_for(readings[one], patient_id, capability),
            lacking=_unsearchable(readings[one], capability),
        )
        for one in recorded(call)
        if one in readings
    )
    return tuple(one for one in wanted if one.forms or one.reading.reads_patient)


def _unsearchable(reading: FhirReading, capability: Capability) -> Verdict | None:
    """A category of which only what is spared can be searched is never whole, nor empty."""
    needed = [search for search in reading.searches if not search.spared]
    if reading.reads_patient or not needed:
        return None
    return None if any(capability.searches(one.kind) for one in needed) else UNSEARCHABLE


class Came(Struct, kw_only=True):
    """What a category's searches gave of the person, and what is wrong with it.

    `follow` holds the person's resources until they are followed; `refused` is set where every
    search failed, `foreign` counts resources of somebody else.
    """

    wanted: Wanted
    resources: Sequence[Resource] = ()
    found: Found
    follow: Follow
    refused: Refused | None = None
    foreign: int = 0

    def part(self, known: Mapping[str, Resource], arrival: Arrival) -> Part:
        """The part that this becomes, with what its resources point at."""
        category, reading = self.wanted.category, self.wanted.reading
        if self.refused is not None:
            seconds = self.refused.retry_after_seconds
            return missing(category, self.refused.verdict, retry_after_seconds=seconds)
        if self.foreign and not self.resources:
            return replace(missing(category, WRONG_PERSON), reasons={FOREIGN: self.foreign})
        gathered = reading.gather(reading.readers, self.resources, References(known, {}))
        reasons = self.found.unreadable + gathered.unreadable
        reasons[FOREIGN] += self.foreign
        return given(
            category,
            gathered.items,
            arrival,
            assertion=gathered.assertion,
            reasons=+reasons,
            lacking=self.found.lacking or self.follow.lacking,
        )


class Asked(Struct, frozen=True, kw_only=True):
    """What was searched for of one Patient resource of the person, and the answers."""

    patient: Patient
    meant: Meant
    wanted: tuple[Wanted, ...]
    answers: Answers

    def found(self, category: Category) -> Found | Refused:
        """All that the searches of a category gave, whomever it is about."""
        forms = (form for one in self.wanted if one.category is category for form in one.forms)
        questions = dict.fromkeys(form.question for form in forms)
        return _together([self.answers[one] for one in questions])


def came(whose: Asked, others: Sequence[Asked]) -> list[Came]:
    """What is held of one Patient resource, by category.

    `others` are the person's other Patient resources here. What a search gave of another of them
    is that one's, not a stranger's; nothing of it is read as this one's.
    """
    return [_came(wanted, whose, others) for wanted in whose.wanted]


def _came(wanted: Wanted, whose: Asked, others: Sequence[Asked]) -> Came:
    patient, meant, found = whose.patient, whose.meant, whose.found(wanted.category)
    own_record = (patient.resource,) if wanted.reading.reads_patient else ()
    if isinstance(found, Refused):
        refused, found = (None, _lacking(found)) if own_record else (found, Found())
    else:
        refused = None
    if patient.replaced_by:
        # The record has moved to a resource that the search for the person did not give.
        found.lacking = found.lacking or TRUNCATED
    found.lacking = found.lacking or wanted.lacking
    own = [one for one in found.matches if is_about(one, meant, found.known)]
    foreign = len(found.matches) - len(own)
    if others:
        foreign -= _of_others(found, meant, others)
        own = distinct([*own, *_sent_with_others(wanted.category, found, meant, others)])
    own = [without_strangers_inside(one, meant, found.known) for one in own]
    return Came(
        wanted=wanted,
        resources=(*own_record, *own),
        found=found,
        follow=Follow(resources=own, kinds=wanted.reading.points_at),
        refused=refused,
        foreign=foreign,
    )


def _of_others(found: Found, meant: Meant, others: Sequence[Asked]) -> int:
    """How many are not this Patient's but another's of the same person."""
    strays = (one for one in found.matches if not is_about(one, meant, found.known))
    return sum(any(is_about(one, other.meant, found.known) for other in others) for one in strays)


def _sent_with_others(
    category: Category, found: Found, meant: Meant, others: Sequence[Asked]
) -> Iterator[Resource]:
    """What is this Patient's alone and came when another's was asked for, with what it needs."""
    for other in others:
        theirs = other.found(category)
        if isinstance(theirs, Refused):
            continue
        for one in theirs.matches:
            alone = not is_about(one, other.meant, theirs.known)
            if alone and is_about(one, meant, theirs.known):
                found.known = theirs.known | found.known
                yield one


def _together(answers: Sequence[Found | Refused]) -> Found | Refused:
    """Several searches as one; where some failed, the rest stands and is less than whole."""
    found = [answer for answer in answers if isinstance(answer, Found)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    if refused and not found:
        return refused[0]
    whole = Found(matches=distinct(match for one in found for match in one.matches))
    for one in found:
        whole.known.update(one.known)
        whole.unreadable.update(one.unreadable)
        whole.lacking = whole.lacking or one.lacking
    for failed in refused:
        if failed.verdict != failures.NOT_OFFERED:
            whole.lacking = _lacking(failed).lacking
    return whole


def _lacking(refused: Refused) -> Found:
    verdict = refused.verdict
    return Found(lacking=Verdict(SourceState.PARTIAL, verdict.code, verdict.origin))
