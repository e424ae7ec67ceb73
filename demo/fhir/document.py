"""Documents as DocumentReference; the one that replaces another says so."""

from __future__ import annotations

from demo.fhir.elements import (
    Resource,
    author_role,
    concept,
    contained_author,
    exactly,
    house,
    patient,
    shared,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.documents import HASH_SYSTEM, Availability, Document
from federation.records.fhir.documents import SUPERSEDED

_DOC_STATUSES = frozenset(("preliminary", "final", "amended"))


def documents(part: StoredPart, key: str) -> list[Resource]:
    """Every document that a node holds, as metadata."""
    items = [item for item in part.items if isinstance(item, Document)]
    return [_document(item, items, key) for item in items]


def _document(item: Document, among: list[Document], key: str) -> Resource:
    author = contained_author(item)
    replaced = [one for one in among if one.superseded_by == item.source_id]
    names = [one for one in item.identifiers if one.system != HASH_SYSTEM]
    return {
        **shared("DocumentReference", item, author_role(item)),
        "identifier": [{"system": one.system, "value": one.value} for one in names],
        **trimmed(
            status=SUPERSEDED if item.status == SUPERSEDED else "current",
            docStatus=item.status if item.status in _DOC_STATUSES else None,
            type=concept(item.type),
            subject=patient(key),
            date=exactly(item.recorded_at),
            author=[author] if author else None,
            custodian=house(item.custodian),
            relatesTo=[
                {
                    "code": "replaces",
                    "target": {"reference": f"DocumentReference/{one.source_id}"},
                }
                for one in replaced
            ],
            description=item.summary,
            content=[{"attachment": _attachment(item)}],
            context=trimmed(practiceSetting=words(item.setting)),
        ),
    }


def _attachment(item: Document) -> Resource:
    content = (one.value for one in item.identifiers if one.system == HASH_SYSTEM)
    held = item.availability is Availability.AVAILABLE
    return trimmed(
        contentType=item.content_type,
        url=f"Binary/{item.source_id}" if held else None,
        size=item.size_bytes,
        hash=next(content, None),
        title=item.name,
        creation=item.effective_at,
    )
