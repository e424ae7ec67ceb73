"""Reading what matters to a person from FHIR R4: an about-me form, or a document of that title.

Each heading that has words below it is an item. Of a document about something else only a section
that is called so is read; the document itself is in its own category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from federation.model import Assertion
from federation.records.about_me import AboutMe
from federation.records.clinical import value_text
from federation.records.fhir import r4
from federation.records.fhir.elements import CodeableConcept, DomainResource, Element, Reference
from federation.records.fhir.parts import PartName, as_part, part_keys
from federation.records.fhir.questionnaires import (
    MOST_LEVELS,
    FhirQuestionnaireResponse,
    answers,
    purpose_called,
    purpose_of,
)
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.words import Narrative, plain_text

_PURPOSE = "about me"
_UNTITLED = "About me"
Passage = tuple[str, str]
"""A heading, and what is said below it."""


class CompositionSection(Element, frozen=True, kw_only=True, rename="camel"):
    """A part of a document."""

    title: str | None = None
    code: CodeableConcept | None = None
    text: Narrative | None = None
    section: tuple[CompositionSection, ...] = ()

    def names(self) -> Iterator[str]:
        """What it is called: its title first."""
        words = self.code.words() if self.code else None
        yield from filter(None, (self.title, words))


class SectionedComposition(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A document in sections, as far as it may be about the person."""

    resource_types: ClassVar[tuple[str, ...]] = ("Composition",)

    status: str
    type: CodeableConcept = CodeableConcept()
    title: str | None = None
    date: str | None = None
    author: tuple[Reference, ...] = ()
    custodian: Reference | None = None
    section: tuple[CompositionSection, ...] = ()

    def names(self) -> Iterator[str]:
        """What it is called: its title first."""
        yield from filter(None, (self.title, self.type.words()))


def read_response(
    resource: Resource, references: References
) -> tuple[AboutMe, ...] | AboutMe | Assertion | None:
    """An item for each heading with an answer; None for a form about something else."""
    found = resource.read(FhirQuestionnaireResponse)
    if found.status == "entered-in-error" or purpose_of(found) != _PURPOSE:
        return None
    told: dict[str, list[str]] = {}
    for one in answers(found):
        if text := value_text(one.value):
            told.setdefault(one.words(), []).append(text)
    inside = references.within(resource)
    whole = r4.envelope(found, inside, authors=(found.author,)) | _dated(found.authored)
    return _items(whole, [(heading, "\n".join(said)) for heading, said in told.items()])


def read_composition(
    resource: Resource, references: References
) -> tuple[AboutMe, ...] | AboutMe | Assertion | None:
    """An item for each section with words; None for a document that says nothing of this."""
    found = resource.read(SectionedComposition)
    if found.status == "entered-in-error":
        return None
    whole_document = purpose_called(found.names()) == _PURPOSE
    sections = found.section if whole_document else tuple(_own(found.section))
    inside = references.within(resource)
    authors = (found.custodian, *found.author)
    whole = r4.envelope(found, inside, authors=authors) | _dated(found.date)
    return _items(whole, list(_below(sections, ())))


def _own(sections: Iterable[CompositionSection]) -> Iterator[CompositionSection]:
    return (one for one in sections if purpose_called(one.names()) == _PURPOSE)


def _below(sections: Iterable[CompositionSection], headings: tuple[str, ...]) -> Iterator[Passage]:
    if len(headings) > MOST_LEVELS:
        raise UnreadableError("a document of too many levels")
    for one in sections:
        inside = (*headings, next(one.names(), _UNTITLED))
        text = plain_text(one.text.div) if one.text else ""
        if text:
            yield ": ".join(inside), text
        yield from _below(one.section, inside)


def _dated(text: str | None) -> dict[str, Any]:
    # It was so, as far as anybody knows, when it was told.
    return {"recorded_at": when(text), "effective_at": when(text)}


def _items(whole: dict[str, Any], told: list[Passage]) -> tuple[AboutMe, ...] | AboutMe | None:
    """The only thing told has the resource's own id."""
    if len(told) < 2:  # noqa: PLR2004 - one or none
        return next((AboutMe(**whole, heading=heading, text=text) for heading, text in told), None)
    keys = part_keys(PartName(None, (heading,)) for heading, _ in told)
    return tuple(
        AboutMe(**as_part(whole, key), heading=heading, text=text)
        for key, (heading, text) in zip(keys, told, strict=True)
    )


READING = FhirReading(
    searches=(
        Search(kind="QuestionnaireResponse", spared=True),
        Search(kind="Composition", spared=True),
    ),
    readers={"QuestionnaireResponse": read_response, "Composition": read_composition},
)
