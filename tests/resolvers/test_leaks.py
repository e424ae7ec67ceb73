"""What the rules keep back stands nowhere in an answer: no title or conflict repeats it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from federation.flow import Answer, Question, Verified
from federation.merge import merge
from federation.model import Assertion, Category, Node
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.person import Person
from federation.sharing import CedarRules
from tests.builders import HERTS, KEY, LONDON, a_reference
from tests.classified import tells_origin, tells_place
from tests.federation.sharing.given import SENSITIVE, a_part, held, released_from, verified_of
from tests.filled import Filling, Path, the_way
from tests.resolvers.asking import COMPILED, Asked, ask, patient
from tests.resolvers.everything import parts_of_the_record

RULES = CedarRules.shipped()
PARTS = parts_of_the_record(COMPILED._schema)
SOURCES = (LONDON, HERTS)
NEVER_SHOWN = {"identifiers", "former_names", "security_labels"}

Marks = dict[str, Path]


def _from(node: Node, category: Category, marks: Marks, **given: Any) -> Verified:
    """What a source says: a mark in every text, and all else as different as can be."""

    def say(path: Path) -> str:
        return f"{{{node.id} {the_way(path)}}}"

    def turn(path: Path) -> int:
        return SOURCES.index(node) if path[-1][1] != "decision" else 0

    def marked(path: Path) -> str:
        marks[say(path)] = path
        return say(path)

    filling = Filling(say=marked, turn=turn)
    person = replace(filling.struct(Person), restricted=False, security_labels=())
    items = [filling.item(category, f"i{number}", node, **given) for number in range(2)]
    part = a_part(category, *items, assertion=Assertion.NONE_KNOWN)
    return verified_of(node, held(person, **{category.lower(): part}))


async def _shown(
    category: Category, marks: Marks, *, restricted: bool = False, **given: Any
) -> str:
    """Everything that a client can read of a category and of the person, as text."""

    def answer(question: Question) -> Answer:
        verified = [_from(node, category, marks, **given) for node in SOURCES]
        released = released_from(RULES, *verified, question=question, restricted=restricted)
        reference = a_reference(restricted=restricted)
        record = merge(question, reference, released, notice="", obligations=(), cursor_key=KEY)
        return Answer(question=question, record=record)

    parts = " ".join(PARTS[part] for part in (DEFINITIONS[category].field_name, "demographics"))
    result = await ask(patient(f"coverage {{ headline }} {parts}"), asked=Asked(answer))
    assert result.errors is None
    return json.dumps(result.data)


def _check(text: str, marks: Marks, keeps_back: Callable[[Path], bool]) -> None:
    found = {mark: path for mark, path in marks.items() if mark in text}
    assert found
    told = [mark for mark, path in found.items() if keeps_back(path) or path[0][1] in NEVER_SHOWN]
    assert told == []


@pytest.mark.parametrize("category", [definition.category for definition in CATEGORIES])
async def test_a_protected_person_is_nowhere_to_be_found(category: Category) -> None:
    """Not in an item, nor a title, a conflict, a warning, a row or the person's own fields."""
    marks: Marks = {}
    text = await _shown(category, marks, restricted=True, security_labels=())
    if category is Category.APPOINTMENTS:
        marks = {mark: path for mark, path in marks.items() if path[0][0] is Person}
        assert '"edges": []' in text
    _check(text, marks, tells_place)


NEVER_HIDDEN = (Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS, Category.CARE_PLANS)


@pytest.mark.parametrize("category", NEVER_HIDDEN)
async def test_a_sensitive_fact_comes_from_nowhere(category: Category) -> None:
    """What is never hidden tells its origin nowhere in the answer, and all the rest of it."""
    marks: Marks = {}
    text = await _shown(category, marks, security_labels=(SENSITIVE,))
    items = {mark: path for mark, path in marks.items() if path[0][0] is not Person}
    _check(text, items, tells_origin)
    assert SENSITIVE.code not in text
