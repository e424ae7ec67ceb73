"""Documents that are too large or too deep are refused before they are validated."""

from __future__ import annotations

import time

import pytest
from graphql import get_introspection_query, parse

from resolvers.documents import KEPT_DOCUMENTS, Documents
from resolvers.limits import Limits, is_too_complex
from resolvers.schema import build_schema
from tests.resolvers.asking import COMPILED, Asked, ask, codes, patient

LIMITS = Limits(max_depth=3, max_aliases=2, max_tokens=1000)
SIZES: list[tuple[str, str, bool]] = [
    ("three levels", "{ a { b { c } } }", False),
    ("four levels", "{ a { b { c { d } } } }", True),
    ("an inline fragment is no level", "{ a { ... { b { ... on B { c } } } } }", False),
    ("a named fragment opens", "{ a { ...F } } fragment F on A { b { c { d } } }", True),
    ("a fragment that opens itself", "{ ...F } fragment F on A { b { ...F } }", False),
    ("an unknown fragment", "{ ...G }", False),
    ("the second operation counts too", "query A { a } query B { a { b { c { d } } } }", True),
    ("introspection has its own rule", "{ __schema { a { b { c { d } } } } }", False),
    ("introspection takes no alias", "{ __schema { x: a } }", True),
    ("nor by another name", "{ x: __schema { a } }", True),
    ("nor in a fragment", "{ __type { ...F } } fragment F on A { a { x: b } }", True),
    ("a type's name may be called otherwise", "{ x: __typename a { y: __typename } }", False),
    ("two aliases", "{ x: a y: b c }", False),
    ("three aliases", "{ x: a y: b z: c }", True),
    (
        "an alias in a fragment counts each time",
        "{ ...F a { ...F } b { ...F } } fragment F on A { x: a }",
        True,
    ),
]


@pytest.mark.parametrize(
    ("document", "expected"), [size[1:] for size in SIZES], ids=[size[0] for size in SIZES]
)
def test_sizes(document: str, expected: bool) -> None:
    """Levels and aliases are counted with every fragment opened."""
    assert is_too_complex(parse(document), LIMITS) is expected


def test_fragments_in_fragments_are_measured_once() -> None:
    """A document that doubles itself with each fragment is refused as quickly as it is read."""
    chain = " ".join(
        f"fragment F{n} on A {{ a {{ ...F{n + 1} }} x: a {{ ...F{n + 1} }} }}" for n in range(60)
    )
    document = parse(f"{{ ...F0 }} {chain} fragment F60 on A {{ a }}")
    started = time.process_time()
    assert is_too_complex(document, Limits(max_depth=1000, max_aliases=10**6))
    assert time.process_time() - started < 1


LARGE = [
    ("deep", patient("coverage { sources { source " + "{ a " * 20 + "}" * 20 + " } }")),
    ("deeper than the parser goes", "{ me " * 3000 + "}" * 3000),
    ("many aliases", "{ " + " ".join(f"a{n}: me {{ subject }}" for n in range(51)) + " }"),
    ("one field many times", "{ " + "me { subject } " * 1900 + "}"),
    ("one field often enough", "{ " + "me { subject } " * 250 + "}"),
    (
        "fragments in fragments",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(300))
        + " fragment F300 on Query { me { subject } }",
    ),
    ("the schema many times", "{ __schema { types { a: fields { name } b: fields { name } } } }"),
    ("many tokens", "{ " + "me { subject } " * 3000 + "}"),
]


@pytest.mark.parametrize("query", [one[1] for one in LARGE], ids=[one[0] for one in LARGE])
async def test_large_documents_are_refused(query: str) -> None:
    """Each kind of excess answers TOO_COMPLEX once, with no data and nothing asked."""
    asked = Asked()
    result = await ask(query, asked=asked)
    assert (codes(result), result.data) == (["TOO_COMPLEX"], None)
    assert asked.questions == []


async def test_introspection_is_within_the_limits() -> None:
    """The tools' own introspection query is answered."""
    result = await ask(get_introspection_query(input_value_deprecation=True))
    assert result.errors is None


def test_documents_are_read_once() -> None:
    """The same text is parsed and validated once, and only so many are kept."""
    documents = Documents(COMPILED._schema, Limits())
    first = documents.read("{ me { subject } }")
    assert documents.read("{ me { subject } }") is first
    for number in range(KEPT_DOCUMENTS + 10):
        documents.read(f"{{ a{number}: __typename }}")
    assert documents._kept.cache_info().currsize == KEPT_DOCUMENTS


async def test_limits_can_be_set() -> None:
    """A schema is built with the limits that its operator wants."""
    schema = build_schema(limits=Limits(max_aliases=0))
    assert codes(await ask("{ x: me { subject } }", schema=schema)) == ["TOO_COMPLEX"]
