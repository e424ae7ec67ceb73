"""The published schema: printed from the code, agreed with the contract, described everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
)

from federation.errors import ErrorCode
from federation.model import Category
from federation.records import CATEGORIES
from federation.records.base import Shape
from resolvers.schema import print_schema

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / ".." / "shared" / "contract"
PUBLISHED = build_schema(print_schema())
NAMED = {name: t for name, t in PUBLISHED.type_map.items() if not name.startswith("__")}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def test_the_committed_schema_is_what_the_code_prints() -> None:
    """`schema.graphql` is what `python -m resolvers.schema` prints."""
    assert (ROOT / "schema.graphql").read_text() == print_schema()


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="the agreed core lies beside the project only")
def test_every_name_of_the_contract_is_there() -> None:
    """A client written against the agreed core works against this schema."""
    check = [sys.executable, str(CONTRACT / "check"), str(ROOT / "schema.graphql")]
    done = subprocess.run(check, capture_output=True, text=True, check=False)  # noqa: S603 - our own check
    assert done.returncode == 0, done.stdout


def test_every_type_field_and_argument_is_described() -> None:
    """Descriptions are the clients' manual: none is missing and none is empty."""
    missing = [name for name, t in NAMED.items() if name not in BUILT_IN and not t.description]
    for name, named in NAMED.items():
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in named.fields.items():
                missing += [] if field.description else [f"{name}.{field_name}"]
                for argument_name, argument in getattr(field, "args", {}).items():
                    missing += (
                        [] if argument.description else [f"{name}.{field_name}({argument_name})"]
                    )
    assert missing == []


def test_every_category_is_in_the_schema() -> None:
    """Each definition of the record has its field, section, entry and item type."""
    record = NAMED["PatientRecord"]
    assert isinstance(record, GraphQLObjectType)
    for definition in CATEGORIES:
        item = definition.item.__name__
        assert str(record.fields[definition.field_name].type) == f"{definition.section_name}!"
        assert {definition.section_name, item, f"{item}Entry"} <= set(NAMED)
    assert len(record.fields) == len(CATEGORIES) + 11


def test_a_whole_list_cannot_be_cut() -> None:
    """A category whose missing line can kill takes no page, no date and no filter; others do."""
    record = NAMED["PatientRecord"]
    assert isinstance(record, GraphQLObjectType)
    whole = {each.category for each in CATEGORIES if not record.fields[each.field_name].args}
    assert whole == {each.category for each in CATEGORIES if each.shape is Shape.WHOLE_LIST}
    assert whole >= {
        Category.ALLERGIES,
        Category.MEDICATIONS,
        Category.PROBLEMS,
        Category.ALERTS,
        Category.CARE_PLANS,
    }


def test_error_codes_are_published() -> None:
    """The closed list of codes is an enum of the schema."""
    codes = NAMED["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)
    assert list(codes.values) == [code.value for code in ErrorCode]


def test_nothing_private_is_published() -> None:
    """What only the gateway may know is no field of any type."""
    hidden = {"endpoint", "identifiers", "formerNames", "regionId", "maxPages", "labels"}
    shown = {
        f"{name}.{field}"
        for name, named in NAMED.items()
        if not isinstance(named, GraphQLUnionType)
        for field in getattr(named, "fields", {})
        if field in hidden
    }
    assert shown == set()
