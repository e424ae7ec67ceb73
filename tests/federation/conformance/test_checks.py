"""Good nodes pass; each deliberately bad one fails the check for its fault, and no other."""

from __future__ import annotations

import httpx
import pytest

from demo.model import HERTS, LONDON
from federation.conformance import CHECKS, Outcome, run
from tests.federation.conformance.bad_nodes import BAD, Asked, Bad, Faulty
from tests.federation.conformance.given import Watch, node_transport, target, tools

LETTERS = [check.letter for check in CHECKS]
FEW = {
    # At the FHIR node each person costs some twenty searches, so bad ones are asked of a few.
    HERTS: (
        "everywhere",
        "allergy-contradiction",
        "seen-in-watford",
        "child-protection",
        "the-nurse-herself",
        "restricted",
        "deceased",
        "superseded",
        "held-nowhere",
        "retired-number",
    ),
    LONDON: None,
}


def test_every_letter_has_its_check_and_a_bad_node() -> None:
    """Twenty-six checks, a to z in order, and a bad node for each."""
    assert LETTERS == list("abcdefghijklmnopqrstuvwxyz") == list(BAD)


@pytest.mark.parametrize("node", [LONDON, HERTS])
async def test_the_demo_node_passes(population, node) -> None:
    """Every mandatory check of a good node passes; what is not testable says why."""
    report = await run(target(node), tools(node_transport(population, node)))
    assert [(one.letter, one.evidence) for one in report.results if one.stands_in_the_way] == []
    assert report.passed
    assert all(one.evidence for one in report.results)
    untested = {one.letter for one in report.results if one.outcome is Outcome.NOT_TESTABLE}
    assert untested == (set("x") if node == LONDON else set("fghkquvx"))


LACKING = ("metadata", "MedicationDispense/_search", "MedicationAdministration/_search")


def _lacks_what_many_do(asked: Asked) -> httpx.Response | None:
    return httpx.Response(404) if asked.request.url.path.endswith(LACKING) else None


async def test_a_server_may_lack_what_it_never_said_it_has(population) -> None:
    """Without a statement, a type that only many have is no failure: live traffic takes it so."""
    watch = Watch()
    lacking = Bad(
        "has no statement, and no dispensed medicines", HERTS, instead=_lacks_what_many_do
    )
    node = Faulty(node_transport(population, HERTS), lacking, watch)
    report = await run(target(HERTS, labels=FEW[HERTS]), tools(node, watch))
    assert [one.letter for one in report.results if one.outcome is Outcome.FAIL] == []


SHORT = frozenset("adefjv")
"""Of which letters every bad node is met in the short run: another person, a withheld thing."""
CASES = [
    pytest.param(
        letter,
        bad,
        id=f"{letter}: {bad.what}",
        marks=() if letter in SHORT else (pytest.mark.long,),
    )
    for letter, several in BAD.items()
    for bad in several
]


@pytest.mark.parametrize(("letter", "bad"), CASES)
async def test_a_bad_node_fails_its_check_and_no_other(population, letter, bad) -> None:
    """One fault, one failure."""
    watch = Watch()
    node = Faulty(node_transport(population, bad.node), bad, watch)
    checked = target(bad.node, labels=FEW[bad.node], **bad.target)
    report = await run(checked, tools(node, watch))
    failed = {one.letter: one.evidence for one in report.results if one.outcome is Outcome.FAIL}
    assert set(failed) == {letter}, failed
    assert not report.passed or letter not in _mandatory(report)


def _mandatory(report) -> set[str]:
    return {one.letter for one in report.results if one.mandatory}
