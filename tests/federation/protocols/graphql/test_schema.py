"""The published schema and the documents that are sent, both made from the record."""

from pathlib import Path

import msgspec
import pytest
from graphql import build_schema, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

import federation.protocols.graphql as package
from federation.model import Category
from federation.protocols.graphql.documents import document_for, request_body
from federation.protocols.graphql.sdl import PART_CODES, part_name, print_sdl
from federation.protocols.graphql.shapes import fields_of, structs_below
from federation.records import CATEGORIES
from federation.records.person import Person
from federation.status import SourceCode
from tests.builders import NUMBER

SCHEMA = build_schema(print_sdl())


def test_the_published_schema_is_the_printed_one():
    """`node.graphql` says what the record definitions say."""
    published = Path(package.__file__).parent / "node.graphql"
    assert published.read_text("utf-8") == print_sdl()


@settings(deadline=None, max_examples=20)
@given(st.frozensets(st.sampled_from(Category)))
def test_every_document_is_valid(categories):
    """Whatever is asked for, the document is one that the published schema allows."""
    assert validate(SCHEMA, parse(document_for(categories))) == []


def test_a_document_never_varies():
    """The same categories are the same text, whoever is asked about."""
    asked = frozenset((Category.ALLERGIES, Category.OBSERVATIONS))
    one = msgspec.json.decode(request_body(asked, (NUMBER,)))
    assert one["query"] == document_for(frozenset(list(asked)))
    assert one["variables"] == {"nhsNumbers": [NUMBER]}
    assert NUMBER not in one["query"]


@pytest.mark.parametrize("definition", CATEGORIES, ids=lambda definition: definition.category)
def test_every_category_is_published(definition):
    """Every category has its part, with every field that a node may fill."""
    part = SCHEMA.get_type(part_name(definition))
    assert set(part.fields) == {"state", "code", "assertion", "dataCurrentTo", "items"}
    names = {field.name for field in fields_of(definition.item)}
    assert set(SCHEMA.get_type(definition.item.__name__).fields) == names
    assert names.isdisjoint(("source", "retrievedAt", "redactions"))


def test_a_node_does_not_say_when_we_confirmed():
    """The time at which this gateway had a decision confirmed is not the node's to say."""
    assert "confirmedAt" not in SCHEMA.get_type("CprDecision").fields


def test_codes_are_some_of_ours():
    """A node's codes for a part are among the source codes of the contract."""
    assert set(PART_CODES) <= {code.value for code in SourceCode}


def test_types_have_descriptions():
    """Whoever builds a node reads what each type is."""
    structs = structs_below(Person, *(definition.item for definition in CATEGORIES))
    assert all(SCHEMA.get_type(struct.__name__).description for struct in structs)
