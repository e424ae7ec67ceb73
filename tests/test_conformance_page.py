"""The conformance page is true: every check, outcome and key of the file has its row."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from federation.conformance import CHECKS, Outcome, Situation, TestPerson, read_people
from federation.model import NodeProtocol

PAGE = (Path(__file__).parents[1] / "docs" / "conformance.md").read_text("utf-8")


def test_every_check_has_its_row() -> None:
    """Letter, title, reason, and for which protocol it is mandatory, as the code has them."""
    rows = re.findall(
        r"^\| `([a-z])` \| (.*?) \| .*? \| ([^|]*?) \| (mandatory|no) \| (mandatory|no) \|$",
        PAGE,
        re.MULTILINE,
    )
    told = [
        (
            check.letter,
            check.title,
            check.why,
            *(
                "mandatory" if protocol in check.mandatory else "no"
                for protocol in (NodeProtocol.GRAPHQL, NodeProtocol.FHIR_R4)
            ),
        )
        for check in CHECKS
    ]
    assert rows == told


def test_what_a_fhir_server_cannot_do_is_not_mandatory_there() -> None:
    """All are mandatory for a native node; seven are not for a FHIR server."""
    assert all(NodeProtocol.GRAPHQL in check.mandatory for check in CHECKS)
    spared = {one.letter for one in CHECKS if NodeProtocol.FHIR_R4 not in one.mandatory}
    assert spared == set("fghkruv")


def test_every_outcome_key_and_situation_is_named() -> None:
    """What a file can say and a report can tell is documented."""
    keys = {field.encode_name for field in msgspec.structs.fields(TestPerson)}
    assert {word for word in {*keys, *Situation, *Outcome} if f"`{word}`" not in PAGE} == set()


def test_the_example_is_a_file() -> None:
    """The example of the page can be read."""
    example = re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert example
    (person,) = read_people(example.group(1).encode()).persons
    assert person.label == "ward-round"
