"""Compiled projection answers what graphql-core answers: data, errors, order of keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.flow import Answer, Question
from federation.model import Category
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.clinical import Quantity, ReferenceRange
from resolvers.projection.plans import Plans
from resolvers.schema import WatlingSchema, build_schema
from tests.builders import LONDON
from tests.filled import Filling
from tests.items import a_concept, an_item
from tests.resolvers.asking import (
    COMPILED,
    PLAIN,
    Asked,
    a_section,
    an_answer,
    an_entry,
    ask,
    patient,
)
from tests.resolvers.everything import everything, parts_of_the_record

TYPES = COMPILED._schema.type_map
VARIABLES = {"yes": True, "no": False, "few": 1, "after": "cursor-1"}
DECLARED = {
    "$yes": "Boolean!",
    "$no": "Boolean = true",
    "$few": "Int!",
    "$after": "String",
    "$absent": "Boolean = false",
}


def with_variables(query: str, fragments: str) -> str:
    """A query that declares just the variables that it uses."""
    text = f"{query} {fragments}"
    used = ", ".join(f"{name}: {type_}" for name, type_ in DECLARED.items() if name in text)
    return f"query Asked({used}) {text}"


async def both(
    query: str,
    answer: Callable[[Question], Answer] = an_answer,
    variables: dict[str, Any] | None = None,
) -> tuple[Any, Any]:
    """What the plain and the compiled schema answer, in the order of keys."""
    texts = []
    for schema in (PLAIN, COMPILED):
        asked = Asked(answer)
        result = await ask(query, variables, asked=asked, schema=schema)
        errors = [error.formatted for error in result.errors or ()]
        texts.append((json.dumps(result.data), errors))
    return texts[0], texts[1]


def plans_of(schema: WatlingSchema) -> Plans:
    """The generated functions of a schema."""
    executor: Any = schema.execution_context_class
    plans: Plans = executor.plans
    return plans


def projections() -> int:
    """How many selections have a generated function now."""
    kept = plans_of(COMPILED)._selections.values()
    return sum(function is not None for one in kept for function in one.variants.values())


async def test_everything_is_the_same() -> None:
    """Every field of the record below every type comes out the same, and is generated."""
    before = projections()
    plain, compiled = await both(patient(everything(COMPILED._schema, "PatientRecord")))
    assert compiled == plain
    assert plain[1] == []
    assert projections() == before + 1


@pytest.mark.parametrize("category", [definition.category for definition in CATEGORIES])
async def test_everything_of_every_category_is_the_same(category: Category) -> None:
    """With every field filled in, and each kind of observed value, it comes out the same."""
    fillings = [Filling(turn=lambda path, turn=turn: turn if path else 0) for turn in range(2)]
    fillings.append(Filling(turn=lambda path: 2 if path[-1][1] == "value" else 0))
    items = [filling.item(category, f"i{number}") for number, filling in enumerate(fillings)]

    def answer(question: Question) -> Answer:
        entries = tuple(an_entry(category, n, (item,)) for n, item in enumerate(items))
        section = a_section(question, category, entries)
        return an_answer(question, sections={category: section})

    part = parts_of_the_record(COMPILED._schema)[DEFINITIONS[category].field_name]
    before = projections()
    plain, compiled = await both(patient(part), answer)
    assert plain[1] == []
    assert compiled == plain
    assert projections() == before + 1
    assert '"sourceSystem": "source_system"' in plain[0]


CONDITIONS = ("", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)")
WINDOWS = ("(first: 1)", "(first: $few, after: $after)", "", '(since: "2026-01-01", codes: "s|c")')


@st.composite
def selections(draw: st.DrawFn, type_name: str = "PatientRecord", depth: int = 0) -> str:
    """A selection of a type: fields, aliases, fragments, conditions, at most twelve levels."""
    named = TYPES[type_name]
    if isinstance(named, GraphQLUnionType):
        some = draw(st.lists(st.sampled_from(named.types), unique_by=lambda one: one.name))
        members = [f"... on {m.name} {{ {draw(selections(m.name, depth + 1))} }}" for m in some]
        return " ".join(["__typename", *members])
    assert isinstance(named, GraphQLObjectType)
    names = draw(
        st.lists(st.sampled_from(sorted(named.fields)), min_size=1, max_size=5, unique=True)
    )
    parts = [draw(a_field(name, named.fields[name], depth)) for name in names]
    parts.append(draw(st.sampled_from(("", "__typename", "kind_: __typename"))))
    return draw(wrapped(" ".join(parts), named))


@st.composite
def a_field(draw: st.DrawFn, name: str, field: GraphQLField, depth: int) -> str:
    """One field, perhaps under another name, with arguments where it takes some."""
    # An alias keeps the arguments apart that GraphQL would not let stand under one key.
    text = f"{draw(st.sampled_from(('a', 'b', 'zz')))}{draw(st.integers(0, 99999))}_{name}: {name}"
    if "first" in field.args:
        windows = WINDOWS if "codes" in field.args else WINDOWS[:3]
        text += draw(st.sampled_from(windows))
    elif "onlyProblems" in field.args:
        text += draw(st.sampled_from(("", "(onlyProblems: true)", "(onlyProblems: $yes)")))
    elif draw(st.booleans()):
        text = name
    text += draw(st.sampled_from(CONDITIONS))
    below = get_named_type(field.type)
    if is_leaf_type(below):
        return text
    return f"{text} {{ {draw(selections(below.name, depth + 1))} }}"


@st.composite
def wrapped(draw: st.DrawFn, selection: str, named: GraphQLObjectType) -> str:
    """The selection itself, or in an inline fragment on its type or on none."""
    conditions = ["", f" on {named.name}"]
    how = draw(st.sampled_from((None, None, *conditions)))
    if how is None:
        return selection
    return f"__typename ...{how}{draw(st.sampled_from(CONDITIONS))} {{ {selection} }}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(selection=selections())
async def test_any_selection_is_the_same(selection: str) -> None:
    """Whatever is selected, under whatever names and conditions, comes out the same."""
    fragment = "fragment F on PatientRecord { viewId @skip(if: $absent) }"
    query = with_variables(patient(f"{selection} ...F"), fragment)
    plain, compiled = await both(query, variables=VARIABLES)
    refused = {error["extensions"]["code"] for error in plain[1]}
    assert refused <= {"TOO_COMPLEX"}
    assert compiled == plain


@pytest.mark.parametrize(
    "variables",
    [
        {"s": True, "i": True},
        {"s": True, "i": False},
        {"s": False, "i": True},
        {"s": False},
    ],
)
async def test_conditions_are_kept_apart(variables: dict[str, bool]) -> None:
    """One document with other variables selects other fields, and each is the same."""
    selection = (
        "id @skip(if: $s) allergies { coverage { headline } entries { title @include(if: $i)"
        " ...X @skip(if: $s) ... on Entry @include(if: $i) { basis } } }"
    )
    query = f"""query($s: Boolean!, $i: Boolean = true) {patient(selection)}
    fragment X on AllergyEntry {{ lead {{ ...Y }} lead {{ source {{ name @skip(if: $i) id }} }} }}
    fragment Y on Item {{ sourceId ... on Allergy {{ substance {{ display }} }} }}"""
    plain, compiled = await both(query, variables=variables)
    assert plain[1] == []
    assert compiled == plain


class Later:
    """Something that would have to be awaited."""

    def __await__(self) -> Any:
        yield


def an_odd_observation(**odd: Any) -> Any:
    """An observation with values that its type does not allow."""
    return an_item(Category.OBSERVATIONS, "odd", LONDON, **odd)


ODD: list[tuple[str, dict[str, Any]]] = [
    ("nothing where there must be an object", {"code": None}),
    ("null below a list", {"code": msgspec.structs.replace(a_concept("1"), display=None)}),
    ("a number for a text", {"method": 7}),
    ("a truth for a text", {"method": True}),
    ("a list for a text", {"method": ["a"]}),
    ("a whole number for a float", {"reference_range": ReferenceRange(low=2, high=2.5)}),
    ("not a number", {"reference_range": ReferenceRange(low=float("nan"))}),
    ("an endless number", {"value": Quantity(value=float("inf"))}),
    ("an error as a value", {"body_site": ValueError("9990000018")}),
    ("something to be awaited", {"interpretation": Later()}),
    ("a text for an instant", {"last_updated_at": "2026-01-01"}),
    ("a list that is none", {"security_labels": None}),
    ("a list that can be read once", {"components": iter(())}),
    ("a text for a list", {"components": "abc"}),
    ("nobody in a list", {"components": (None,)}),
    ("a value of no type of the union", {"value": a_concept("9")}),
    ("a value that is no object", {"reference_range": 3}),
    ("an error for an object", {"custodian": KeyError("secret")}),
    ("a source that is none", {"source": None}),
]
SELECTIONS = (
    everything(COMPILED._schema, "Observation"),
    " ".join(f"{name} {{ __typename }}" for name in ("custodian", "code", "components", "value")),
    "id source { __typename }",
)


@pytest.mark.parametrize("selection", SELECTIONS, ids=("everything", "types", "ids"))
@pytest.mark.parametrize("values", [one[1] for one in ODD], ids=[one[0] for one in ODD])
async def test_odd_values_are_the_same(values: dict[str, Any], selection: str) -> None:
    """What the domain should never hand over becomes the same nulls and errors."""

    def answer(question: Question) -> Answer:
        item = an_odd_observation()
        for name, value in values.items():
            msgspec.structs.force_setattr(item, name, value)
        entries = (an_entry(Category.OBSERVATIONS, 1), _with_item(item))
        section = a_section(question, Category.OBSERVATIONS, entries)
        return an_answer(question, sections={Category.OBSERVATIONS: section})

    query = patient(f"observations {{ entries {{ items {{ {selection} }} }} }}")
    plain, compiled = await both(query, answer)
    assert compiled == plain


def _with_item(item: Any) -> Any:
    entry = an_entry(Category.OBSERVATIONS, 2)
    return msgspec.structs.replace(entry, items=(*entry.items, item))


@pytest.mark.parametrize(
    "change",
    [
        lambda section: msgspec.structs.replace(section, category=Category.ALERTS),
        lambda section: _swap(section, Category.ALERTS),
        lambda _section: None,
        lambda _section: "section",
    ],
    ids=("another category", "an entry of another category", "nothing", "something else"),
)
async def test_values_of_another_type_are_the_same(change: Any) -> None:
    """A value that its type is not read from is refused in the same way."""

    def answer(question: Question) -> Answer:
        section = a_section(question, Category.ALLERGIES, (an_entry(Category.ALLERGIES),))
        return an_answer(question, sections={Category.ALLERGIES: change(section)})

    for selection in ("__typename", "entries { __typename }", "id entries { id items { id } }"):
        plain, compiled = await both(patient(f"notice allergies {{ {selection} }}"), answer)
        assert compiled == plain


def _swap(section: Any, category: Category) -> Any:
    return msgspec.structs.replace(section, entries=(an_entry(category),))


async def test_a_missing_section_is_the_same() -> None:
    """A section that the answer does not have is an error of its field, not of the projection."""

    def answer(question: Question) -> Answer:
        return an_answer(question, sections={})

    plain, compiled = await both(patient("allergies { id } results { id }"), answer)
    assert plain[1][0]["extensions"]["code"] == "INTERNAL"
    assert compiled == plain


async def test_plans_are_bounded() -> None:
    """However many selections and conditions are asked for, only so many functions are kept."""
    schema = build_schema()
    plans_of(schema)._kept = 3
    for number in range(6):
        await ask(patient(f"a{number}: notice"), schema=schema)
    assert len(plans_of(schema)._selections) == 3


async def test_aliases_cannot_write_code() -> None:
    """A key that looks like Python stays a key."""
    result = await ask(patient("__import__: notice _: viewId o: id x: revision"))
    assert result.errors is None
    assert list(result.data["patient"]) == ["__import__", "_", "o", "x"]
