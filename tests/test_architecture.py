"""The house stays a house: its import contracts hold, and the walkthrough names what is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from federation.model import Category

ROOT = Path(__file__).parents[1]


def test_import_contracts_hold() -> None:
    """No package or stage imports what its contract forbids."""
    # A process of its own, because the linter's set-up of logging silences everybody else's.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - the project's own tool
    assert found.returncode == 0, found.stdout


def test_the_walkthrough_names_what_is_there() -> None:
    """Each `file.py` and `file.py::name` of docs/architecture.md exists."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`([\w/]+\.(?:py|cedar|graphql|toml))(?:::([\w.]+))?`", text))
    assert len(named) > 30, "the walkthrough should name the files of one request"
    missing = [
        (file, name)
        for file, name in sorted(named)
        if not (ROOT / file).is_file() or (name and not _defines(ROOT / file, name))
    ]
    assert missing == []


def _defines(file: Path, name: str) -> bool:
    text = file.read_text()
    return all(
        re.search(rf"^\s*(?:async )?(?:def|class) {part}\b|^{part}\b.*=", text, re.MULTILINE)
        for part in name.split(".")
    )


WALKS = [
    # what a newcomer adds, the modules that nobody else may name, who may all the same and why
    (
        "a category",
        [
            f"federation.records.{file.stem}"
            for file in sorted((ROOT / "federation/records").glob("*.py"))
            if f"\n{file.stem.upper()} = CategoryDefinition" in file.read_text()
        ],
        # A decision on resuscitation is confirmed as it arrives, never withheld, told afterwards.
        {
            "federation/records",
            "federation/protocols/parts.py",
            "federation/second_look/news.py",
            "federation/sharing/item_class.py",
            "federation/sharing/sift.py",
        },
    ),
    (
        "a node protocol",
        ["federation.protocols.graphql", "federation.protocols.fhir"],
        # The node kit serves the native protocol, a command prints it, and who checks a node
        # speaks to it as the gateway does.
        {
            "federation/protocols",
            "federation/node_kit",
            "federation/conformance/speakers",
            "gateway/cli/schema.py",
        },
    ),
    (
        "a storage backend",
        ["federation.storage.sql", "federation.storage.sqlite", "federation.storage.memory"],
        {"federation/storage"},
    ),
    ("a sharing rule", ["federation.sharing.engine", "cedarpy"], {"federation/sharing"}),
]


@pytest.mark.parametrize(("what", "modules", "allowed"), WALKS, ids=[walk[0] for walk in WALKS])
def test_a_walk_touches_only_what_is_named(
    what: str, modules: list[str], allowed: set[str]
) -> None:
    """Whatever is added, nothing outside its own place knows it by name."""
    assert modules, what
    named = re.compile(
        rf"^\s*(?:from|import) (?:{'|'.join(map(re.escape, modules))})\b", re.MULTILINE
    )
    elsewhere = [
        str(file.relative_to(ROOT))
        for package in ("federation", "resolvers", "gateway")
        for file in sorted((ROOT / package).rglob("*.py"))
        if named.search(file.read_text()) and not _lies_in(file.relative_to(ROOT), allowed)
    ]
    assert elsewhere == []


NAMED_ELSEWHERE = {
    # A decision on resuscitation is decided on besides the labels of its plan.
    ("federation/sharing/decisions.py", "CARE_PLANS"),
    # What a reader must hear of even after their look.
    ("federation/second_look/news.py", "ALLERGIES"),
    ("federation/second_look/news.py", "ALERTS"),
    ("federation/second_look/news.py", "CARE_PLANS"),
    # What no rule may hide from those who treat the person.
    ("federation/sharing/never_hidden.py", "ALLERGIES"),
    ("federation/sharing/never_hidden.py", "MEDICATIONS"),
    ("federation/sharing/never_hidden.py", "ALERTS"),
    # That none are known is asserted, of allergies alone.
    ("federation/conformance/checks/c_no_known_allergy.py", "ALLERGIES"),
    ("federation/conformance/speakers/fhir.py", "ALLERGIES"),
    # The public contract lets these two be filtered by code.
    ("resolvers/types/patient.py", "OBSERVATIONS"),
    ("resolvers/types/patient.py", "RESULTS"),
}


def test_no_category_is_named_outside_its_own_place() -> None:
    """Code that is not of one category treats all alike; who the person is, is none of them."""
    named = {
        (str(file.relative_to(ROOT)), node.attr)
        for package in ("federation", "resolvers", "gateway")
        for file in sorted((ROOT / package).rglob("*.py"))
        # A region's node reads the categories that it has.
        if not _lies_in(file.relative_to(ROOT), {"federation/records", "gateway/cli/node/projects"})
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Category"
        and node.attr in Category.__members__
    }
    elsewhere = {(file, name) for file, name in named if name != Category.DEMOGRAPHICS.name}
    assert elsewhere == NAMED_ELSEWHERE


def _lies_in(file: Path, places: set[str]) -> bool:
    return any(place in places for place in (str(file), *map(str, file.parents)))
