"""Names of systems: which are one, which name no fact, and that the table is consistent."""

from __future__ import annotations

import pytest

from federation.records.base import Coding, Identifier
from federation.records.systems import (
    ALIASES,
    SNOMED_SYSTEMS,
    identities,
    same_system,
    same_token,
    token,
)


def test_an_alias_leads_to_a_name_that_is_none():
    """One step is enough, so that no system has two names in the end."""
    assert not ALIASES.keys() & set(ALIASES.values())
    assert all(same_system(name) == one for name, one in ALIASES.items())
    assert {
        name for name in (*ALIASES, "http://snomed.info/sct") if "sct" in same_system(name)
    } == SNOMED_SYSTEMS


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("http://snomed.info/sct|1", "http://snomed.info/sct|1"),
        ("https://dmd.nhs.uk|1", "http://snomed.info/sct|1"),
        ("urn:oid:2.16.840.1.113883.6.1|8867-4", "http://loinc.org|8867-4"),
        ("https://local.example/a|b|1", "https://local.example/a|b|1"),
        ("1", "1"),
        ("|1", "|1"),
    ],
)
def test_a_token_names_its_system_in_one_way(said, means):
    """What a client writes and what a source wrote meet under one name."""
    assert same_token(said) == means
    system, _, code = said.rpartition("|")
    if system:
        assert token(Coding(system=system, code=code)) == means


@pytest.mark.parametrize(
    ("system", "value", "named"),
    [
        ("https://example/id", "A1", ("https://example/id", "A1", "")),
        ("https://example/id", "", None),
        ("https://example/id", " ", None),
        ("https://example/id", "-", None),
        ("https://example/id", "N/A", None),
        ("https://example/id", "Unknown", None),
        ("https://example/id", "00000000-0000-0000-0000-000000000000", None),
        ("https://example/id", "Unknown-1", ("https://example/id", "Unknown-1", "")),
        ("", "A1", None),
        (" ", "A1", None),
        ("https://fhir.nhs.uk/Id/nhs-number", "9990000018", None),
        ("2.16.840.1.113883.2.1.4.1", "9990000018", None),
        ("https://fhir.nhs.uk/Id/ods-organization-code", "RRV", None),
        ("2.16.840.1.113883.2.1.3.2.4.18.48", "RRV", None),
        ("https://fhir.hl7.org.uk/Id/gmc-number", "C1234567", None),
        (
            "urn:ietf:rfc:3986",
            "URN:UUID:0A1B2C3D-0000-4000-8000-00000000ABCD",
            ("urn:ietf:rfc:3986", "0a1b2c3d-0000-4000-8000-00000000abcd", ""),
        ),
        (
            "https://example/id",
            "0A1B2C3D-0000-4000-8000-00000000ABCX",
            ("https://example/id", "0A1B2C3D-0000-4000-8000-00000000ABCX", ""),
        ),
    ],
)
def test_what_an_identifier_must_share(system, value, named):
    """System and value to the letter, but for UUIDs; a person or an organisation names no fact."""
    one = Identifier(system=system, value=value)
    assert list(identities((one, one))) == ([named] * 2 if named else [])


def test_what_is_meant_of_a_named_thing_stands_beside_it():
    """Two analytes of one report have two names."""
    one = Identifier(system="https://example/id", value="R1")
    assert identities((one,), "sodium") != identities((one,), "potassium")
