"""Completed questionnaires: what one is about, and what was answered in it.

Several categories read R4's `QuestionnaireResponse`: `purpose_of` says which of them one belongs
to, so that each is read once. The struct, the title and the answers are the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal, NamedTuple

from msgspec import field

from federation.records.clinical import CodedValue, ObservedValue, Quantity, TextValue
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Element,
    Extended,
    FhirAttachment,
    Reference,
)
from federation.records.fhir.elements import Quantity as FhirQuantity
from federation.records.fhir.resource import Resource, UnreadableError

QuestionnairePurpose = Literal["care plan", "about me"]

MOST_ANSWERS = 500
MOST_LEVELS = 12
DISPLAY_URL = "http://hl7.org/fhir/StructureDefinition/display"
_PURPOSES: tuple[tuple[QuestionnairePurpose, tuple[str, ...]], ...] = (
    # The first that a questionnaire's name, title or display holds as whole words.
    (
        "care plan",
        (
            "respect form",
            "respect plan",
            "care plan",
            "eol plan",
            "end of life plan",
            "treatment escalation plan",
            "contingency plan",
            "crisis plan",
            "advance decision",
        ),
    ),
    ("about me", ("about me", "what matters to me", "this is me", "hospital passport")),
)
_RESPECT = "ReSPECT"
"""The form's own spelling: no word of another meaning has these capitals."""
_WORDS = re.compile(r"ReSPECT|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_NO_NAME = re.compile(r"(?=.*[0-9])[0-9a-fA-F.-]+")


class FhirAnswer(Element, frozen=True, kw_only=True, rename="camel"):
    """One answer of whichever kind, and what was asked because of it."""

    value_boolean: bool | None = None
    value_decimal: float | None = None
    value_integer: int | None = None
    value_date: str | None = None
    value_date_time: str | None = None
    value_time: str | None = None
    value_string: str | None = None
    value_uri: str | None = None
    value_attachment: FhirAttachment | None = None
    value_coding: Coding | None = None
    value_quantity: FhirQuantity | None = None
    value_reference: Reference | None = None
    item: tuple[FhirAnswered, ...] = ()


class FhirAnswered(Element, frozen=True, kw_only=True, rename="camel"):
    """A question with its answers, or a heading with questions below it."""

    link_id: str = ""
    text: str | None = None
    answer: tuple[FhirAnswer, ...] = ()
    item: tuple[FhirAnswered, ...] = ()


class FhirQuestionnaireResponse(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A questionnaire as it was answered."""

    resource_types: ClassVar[tuple[str, ...]] = ("QuestionnaireResponse",)

    status: str
    questionnaire: str | None = None
    about_questionnaire: Extended = field(default=Extended(), name="_questionnaire")
    authored: str | None = None
    author: Reference | None = None
    source: Reference | None = None
    item: tuple[FhirAnswered, ...] = ()


class _FhirQuestionnaire(DomainResource, frozen=True, kw_only=True, rename="camel"):
    resource_types: ClassVar[tuple[str, ...]] = ("Questionnaire",)

    title: str | None = None
    name: str | None = None


class Answered(NamedTuple):
    """One answer: the headings above its question, outermost first, the question, the answer."""

    headings: tuple[str, ...]
    question: str
    value: ObservedValue | None

    def words(self) -> str:
        """The question with the headings that it stands under: `Consent: On the register`."""
        return ": ".join((*self.headings, self.question))


def purpose_of(response: FhirQuestionnaireResponse) -> QuestionnairePurpose | None:
    """The category that a response belongs to; None for an assessment like any other."""
    return purpose_called(_names(response))


def purpose_called(names: Iterable[str]) -> QuestionnairePurpose | None:
    """What something of these names and titles is about: a form, or a document or part of one."""
    called = tuple(names)
    if any(_RESPECT in name for name in called):
        return "care plan"
    told = [f" {_in_words(name).lower()} " for name in called]
    for purpose, phrases in _PURPOSES:
        if any(f" {phrase} " in name for name in told for phrase in phrases):
            return purpose
    return None


def title_of(response: FhirQuestionnaireResponse) -> str:
    """What to call the questionnaire: its title, else its name, else its only heading."""
    for name in _names(response):
        if not _NO_NAME.fullmatch(name):
            return name if " " in name else _in_words(name)
    headings = [one.text for one in response.item if one.text]
    return headings[0] if len(response.item) == len(headings) == 1 else "Questionnaire"


def answers(response: FhirQuestionnaireResponse) -> tuple[Answered, ...]:
    """Every answer in the form's order; raises `UnreadableError` for more than are read."""
    found: list[Answered] = []
    for answered in _below(response.item, ()):
        found.append(answered)
        if len(found) > MOST_ANSWERS:
            raise UnreadableError("a questionnaire with too many answers")
    return tuple(found)


def _names(response: FhirQuestionnaireResponse) -> Iterator[str]:
    """What the questionnaire is called, clearest first."""
    for raw in response.contained:
        contained = Resource.parse(raw)
        if contained.kind == "Questionnaire":
            questionnaire = contained.read(_FhirQuestionnaire)
            yield from filter(None, (questionnaire.title, questionnaire.name))
    display = r4.extension(response.about_questionnaire.extension, DISPLAY_URL)
    if display and display.value_string:
        yield display.value_string
    canonical = (response.questionnaire or "").partition("|")[0]
    if last := canonical.rstrip("/").rpartition("/")[2].removeprefix("#"):
        yield last


def _in_words(name: str) -> str:
    return " ".join(_WORDS.findall(name))


def _below(items: Iterable[FhirAnswered], headings: tuple[str, ...]) -> Iterator[Answered]:
    if len(headings) > MOST_LEVELS:
        raise UnreadableError("a questionnaire of too many levels")
    for one in items:
        question = one.text or one.link_id or "Question"
        # A heading without words says nothing of what is below it.
        inside = (*headings, one.text) if one.text else headings
        for answer in one.answer:
            yield Answered(headings, question, _value(answer))
            yield from _below(answer.item, inside)
        yield from _below(one.item, inside)


def _value(answer: FhirAnswer) -> ObservedValue | None:
    number = answer.value_decimal if answer.value_decimal is not None else answer.value_integer
    if number is not None:
        return Quantity(value=number)
    if answer.value_coding is not None:
        return CodedValue(concept=r4.concept(CodeableConcept(coding=(answer.value_coding,))))
    if quantity := r4.amount(answer.value_quantity):
        return quantity
    text = _text(answer)
    return TextValue(text=text) if text else None


def _text(answer: FhirAnswer) -> str | None:
    if answer.value_boolean is not None:
        return "yes" if answer.value_boolean else "no"
    moment = answer.value_date or answer.value_date_time or answer.value_time
    return answer.value_string or moment or answer.value_uri or _pointer(answer)


def _pointer(answer: FhirAnswer) -> str | None:
    if answer.value_attachment is not None:
        return answer.value_attachment.title or "an attachment"
    if answer.value_reference is not None:
        kind = (answer.value_reference.reference or "").rpartition("/")[0].rpartition("/")[2]
        return answer.value_reference.display or kind or "another entry"
    return None
