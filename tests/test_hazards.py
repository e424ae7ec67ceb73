"""The hazard log is true: tests hold each control, and the matrix gives each risk.

Reads `docs/safety/hazards.md`. A test that is renamed, skipped or expected to fail turns the log
red, and so does one that it calls "not yet held" and that passes by now: then the row loses these
words, and with the last of them the hazard's status changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.collected import collected

DOCUMENT = Path(__file__).parents[1] / "docs/safety/hazards.md"
TEXT = DOCUMENT.read_text("utf-8")
FACTS = {"Cause", "Effect", "Initial risk", "Residual risk", "Status", "Owner"}
NOT_YET = re.compile(r"\*\*not yet held\*\*: waits for ([^<`|]+)")
RISK = re.compile(r"(\w+) \S ([\w ]+) = \*\*(\d)\*\*")
OPEN, FOR_ACCEPTANCE = "open", "for acceptance"


@dataclass(frozen=True)
class Control:
    """One control of a hazard: what it is, the tests that it names, and what it waits for."""

    what: str
    tests: tuple[str, ...]
    waits_for: str | None


@dataclass(frozen=True)
class Hazard:
    """One section of the log."""

    id: str
    title: str
    facts: dict[str, str]
    controls: tuple[Control, ...]


def _hazards() -> Iterator[Hazard]:
    body = TEXT.partition("\n## The hazards\n")[2].partition("\n## Retired ids\n")[0]
    for section in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
        heading, _, rest = section.partition("\n")
        facts, _, controls = rest.partition("| control | held by |\n|---|---|\n")
        id_, _, title = heading.partition(" ")
        yield Hazard(
            id_, title, dict(_rows(facts)), tuple(_control(*row) for row in _rows(controls))
        )


def _rows(table: str) -> list[tuple[str, str]]:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    assert len(rows) == sum(line.startswith("| ") for line in table.splitlines()) - (
        "| | |" in table
    ), table
    return rows


def _control(what: str, held_by: str) -> Control:
    waits = NOT_YET.match(held_by)
    return Control(what, tuple(re.findall(r"`([^`]+)`", held_by)), waits and waits[1].strip())


HAZARDS = tuple(_hazards())
CONTROLS = [(hazard.id, control) for hazard in HAZARDS for control in hazard.controls]


@pytest.fixture(scope="module")
def there(request: pytest.FixtureRequest) -> dict[str, str | None]:
    """By node id what the named tests wait for; a name that is no test is not in it."""
    names = {name for _, control in CONTROLS for name in control.tests}
    files = {name.partition("::")[0] for name in names}
    missing = {file for file in files if not (DOCUMENT.parents[2] / file).is_file()}
    assert missing == set()
    return collected(names, request.session)


def test_every_control_that_is_held_is_held_by_a_test_that_must_pass(there):
    """Each names at least one test; all are collected, none is skipped or expected to fail."""
    held = [(id_, control) for id_, control in CONTROLS if control.waits_for is None]
    assert [(id_, control.what) for id_, control in held if not control.tests] == []
    named = [(id_, name) for id_, control in held for name in control.tests]
    assert [one for one in named if one[1] not in there] == [], "there is no such test"
    assert [(*one, there[one[1]]) for one in named if there[one[1]]] == [], "is not held"


def test_what_is_not_yet_held_still_waits(there):
    """A row that says so names tests that wait for just that, or none; a passing one is held."""
    said = [
        (id_, name, f"turned on by {control.waits_for}")
        for id_, control in CONTROLS
        if control.waits_for is not None
        for name in control.tests
    ]
    assert said
    assert [(id_, name, there.get(name)) for id_, name, _ in said] == said


def test_every_hazard_says_what_a_reader_needs():
    """Cause, effect, both risks, status, owner and a control; each hazard once."""
    assert len(HAZARDS) >= 25
    assert [hazard.id for hazard in HAZARDS if not hazard.facts.keys() >= FACTS] == []
    assert [hazard.id for hazard in HAZARDS if not hazard.controls] == []
    assert len({hazard.title for hazard in HAZARDS}) == len(HAZARDS)


def test_an_id_is_given_out_once():
    """Ids are unique, and each that was ever given out is in use or retired."""
    retired = re.findall(r"^\| (H\d+) \|", TEXT.partition("\n## Retired ids\n")[2], re.MULTILINE)
    ids = [hazard.id for hazard in HAZARDS] + retired
    assert sorted(ids) == [f"H{number:02}" for number in range(1, len(ids) + 1)]


def _matrix() -> dict[tuple[str, str], int]:
    (header, *lines) = re.findall(
        r"^\| (?:likelihood|(?:Very )?(?:High|Low)|Medium) \|.*$", TEXT, re.MULTILINE
    )
    severities = [cell.strip() for cell in header.split("|")[2:-1]]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {
        (severity, likelihood): int(risk)
        for likelihood, *risks in rows
        for severity, risk in zip(severities, risks, strict=True)
    }


def _risk(hazard: Hazard, which: str) -> int:
    found = RISK.fullmatch(hazard.facts[which])
    assert found, (hazard.id, which)
    assert _matrix()[found[1], found[2]] == int(found[3]), (hazard.id, which)
    return int(found[3])


def test_the_matrix_gives_the_risk():
    """Five by five; a hazard's risks are what it says, and controls never make one greater."""
    assert len(_matrix()) == 25
    for hazard in HAZARDS:
        assert _risk(hazard, "Residual risk") <= _risk(hazard, "Initial risk"), hazard.id


def test_what_is_undesirable_is_argued():
    """A residual risk of 3 or more says why it stays there."""
    undesirable = [hazard for hazard in HAZARDS if _risk(hazard, "Residual risk") >= 3]
    assert [hazard.id for hazard in undesirable if "What is left" not in hazard.facts] == []


def test_a_hazard_is_open_while_something_is_missing():
    """Open with a control that is not yet held, or a risk that cannot be accepted; else not."""
    for hazard in HAZARDS:
        missing = any(control.waits_for for control in hazard.controls)
        is_open = missing or _risk(hazard, "Residual risk") >= 4
        assert hazard.facts["Status"] == (OPEN if is_open else FOR_ACCEPTANCE), hazard.id


def test_at_a_glance_is_what_the_sections_say():
    """The table at the top has a row for each hazard, in order, with its risks and status."""
    glance = TEXT.partition("\n### At a glance\n")[2].partition("\n## The hazards\n")[0]
    rows = re.findall(
        r"^\| \[(H\d+)\]\(\S+\) \| (.+) \| (\d) \| (\d) \| (.+) \|$", glance, re.MULTILINE
    )
    assert rows == [
        (
            hazard.id,
            hazard.title,
            str(_risk(hazard, "Initial risk")),
            str(_risk(hazard, "Residual risk")),
            hazard.facts["Status"],
        )
        for hazard in HAZARDS
    ]
