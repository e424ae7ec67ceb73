"""Asking the schema without a pipeline: a fake `ask` keeps each question and answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from federation.flow import (
    Answer,
    Coverage,
    CoverageState,
    DemographicsSection,
    Entry,
    Identity,
    Obligation,
    Page,
    Question,
    Record,
    Section,
    SectionWarning,
    WarningCode,
)
from federation.model import Assertion, Category, IdentityBasis, Requester, RequestId, ViewId
from federation.records import DEFINITIONS
from federation.records.base import (
    Basis,
    Conflict,
    ConflictingValue,
    Item,
    PartialDateTime,
    Severity,
    Shape,
)
from federation.records.clinical import CodedValue, ObservationComponent, TextValue
from federation.records.person import ShownPerson
from federation.status import SourceCode, SourceState
from resolvers.context import Context
from resolvers.limits import Limits
from resolvers.schema import WatlingSchema, build_schema
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NETWORK,
    NOW,
    a_name,
    a_requester,
    a_row,
    an_address,
)
from tests.items import a_concept, an_item

# So that a test may ask for everything that there is, which no client does.
ROOMY = Limits(max_tokens=50_000)
COMPILED = build_schema(limits=ROOMY)
PLAIN = build_schema(limits=ROOMY, compiled=False)

Ask = Callable[[Question], Answer]


def a_coverage(category: Category | None = None) -> Coverage:
    """Two nodes answered, one did not."""
    return Coverage(
        state=CoverageState.SOME_SOURCES_MISSING,
        headline="Milton Keynes did not answer in time.",
        asked=3,
        answered=2,
        rows=(
            a_row(LONDON, category),
            a_row(HERTS, category, SourceState.FRESH_EMPTY, assertion=Assertion.NONE_KNOWN),
            a_row(MILTON_KEYNES, category, SourceState.TIMED_OUT, SourceCode.DEADLINE_EXCEEDED),
        ),
    )


def an_entry(category: Category, number: int = 0, items: Iterable[Item] | None = None) -> Entry:
    """One line of two items, with a conflict and a related line."""
    held = tuple(items or some_items(category, number))
    definition = DEFINITIONS[category]
    return Entry(
        category=category,
        fact=(category, str(number)),
        title=definition.title(held[0]),
        subtitle=definition.subtitle(held[0]),
        date=definition.clinical_date(held[0]),
        basis=Basis.SAME_CONCEPT,
        conflicts=(
            Conflict(
                field="dosage",
                severity=Severity.SAFETY,
                message="two doses",
                values=(ConflictingValue(source=LONDON, value="one"),),
            ),
        ),
        related_facts=((category, "other"),),
        lead=held[0],
        items=held,
    )


def some_items(category: Category, number: int) -> tuple[Item, ...]:
    """The same fact at two nodes; observations show every kind of value."""
    more: dict[str, Any] = {}
    if category is Category.OBSERVATIONS:
        more["value"] = (CodedValue(concept=a_concept("1", "Positive")), TextValue(text="fine"))[
            number % 2
        ]
        more["components"] = (ObservationComponent(code=a_concept("2")),)
    if category is Category.DOCUMENTS:
        more["superseded_by"] = "d2"
    return (
        an_item(category, f"{number}-london", LONDON),
        an_item(category, f"{number}-herts", HERTS, **more),
    )


def a_section(question: Question, category: Category, entries: tuple[Entry, ...]) -> Section:
    """A section with these entries, shown in every page that is asked for."""
    pages = {
        window: Page(
            entries=entries[: window.first],
            cursors=tuple(f"cursor-{n}" for n in range(len(entries[: window.first]))),
            has_next=len(entries) > window.first,
            has_previous=window.after is not None,
            warnings=(SectionWarning(code=WarningCode.TRUNCATED, message="more is held"),),
        )
        for window in question.windows.get(category, ())
    }
    whole = DEFINITIONS[category].shape is Shape.WHOLE_LIST
    return Section(
        category=category,
        coverage=a_coverage(category),
        entries=entries if whole else (),
        pages=pages,
        assertion=None if entries else Assertion.NOT_KNOWN,
        warnings=(SectionWarning(code=WarningCode.CONFLICT, message="sources disagree"),),
        as_of=NOW,
    )


def a_shown_person(question: Question) -> ShownPerson:
    """Somebody with a name and an address."""
    return ShownPerson(
        nhs_number=question.nhs_number,
        name=a_name(),
        birth_date=PartialDateTime("1952-05-17"),
        age="74 years",
        address=an_address(),
        phones=("020 7946 0001",),
    )


def an_answer(question: Question, entries: int = 2, **given: Any) -> Answer:
    """An answer with so many entries in every category; `given` are fields of the record."""
    sections = {
        category: a_section(
            question, category, tuple(an_entry(category, number) for number in range(entries))
        )
        for category in sorted(question.categories - {Category.DEMOGRAPHICS})
    }
    demographics = DemographicsSection(
        coverage=a_coverage(Category.DEMOGRAPHICS), person=a_shown_person(question), as_of=NOW
    )
    defaults: dict[str, Any] = {
        "nhs_number": question.nhs_number,
        "coverage": a_coverage(),
        "notice": "sexual health records are never shown here",
        "obligations": (Obligation(code="REVIEW", message="this look will be reviewed"),),
        "identity": Identity(basis=IdentityBasis.TRACED, message="traced"),
        "demographics": demographics if Category.DEMOGRAPHICS in question.categories else None,
        "sections": sections,
        "as_of": NOW,
    }
    return Answer(question=question, record=Record(**(defaults | given)))


class Asked:
    """One HTTP request: its context, and the questions that were asked in it."""

    def __init__(
        self, answer: Ask = an_answer, requester: Requester | None = None, desk: Any = None
    ) -> None:
        self.questions: list[Question] = []
        self._answer = answer
        self.context = Context(
            requester=requester or a_requester(),
            request_id=RequestId("request-1"),
            ask=self._ask,
            nodes=lambda: NETWORK,
            clock=lambda: NOW,
            loop_time=lambda: 100.0,
            id_key=KEY,
            desk=desk,
            new_view_id=lambda: ViewId("view-1"),
        )

    async def _ask(self, question: Question) -> Answer:
        self.questions.append(question)
        return self._answer(question)


async def ask(
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    asked: Asked | None = None,
    schema: WatlingSchema = COMPILED,
    operation_name: str | None = None,
) -> Any:
    """The result of one operation."""
    return await schema.execute(
        query,
        variables,
        context_value=(asked or Asked()).context,
        operation_name=operation_name,
    )


def patient(selection: str, more: str = "") -> str:
    """A query for the person of the builders."""
    return (
        '{ patient(nhsNumber: "999 000 0018", purpose: DIRECT_CARE,'
        f' confirm: {{birthDate: "1952-05-17"}}{more}) {{ {selection} }} }}'
    )


def codes(result: Any) -> list[str]:
    """The codes of a result's errors."""
    return [error.extensions["code"] for error in result.errors or ()]
