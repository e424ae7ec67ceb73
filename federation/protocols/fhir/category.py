"""One category of a call: the searches that it needs, what they gave, and the part it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
from federation.records.fhir_r4 import References, Resource
from federation.records.fhir_reading import FhirReading
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


def came(wanted: Wanted, answers: Answers, patient: Patient, meant: Meant) -> Came:
    """What the answers hold for a category."""
    found = _together(
        [answers[one] for one in dict.fromkeys(form.question for form in wanted.forms)]
    )
    own_record = (patient.resource,) if wanted.reading.reads_patient else ()
    if isinstance(found, Refused):
        refused, found = (None, _lacking(found)) if own_record else (found, Found())
    else:
        refused = None
    if patient.replaced_by:
        # The record has moved to a resource that the search for the person did not give.
        found.lacking = found.lacking or TRUNCATED
    found.lacking = found.lacking or wanted.lacking
    own = [
        without_strangers_inside(one, meant, found.known)
        for one in found.matches
        if is_about(one, meant, found.known)
    ]
    return Came(
        wanted=wanted,
        resources=(*own_record, *own),
        found=found,
        follow=Follow(resources=own, kinds=wanted.reading.points_at),
        refused=refused,
        foreign=len(found.matches) - len(own),
    )


def _together(answers: Sequence[Found | Refused]) -> Found | Refused:
    """Several searches as one; where some failed, the rest stands and is less than whole."""
    found = [answer for answer in answers if isinstance(answer, Found)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    if refused and not found:
        return refused[0]
    whole = Found(matches=_once(match for one in found for match in one.matches))
    for one in found:
        whole.known.update(one.known)
        whole.unreadable.update(one.unreadable)
        whole.lacking = whole.lacking or one.lacking
    for failed in refused:
        if failed.verdict != failures.NOT_OFFERED:
            whole.lacking = _lacking(failed).lacking
    return whole


def _once(matches: Iterable[Resource]) -> list[Resource]:
    """What two searches found is one resource; another content of the same id is another."""
    return list({(one.kind, one.id, bytes(one.raw)): one for one in matches}.values())


def _lacking(refused: Refused) -> Found:
    verdict = refused.verdict
    return Found(lacking=Verdict(SourceState.PARTIAL, verdict.code, verdict.origin))
