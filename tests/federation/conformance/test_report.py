"""Reports: what passes, what stands in the way, who waives, and what the pages hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import msgspec
import pytest
from joserfc.jwk import ECKey
from msgspec.structs import replace

from demo.model import LONDON
from federation.conformance import (
    Check,
    Finding,
    Outcome,
    Report,
    Result,
    SignedWaiver,
    Waiver,
    canonical,
    junit,
    page,
    read_waiver,
    run,
    sign_waiver,
    waived,
)
from federation.conformance.check import EVERY, UnexpectedError
from federation.conformance.heard import word
from federation.errors import SettingsError
from federation.joining.signing import sign
from federation.model import NodeProtocol
from tests.federation.conformance.given import node_transport, people_of, target, tools

KEY = ECKey.generate_key("P-256")
WAIVER = Waiver(
    node="a-node",
    check="u",
    reason="no test mode yet",
    by="Nell Hathersage",
    until=date(2027, 1, 1),
)


def result(outcome=Outcome.PASS, **given) -> Result:
    defaults = {
        "letter": "u",
        "title": "Merges <are> told of",
        "why": "So.",
        "mandatory": True,
        "outcome": outcome,
        "evidence": ("seen & told",),
    }
    return Result(**(defaults | given))


def report(*results: Result) -> Report:
    moment = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
    return Report(
        node="a-node",
        name="A <node>",
        protocol=NodeProtocol.GRAPHQL,
        endpoint="//node.example/graphql",
        descriptor_digest=None,
        categories=(),
        started_at=moment,
        finished_at=moment,
        rate_per_second=5,
        p95_seconds=3,
        people=1,
        people_digest="0" * 64,
        results=results,
    )


PASSES = [
    # outcome, what else, whether the node is passed
    (Outcome.PASS, {}, True),
    (Outcome.FAIL, {}, False),
    (Outcome.FAIL, {"mandatory": False}, True),
    (Outcome.NOT_TESTABLE, {}, True),
    (Outcome.NOT_TESTABLE, {"lacking": True}, False),
    (Outcome.NOT_TESTABLE, {"lacking": True, "mandatory": False}, True),
    (Outcome.FAIL, {"waiver": WAIVER}, True),
    (Outcome.NOT_TESTABLE, {"lacking": True, "waiver": WAIVER}, True),
]


@pytest.mark.parametrize(("outcome", "more", "passes"), PASSES)
def test_what_stands_in_the_way(outcome, more, passes) -> None:
    """A failure, or the want of something to test with, of a mandatory check that nobody waives."""
    assert report(result(outcome, **more)).passed is passes


def test_a_waiver_is_read_by_the_key_that_signed_it() -> None:
    """What was signed comes back; another key, another content or another form does not."""
    signed = sign_waiver(WAIVER, KEY)
    assert read_waiver(signed, (ECKey.generate_key("P-256"), KEY)).waiver == WAIVER
    head, payload, signature = signed.split(".")
    other = sign_waiver(replace(WAIVER, check="e"), KEY).split(".")[1]
    something_else = sign(msgspec.json.encode(WAIVER), "ours", KEY)
    for text in (f"{head}.{other}.{signature}", payload, "", something_else):
        with pytest.raises(SettingsError):
            read_waiver(text, (KEY,))
    with pytest.raises(SettingsError):
        read_waiver(signed, (ECKey.generate_key("P-256"),))


WORDS = [
    ("RATE_LIMITED", "RATE_LIMITED"),
    ("not-supported", "not-supported"),
    ("9990000018", "a word of its own"),
    ("Ada Example, born 1950", "a word of its own"),
    ("x" * 60, "a word of its own"),
    (None, "a word of its own"),
]


@pytest.mark.parametrize(("said", "told"), WORDS)
def test_a_word_is_repeated_where_it_looks_like_a_code(said, told) -> None:
    """Whatever else a node puts into a code stays out of the report."""
    assert word(said) == told


APPLIES = [
    # changed in the waiver, whether it applies
    ({}, True),
    ({"node": "another"}, False),
    ({"check": "v"}, False),
    ({"until": date(2026, 10, 5)}, True),
    ({"until": date(2026, 10, 4)}, False),
]


@pytest.mark.parametrize(("changed", "applies"), APPLIES)
def test_a_waiver_is_for_one_check_of_one_node_while_it_lasts(changed, applies) -> None:
    """Nothing else is waived, and a check that passed never is."""
    waiver = replace(WAIVER, **changed)
    signed = SignedWaiver(waiver=waiver, signed="signed")
    assert waived(report(result(Outcome.FAIL)), (signed,)).passed is applies
    (passed,) = waived(report(result()), (signed,)).results
    assert passed.waiver is None
    assert passed.waiver_signed is None


def test_the_canonical_report_is_the_same_bytes() -> None:
    """The same report, the same JSON; and it says whether the node has passed."""
    one = report(result(Outcome.FAIL))
    assert canonical(one) == canonical(msgspec.structs.replace(one))
    assert msgspec.json.decode(canonical(one))["passed"] is False


def test_junit_counts_what_stands_in_the_way() -> None:
    """A build fails for what stands in the way and for nothing else."""
    whole = report(
        result(),
        result(Outcome.FAIL),
        result(Outcome.FAIL, mandatory=False),
        result(Outcome.NOT_TESTABLE),
    )
    (suite,) = ET.fromstring(junit(whole))  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
    assert len(suite.findall("testcase/failure")) == 1


def test_the_page_is_one_page() -> None:
    """No script, nothing that is fetched, everything escaped, and the verdict first."""
    shown = page(
        waived(
            report(result(Outcome.FAIL), result(letter="v")),
            (SignedWaiver(waiver=WAIVER, signed="signed"),),
        )
    )
    assert "<script" not in shown
    assert "http" not in shown
    assert "A &lt;node&gt;" in shown
    assert "seen &amp; told" in shown
    assert "Nell Hathersage" in shown
    assert shown.index("Passed") < shown.index("Every check")
    assert "Not passed" in page(report(result(Outcome.FAIL)))


def a_check(letter, look, **given) -> Check:
    return Check(letter=letter, title=letter, why="So.", mandatory=EVERY, look=look, **given)


async def test_one_check_that_breaks_stops_no_other(population) -> None:
    """Whatever a check raises, or however long it takes, is its own failure."""

    async def refused(_exam) -> Finding:
        raise UnexpectedError("as it was told")

    async def broken(_exam) -> Finding:
        raise ValueError("9990000018 Ada Example")

    async def endless(_exam) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def fine(_exam) -> Finding:
        return Finding(outcome=Outcome.PASS, evidence=("9990000018 and 999 000 0026 seen",))

    checks = (
        a_check("a", refused),
        a_check("b", broken),
        a_check("c", endless, seconds=0.0),
        a_check("d", fine),
    )
    told = []
    checked = target(LONDON, load_seconds=0.0)
    found = await run(
        checked,
        tools(node_transport(population, LONDON)),
        lambda check, result: told.append((check.letter, result and result.outcome)),
        checks=checks,
    )
    assert [(one.outcome, one.evidence) for one in found.results] == [
        (Outcome.FAIL, ("as it was told",)),
        (Outcome.FAIL, ("the answer cannot be read (ValueError)",)),
        (Outcome.FAIL, ("the check was not done after 0 s",)),
        (Outcome.PASS, ("(a number) and (a number) seen",)),
    ]
    assert told[:3] == [("a", None), ("a", Outcome.FAIL), ("b", None)]


async def test_a_report_tells_nothing_of_anybody(population) -> None:
    """No number, family name or birth date of a test person is in any form of the report."""
    found = await run(target(LONDON), tools(node_transport(population, LONDON)))
    told = b"".join((canonical(found), junit(found), page(found).encode())).decode()
    for person in people_of(LONDON).persons:
        said = (person.nhs_number, person.birth_date, person.family_name)
        assert [one for one in said if one and one in told] == []


async def test_a_region_that_brings_nobody_is_not_passed(population) -> None:
    """Want of people is not a pass: what could not be tested for it stands in the way."""
    checked = target(LONDON, labels=("everywhere",), hooks=None)
    found = await run(checked, tools(node_transport(population, LONDON)))
    lacking = {one.letter for one in found.results if one.stands_in_the_way}
    assert lacking == set("abcdfghipqstuvy") - set("q")
    assert not any(one.outcome is Outcome.FAIL for one in found.results)
