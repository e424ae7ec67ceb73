"""What FHIR R4 lists of allergies assert (UK Core `List`), and how all of it is read together.

UK Core keeps two lists, of active and of ended allergies. A list has a meaning of its own only
where it is empty and says why. It never takes the place of an allergy: where there are items, or
where another resource claims less, the more careful word counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from federation.model import Assertion
from federation.records.allergies import Allergy
from federation.records.fhir import r4
from federation.records.fhir.allergies import read_allergy
from federation.records.fhir.elements import UK_CORE_EXTENSION, CodeableConcept
from federation.records.fhir.pointers import is_of
from federation.records.fhir.reading import FhirReading, Gathered, Search
from federation.records.fhir.resource import Reader, References, Resource, UnreadableError
from federation.records.fhir.structs.clinical import FhirList, ListEntry
from federation.records.systems import SNOMED_SYSTEM

ACTIVE_LIST, ENDED_LIST = "886921000000105", "1103671000000101"
_LISTS = frozenset((ACTIVE_LIST, ENDED_LIST))
EMPTY_REASONS = {
    ("http://terminology.hl7.org/CodeSystem/list-empty-reason", "nilknown"): Assertion.NONE_KNOWN,
    (
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListEmptyReasonCode",
        "no-content-recorded",
    ): Assertion.NO_CONTENT_RECORDED,
}
WARNING_URL = f"{UK_CORE_EXTENSION}ListWarningCode"
_LEAST_FIRST = (Assertion.NOT_KNOWN, Assertion.NO_CONTENT_RECORDED, Assertion.NONE_KNOWN)


def read_list(resource: Resource, references: References) -> tuple[Allergy, ...] | Assertion | None:
    """Allergies that the list contains, else what it asserts by being empty.

    Entries that it only points at are found by their own search; lists of other things are nothing.
    """
    found = resource.read(FhirList)
    if not _of_allergies(found):
        return None
    if not found.entry:
        return _asserted(found)
    inside = references.within(resource)
    read = [_entry(entry, found, inside) for entry in found.entry]
    items = tuple(one for one in read if isinstance(one, Allergy))
    return items or _least(one for one in read if isinstance(one, Assertion))


def _of_allergies(found: FhirList) -> bool:
    return found.status == "current" and not _LISTS.isdisjoint(found.code.codes())


def _asserted(found: FhirList) -> Assertion | None:
    if r4.extension(found.extension, WARNING_URL):
        return Assertion.NOT_KNOWN  # something is kept back from this list or on its way to it
    assertion = _why_empty(found.empty_reason)
    # That no allergy was ever ended says nothing of those that are active.
    active = ACTIVE_LIST in found.code.codes()
    return assertion if active or assertion is not Assertion.NONE_KNOWN else None


def _entry(entry: ListEntry, found: FhirList, references: References) -> Allergy | Assertion | None:
    address = (entry.item.reference if entry.item else None) or ""
    if entry.deleted or not address.startswith("#"):
        return None
    resource = references.find(entry.item)
    if resource is None:
        raise UnreadableError("a list that points at a part it does not contain")
    read = read_allergy(resource, references)
    if not is_of(resource, found.subject):
        raise UnreadableError("a list that contains something about somebody else")
    # The id of what is contained is only unique within the list.
    if not isinstance(read, Allergy):
        return read
    labels = (*read.security_labels, *r4.labels(found.meta))
    return replace(read, source_id=f"{found.id}{address}", security_labels=labels)


def _why_empty(reason: CodeableConcept) -> Assertion | None:
    said = [
        EMPTY_REASONS.get((coding.system or "", coding.code or ""), Assertion.NOT_KNOWN)
        for coding in reason.coding
    ]
    if not said and reason.text:
        return Assertion.NOT_KNOWN
    return _least(said)


def _least(said: Iterable[Assertion]) -> Assertion | None:
    return min(said, key=_LEAST_FIRST.index, default=None)


def gather(
    readers: Mapping[str, Reader[Any]], resources: Sequence[Resource], references: References
) -> Gathered:
    """Every resource, and all that lists contain, by itself; of assertions the most careful one.

    Beside items only "none known" is kept, which is then shown to be contradicted.
    """
    gathered, said = Gathered(), []
    for read in _readings(readers, resources, references):
        try:
            one = read()
        except UnreadableError as error:
            gathered.unreadable[str(error)] += 1
            continue
        if isinstance(one, Assertion):
            said.append(one)
        else:
            gathered.take(one)
    least = _least(said)
    if least is Assertion.NONE_KNOWN or not gathered.items:
        gathered.assertion = least
    return gathered


def _readings(
    readers: Mapping[str, Reader[Any]], resources: Iterable[Resource], references: References
) -> Iterator[Callable[[], Any]]:
    for resource in resources:
        entries = _entries(resource, references) if resource.kind == "List" else []
        yield from entries or [partial(readers[resource.kind], resource, references)]


def _entries(resource: Resource, references: References) -> list[Callable[[], Any]]:
    """What a list contains, so that one bad part does not take the others with it."""
    try:
        found, inside = resource.read(FhirList), references.within(resource)
    except UnreadableError:
        return []
    if not _of_allergies(found):
        return []
    return [partial(_entry, entry, found, inside) for entry in found.entry]


READING = FhirReading(
    searches=(
        Search(kind="AllergyIntolerance", includes=("recorder",)),
        Search(
            kind="List",
            narrowed=(("code", f"{SNOMED_SYSTEM}|{ACTIVE_LIST},{SNOMED_SYSTEM}|{ENDED_LIST}"),),
            spared=True,
        ),
    ),
    readers={"AllergyIntolerance": read_allergy, "List": read_list},
    gather=gather,
)
