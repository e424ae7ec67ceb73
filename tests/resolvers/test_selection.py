"""What an operation selects is what is asked for: no more, and nothing that is skipped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from federation.flow import Window
from federation.model import Category
from tests.resolvers.asking import Asked, ask, codes, patient

A, M, D = Category.ALLERGIES, Category.MEDICATIONS, Category.DEMOGRAPHICS
OBS = Category.OBSERVATIONS

CASES: list[tuple[str, str, set[Category], str]] = [
    ("nothing of the record", "__typename", set(), "only what every answer has"),
    ("the head", "id revision coverage { headline }", set(), "the head is not a category"),
    ("one list", "allergies { entries { title } }", {A}, ""),
    ("coverage alone", "allergies { coverage { state } }", {A}, "its coverage needs its nodes"),
    ("a type name alone", "allergies { __typename }", {A}, "the section must be there"),
    ("demographics", "demographics { person { age } }", {D}, ""),
    ("under an alias", "meds: medications { id }", {M}, ""),
    ("skipped", "allergies @skip(if: true) { id } medications { id }", {M}, ""),
    ("skipped by a variable", "allergies @skip(if: $yes) { id } medications { id }", {M}, ""),
    ("not included", "allergies @include(if: $no) { id } id", set(), ""),
    ("included by default", "allergies @include(if: $on) { id }", {A}, "a variable's default"),
    ("skip before include", "allergies @include(if: $yes) @skip(if: $yes) { id } id", set(), ""),
    ("inline fragment", "... { allergies { id } } ... on PatientRecord { id }", {A}, ""),
    ("inline fragment skipped", "id ... @skip(if: $yes) { allergies { id } }", set(), ""),
    ("named fragment", "...F", {A, OBS}, ""),
    ("named fragment skipped", "id ...F @include(if: $no)", set(), ""),
    ("fragment twice, once skipped", "...F @skip(if: $yes) ...F", {A, OBS}, ""),
    ("interface fragment", "allergies { ... on Section { coverage { state } } }", {A}, ""),
]
FRAGMENT = "fragment F on PatientRecord { allergies { id } observations { id } }"


@pytest.mark.parametrize(
    ("selection", "expected"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES]
)
async def test_categories(selection: str, expected: set[Category]) -> None:
    """The question has exactly the categories that are selected."""
    asked = Asked()
    used = [name for name in ("$yes", "$no", "$on") if name in selection]
    declared = ", ".join(f"{n}: Boolean{' = true' if n == '$on' else '!'}" for n in used)
    head = f"query({declared})" if used else "query"
    query = f"{head} {patient(selection)} {FRAGMENT if '...F' in selection else ''}"
    result = await ask(query, {"yes": True, "no": False}, asked=asked)
    assert result.errors is None
    assert [question.categories for question in asked.questions] == [expected]


async def test_merged_fields_are_one_question() -> None:
    """The same field written twice is one question with the categories of both."""
    asked = Asked()
    query = f"query {patient('allergies { id }')[:-1]} {patient('medications { id }')[1:]}"
    result = await ask(query, asked=asked)
    assert result.errors is None
    assert [question.categories for question in asked.questions] == [{A, M}]
    assert list(result.data["patient"]) == ["allergies", "medications"]


WINDOWS: list[tuple[str, dict[str, Any], tuple[Window, ...]]] = [
    ("observations { id }", {}, (Window(),)),
    ("observations(first: 2) { id }", {}, (Window(first=2),)),
    ("a: observations { id } b: observations(first: 50) { id }", {}, (Window(),)),
    (
        "a: observations(first: 1) { id } b: observations(first: 2) { id }",
        {},
        (Window(first=1), Window(first=2)),
    ),
    (
        'observations(since: "2026-01-01", until: "2026-02-01") { id }',
        {},
        (Window(since=date(2026, 1, 1), until=date(2026, 2, 1)),),
    ),
    ('observations(codes: "s|1") { id }', {}, (Window(codes=("s|1",)),)),
    ('observations(codes: ["s|1", $c]) { id }', {"c": "s|2"}, (Window(codes=("s|1", "s|2")),)),
    ("observations(codes: []) { id }", {}, (Window(codes=()),)),
    ("observations(codes: null, after: null) { id }", {}, (Window(),)),
    ("observations(after: $c) { id }", {"c": "opaque"}, (Window(after="opaque"),)),
    ("observations(after: $absent) { id }", {}, (Window(),)),
    ("observations(first: $n) { id }", {"n": 7}, (Window(first=7),)),
    ("observations(first: $n) { id }", {}, (Window(),)),
    ("x: observations(first: 3) @skip(if: true) { id } id", {}, ()),
]


@pytest.mark.parametrize(("selection", "variables", "expected"), WINDOWS)
async def test_windows(
    selection: str, variables: dict[str, Any], expected: tuple[Window, ...]
) -> None:
    """Each distinct page of a timeline is asked for once, and answered where it was asked for."""
    asked = Asked()
    types = {"c": "String!", "absent": "String", "n": "Int"}
    declared = ", ".join(f"${name}: {types[name]}" for name in types if f"${name}" in selection)
    head = f"query({declared})" if declared else "query"
    result = await ask(f"{head} {patient(selection)}", variables, asked=asked)
    assert codes(result) == []
    assert [question.windows.get(OBS, ()) for question in asked.questions] == [expected]


async def test_pages_are_answered_where_they_were_asked_for() -> None:
    """Two pages of one timeline under two names are each their own, with ids of their own."""
    result = await ask(
        patient(
            "a: observations(first: 1) { id edges { cursor } }"
            " b: observations { id entries { title } }"
        )
    )
    shown = result.data["patient"]
    assert [edge["cursor"] for edge in shown["a"]["edges"]] == ["cursor-0"]
    assert len(shown["b"]["entries"]) == 2
    assert shown["a"]["id"] != shown["b"]["id"]


@pytest.mark.parametrize("query", ["{ me { subject } }", "{ recordNodes { id } __typename }"])
async def test_other_fields_ask_nothing(query: str) -> None:
    """What is not about a person asks no node."""
    asked = Asked()
    result = await ask(query, asked=asked)
    assert result.errors is None
    assert asked.questions == []
