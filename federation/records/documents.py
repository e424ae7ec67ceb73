"""Documents as metadata: letters, discharge summaries. A timeline.

Two are one by an identical identifier, which names a set or a hash, and the same version; title and
date say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Conflict,
    Item,
    Shape,
    SourceItemId,
    described,
)
from federation.records.compare import (
    codes_differ,
    differ,
    information,
    places,
    same_source,
)
from federation.records.standing import below, standing

HASH_SYSTEM = "urn:sha1"
"""The system of an identifier that is made of the content: FHIR's `attachment.hash`."""


class Availability(StrEnum):
    """Whether a document's content can be opened."""

    AVAILABLE = "AVAILABLE"
    WITHHELD = "WITHHELD"
    UNAVAILABLE = "UNAVAILABLE"
    TOO_LARGE = "TOO_LARGE"
    UNSUPPORTED = "UNSUPPORTED"


class Document(Item, frozen=True, kw_only=True):
    """One document as one source holds it."""

    type: Annotated[Concept, described("What kind of document it is.")]
    name: Annotated[str, described("Its title.")]
    setting: Annotated[str | None, described("In which setting it was written.")] = None
    content_type: Annotated[str | None, described("Its media type.")] = None
    size_bytes: Annotated[int | None, described("Its size.")] = None
    availability: Annotated[Availability, described("Whether its content can be opened.")] = (
        Availability.UNAVAILABLE
    )
    superseded_by: Annotated[SourceItemId | None, described("The document that replaces it.")] = (
        None
    )
    status: Annotated[
        str | None, described("Current, superseded, preliminary ... as the source says.")
    ] = None
    summary: Annotated[str | None, described("What it is about, in the source's words.")] = None


def _may_link(one: Document, other: Document) -> bool:
    # Source: merge rules, "hash or setId + version": the same content is one document however each
    # source counts its versions, and another version of one document stands on its own line.
    if _hashes(one) & _hashes(other):
        return True
    if same_source(one, other) or codes_differ(one.type, other.type):
        return False  # one name for several documents, such as a visit's, names none of them
    return not differ(one.version, other.version)


def _hashes(document: Document) -> set[str]:
    return {one.value for one in document.identifiers if one.system == HASH_SYSTEM}


def _conflicts(documents: Sequence[Document]) -> tuple[Conflict, ...]:
    replaced = [document for document in documents if document.superseded_by]
    current = [document for document in documents if not document.superseded_by]
    if not replaced or not current:
        return ()
    message = f"Superseded in {places(replaced)}, still current in {places(current)}."
    return (information("supersededBy", message, documents, _standing),)


def _standing(document: Document) -> str:
    return "superseded" if document.superseded_by else "current"


_IN_FORCE = frozenset(("current", "final", "unknown"))


def _subtitle(document: Document) -> str | None:
    status = "superseded" if document.superseded_by else document.status
    return below(standing(status, expected=_IN_FORCE), document.type.display)


DOCUMENTS = CategoryDefinition(
    category=Category.DOCUMENTS,
    field_name="documents",
    section_name="DocumentConnection",
    item=Document,
    shape=Shape.TIMELINE,
    description="Letters and summaries as metadata, newest first.",
    title=lambda item: item.name,
    subtitle=_subtitle,
    codes=lambda item: item.type.codings,
    may_link=_may_link,
    conflicts=_conflicts,
)
