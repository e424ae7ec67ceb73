"""Ids are opaque, stable for one person and authority, and different for any other."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from federation.flow import Answer, Question, Window
from federation.model import Category, NodeId
from resolvers.ids import ViewIds
from tests.builders import HERTS, KEY, NOW, NUMBER, OTHER_NUMBER, a_requester, an_organisation
from tests.resolvers.asking import Asked, a_section, an_answer, an_entry, ask, patient

IDS = ViewIds(KEY, a_requester(), NUMBER)
A = Category.ALLERGIES


def test_ids_of_different_things_differ() -> None:
    """No two things have one id, however their names are put together."""
    made = [
        IDS.record(),
        IDS.section(A),
        IDS.section(A, Window()),
        IDS.section(A, Window(first=1)),
        IDS.entry(A, ("a", "b")),
        IDS.entry(A, ("a,b",)),
        IDS.entry(A, ("ab",)),
        IDS.entry(Category.ALERTS, ("ab",)),
        IDS.item_called(A, NodeId("n"), "x"),
        IDS.item_called(A, NodeId("nx"), ""),
        IDS.item_called(Category.ALERTS, NodeId("n"), "x"),
        IDS.revision(b""),
        IDS.revision(b"x"),
    ]
    assert len(set(made)) == len(made)


OTHERS: list[ViewIds] = [
    ViewIds(bytes(32), a_requester(), NUMBER),
    ViewIds(KEY, a_requester(), OTHER_NUMBER),
    ViewIds(KEY, a_requester(subject="another"), NUMBER),
    ViewIds(KEY, a_requester(role="R8000"), NUMBER),
    ViewIds(KEY, a_requester(organisation=an_organisation("RD8")), NUMBER),
]


@given(st.text(), st.text())
def test_ids_are_scoped(node: str, source_id: str) -> None:
    """Another key, person, caller, role or organisation has other ids for the same thing."""
    named = (A, NodeId(node), source_id)
    same = ViewIds(KEY, a_requester(name="another spelling"), NUMBER).item_called(*named)
    assert same == IDS.item_called(*named)
    assert same not in {other.item_called(*named) for other in OTHERS}


async def test_ids_tell_nothing() -> None:
    """No id shows what it names, and one thing has one id wherever it stands."""
    result = await ask(
        patient(
            "id allergies { id entries { id relatedEntryIds lead { id } items { id sourceId } } }"
            " documents { entries { items { id sourceId supersededBy } } }"
        )
    )
    shown = result.data["patient"]
    entry = shown["allergies"]["entries"][0]
    assert entry["lead"]["id"] == entry["items"][0]["id"]
    documents = [i for e in shown["documents"]["entries"] for i in e["items"]]
    linked = [document for document in documents if document["supersededBy"]]
    assert linked[0]["supersededBy"] == IDS.item_called(Category.DOCUMENTS, HERTS.id, "d2")
    assert all(len(i) == 32 and int(i, 16) for i in (shown["id"], entry["id"], linked[0]["id"]))


async def revision(change: Any = None) -> str:
    def answer(question: Question) -> Answer:
        made = an_answer(question)
        return change(question, made) if change else made

    result = await ask(
        patient("revision allergies { id } observations { id }"), asked=Asked(answer)
    )
    text: str = result.data["patient"]["revision"]
    return text


def _record(answer: Answer, **given: Any) -> Answer:
    return msgspec.structs.replace(answer, record=msgspec.structs.replace(answer.record, **given))


def _later(question: Question, answer: Answer) -> Answer:
    later = NOW.replace(hour=23)
    entry = an_entry(A)
    for item in entry.items:
        msgspec.structs.force_setattr(item, "retrieved_at", later)
    sections = dict(answer.record.sections)
    sections[A] = msgspec.structs.replace(
        a_section(question, A, (entry, an_entry(A, 1))), as_of=later
    )
    return _record(answer, sections=sections, as_of=later)


async def test_the_revision_does_not_change_with_time() -> None:
    """The same content retrieved at another time has the same revision."""
    assert await revision(_later) == await revision()


async def test_the_revision_changes_with_anything_else() -> None:
    """A notice, a title, an item or a row that differs gives another revision."""

    def other_notice(_question: Question, answer: Answer) -> Answer:
        return _record(answer, notice="something else")

    def other_title(question: Question, answer: Answer) -> Answer:
        entry = msgspec.structs.replace(an_entry(A), title="something else")
        section = a_section(question, A, (entry, an_entry(A, 1)))
        return _record(answer, sections={**answer.record.sections, A: section})

    def fewer_rows(_question: Question, answer: Answer) -> Answer:
        coverage = answer.record.coverage
        return _record(answer, coverage=msgspec.structs.replace(coverage, rows=coverage.rows[1:]))

    made = [await revision(change) for change in (None, other_notice, other_title, fewer_rows)]
    assert len(set(made)) == len(made)
