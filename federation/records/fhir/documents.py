"""Reading documents from FHIR R4 `DocumentReference` and `Composition` (UK Core), as metadata.

Nothing of a document's content is read, and neither its data nor its address goes further than
here. All documents of a person are read together: the one that replaces says so, and it is the
replaced one that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from federation.records import base
from federation.records.base import Concept, SecurityLabel, SourceItemId
from federation.records.documents import HASH_SYSTEM, Availability, Document
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    UK_CORE_EXTENSION,
    CodeableConcept,
    DomainResource,
    Reference,
)
from federation.records.fhir.pointers import pointed_at
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Gathered, Search, read_each
from federation.records.fhir.resource import (
    UNREADABLE_LABEL,
    Reader,
    References,
    Resource,
    UnreadableError,
)
from federation.records.fhir.structs.documents import (
    Context,
    FhirComposition,
    FhirContent,
    FhirDocumentReference,
    Relation,
    Section,
)
from federation.records.fhir.words import labelled, lines
from federation.records.systems import CONFIDENTIALITY

CARE_SETTING_URL = f"{UK_CORE_EXTENSION}CareSettingType"
SUPERSEDED = "superseded"
_NO_ITEM = "entered-in-error"
_REPLACES = "replaces"
_RELATIONS = {"appends": "Adds to", "transforms": "Another form of", "signs": "Signs"}


def read_document(resource: Resource, references: References) -> Document | None:
    """One document; None for one entered in error."""
    found = resource.read(FhirDocumentReference)
    if _NO_ITEM in {found.status, found.doc_status}:
        return None
    inside = references.within(resource)
    attachment = _attachment(found)
    kind = _kind((found.type, *found.category), attachment.title or found.description)
    authors = (*found.author, found.authenticator, found.custodian)
    envelope = r4.envelope(found, inside, authors=authors)
    envelope["custodian"] = r4.organisation(found.custodian, inside) or envelope["custodian"]
    envelope["security_labels"] += _labels(found.security_label)
    envelope["identifiers"] = _names(found, attachment)
    return Document(
        **envelope,
        type=kind,
        name=attachment.title or kind.display,
        setting=_setting(found.context),
        content_type=attachment.content_type,
        size_bytes=attachment.size,
        availability=_availability(attachment),
        status=found.status if found.status == SUPERSEDED else found.doc_status or found.status,
        summary=lines(
            found.description,
            labelled("Category", (one.words() for one in found.category)),
            labelled("About", (one.words() for one in found.context.event)),
            *_relations(found.relates_to, inside),
        ),
        effective_at=_began(found.context) or when(attachment.creation),
        recorded_at=when(found.date),
    )


def read_composition(resource: Resource, references: References) -> Document | None:
    """One document made of resources; None for one entered in error."""
    found = resource.read(FhirComposition)
    if found.status == _NO_ITEM:
        return None
    inside = references.within(resource)
    kind = _kind((found.type, *found.category), found.title)
    envelope = r4.envelope(found, inside, authors=(*found.author, found.custodian))
    envelope["custodian"] = r4.organisation(found.custodian, inside) or envelope["custodian"]
    if found.confidentiality:
        label = SecurityLabel(system=CONFIDENTIALITY, code=found.confidentiality)
        envelope["security_labels"] += (label,)
    setting = r4.extension(found.extension, CARE_SETTING_URL)
    periods = (one.period.start for one in found.event if one.period and one.period.start)
    return Document(
        **envelope,
        type=kind,
        name=found.title or kind.display,
        setting=setting.words() if setting else None,
        # It is put together by its source on request, which this gateway does not ask for.
        availability=Availability.UNSUPPORTED,
        status=found.status,
        summary=lines(
            labelled("Category", (one.words() for one in found.category)),
            labelled("About", (code.words() for one in found.event for code in one.code)),
            labelled("Headings", map(_heading, found.section)),
            *_relations(found.relates_to, inside),
        ),
        effective_at=when(next(periods, None)),
        recorded_at=when(found.date),
    )


def gather(
    readers: Mapping[str, Reader[Any]], resources: Sequence[Resource], references: References
) -> Gathered:
    """Every document, those that another one replaces as superseded by it."""
    gathered = read_each(readers, resources, references)
    documents = [one for one in gathered.items if isinstance(one, Document)]
    try:
        successors = _successors(resources, documents, references)
    except UnreadableError as error:
        # Which of them still stand is not known then.
        gathered.items, gathered.unreadable[str(error)] = [], len(documents)
        return gathered
    shared = _shared(documents)
    gathered.items = [_standing(one, successors, shared) for one in documents]
    return gathered


class _Replacing(DomainResource, frozen=True, kw_only=True, rename="camel"):
    relates_to: tuple[Relation, ...] = ()


class _Name(Struct, frozen=True):
    system: str
    value: str


def _successors(
    resources: Iterable[Resource], documents: Iterable[Document], references: References
) -> dict[str | _Name, str]:
    """By id or by business identifier, which document replaces which."""
    shown = {one.source_id for one in documents}
    found: dict[str | _Name, str] = {}
    for resource in resources:
        if resource.id not in shown:
            continue
        for one in _relations_of(resource):
            if one.code == _REPLACES and (target := _target(one, references)) is not None:
                found[target] = resource.id
    return found


def _relations_of(resource: Resource) -> Iterable[Relation]:
    try:
        return resource.read_any(_Replacing).relates_to
    except UnreadableError:
        return ()  # counted already; another one of its id is shown


def _target(relation: Relation, references: References) -> str | _Name | None:
    reference = relation.target or relation.target_reference or Reference()
    if (found := references.find(reference)) is not None:
        return found.id
    if reference.reference:
        return reference.reference.partition("/_history/")[0].rpartition("/")[2]
    named = relation.target_identifier or reference.identifier
    if named is not None and named.system and named.value:
        return _Name(named.system, named.value)
    return None


def _shared(documents: Iterable[Document]) -> set[base.Identifier]:
    """Identifiers of several documents of one source: they name a set, and none of its versions."""
    counted = Counter(name for one in documents for name in set(one.identifiers))
    return {name for name, count in counted.items() if count > 1 and name.system != HASH_SYSTEM}


def _standing(
    document: Document, successors: Mapping[str | _Name, str], shared: set[base.Identifier]
) -> Document:
    names: list[str | _Name] = [document.source_id]
    names += [_Name(one.system, one.value) for one in document.identifiers]
    by = next((successors[one] for one in names if one in successors), None)
    changes: dict[str, Any] = {}
    if by is not None and by != document.source_id:
        changes = {"superseded_by": SourceItemId(by), "status": SUPERSEDED}
    if shared.intersection(document.identifiers):
        kept = (one for one in document.identifiers if one not in shared)
        changes["identifiers"] = tuple(kept)
    whole: Document = msgspec.structs.replace(document, **changes) if changes else document
    return whole


def _attachment(found: FhirDocumentReference) -> FhirContent:
    """The document in the first format that can be had; the others are the same in another."""
    formats = [one.attachment for one in found.content]
    held = (one for one in formats if one.url or one.data)
    return next(held, formats[0] if formats else FhirContent())


def _availability(attachment: FhirContent) -> Availability:
    held = attachment.url or attachment.data
    return Availability.AVAILABLE if held else Availability.UNAVAILABLE


def _kind(concepts: Iterable[CodeableConcept | None], named: str | None) -> Concept:
    said = next((one for one in concepts if one is not None), None)
    if said is not None:
        return r4.concept(said)
    words = named or "Document"
    return Concept(display=words, original_text=words)


def _names(found: FhirDocumentReference, attachment: FhirContent) -> tuple[base.Identifier, ...]:
    """What names this version of the document, wherever it is held: its own name, its content."""
    own = (found.master_identifier,) if found.master_identifier else ()
    names = r4.identifiers((*own, *found.identifiers))
    if attachment.hash:
        names += (base.Identifier(system=HASH_SYSTEM, value=attachment.hash),)
    return tuple(dict.fromkeys(names))


def _labels(concepts: Iterable[CodeableConcept]) -> tuple[SecurityLabel, ...]:
    return tuple(label for concept in concepts for label in _label(concept))


def _label(concept: CodeableConcept) -> Iterator[SecurityLabel]:
    coded = [one for one in concept.coding if one.code]
    for one in coded:
        yield SecurityLabel(system=one.system, code=one.code or "", display=one.display)
    if not coded:
        # A label in words alone is no code that a rule could know, and so shuts more than it opens.
        yield SecurityLabel(code=concept.words() or UNREADABLE_LABEL)


def _heading(section: Section) -> str | None:
    return section.title or (section.code.words() if section.code else None)


def _setting(context: Context) -> str | None:
    told = (context.practice_setting, context.facility_type)
    return ", ".join(text for one in told if one and (text := one.words())) or None


def _began(context: Context) -> base.PartialDateTime | None:
    return when(context.period.start or context.period.end) if context.period else None


def _relations(relations: Iterable[Relation], references: References) -> Iterator[str | None]:
    for one in relations:
        if one.code in _RELATIONS:
            target = one.target or one.target_reference or Reference()
            yield labelled(
                _RELATIONS[one.code], (pointed_at(target, references) or "another document",)
            )


READING = FhirReading(
    searches=(
        Search(kind="DocumentReference", includes=("author", "custodian")),
        Search(kind="Composition", includes=("author",), spared=True),
    ),
    readers={"DocumentReference": read_document, "Composition": read_composition},
    gather=gather,
)
