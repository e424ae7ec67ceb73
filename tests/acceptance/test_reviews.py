"""Alerts wait in the queues of officers until somebody else has looked into them, over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from demo.personas import personas
from gateway.cli import main
from tests.acceptance.answer import Answer
from tests.acceptance.asking import CLINICAL, As, Caller
from tests.acceptance.launching import Launched
from tests.scenarios.network import RunningGateway, System

LONDON, HERTS, MILTON_KEYNES = "london-care-record", "herts-west-essex", "milton-keynes"
PERSON = "seen-in-watford"
REASON = "found unconscious in the street"
FIELDS = """
  id kind at due overdue state flags name role organisation { odsCode name } purpose categories
  evidence { kind source } nhsNumber reason emergencyReason
  reviews { at outcome name note }
"""
QUEUE = f"""
query (
  $node: ID, $state: AccessReviewState, $overdue: Boolean, $since: Date, $first: Int! = 50,
  $after: String
) {{
  accessReviews(
    node: $node, state: $state, overdue: $overdue, since: $since, first: $first, after: $after
  ) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{ cursor node {{ {FIELDS} }} }}
  }}
}}"""
REVIEW = f"mutation ($input: ReviewAccessInput!) {{ reviewAccess(input: $input) {{ {FIELDS} }} }}"
WATFORD, IN_LONDON = "privacy-officer-herts", "privacy-officer-london"
"""Of the hospital that the doctor of these tests works for, and of another organisation."""


class Queues:
    """A gateway of its own, whose queues have nothing but this test's alerts."""

    def __init__(self, gateway: RunningGateway, as_: As) -> None:
        self.gateway = gateway
        self._as = as_

    def caller(self, persona: str) -> Caller:
        caller: Caller = self._as(persona, self.gateway)
        return caller

    async def asks(self, persona: str, **given: Any) -> Answer:
        return await self.caller(persona).sends(QUEUE, given)

    async def of(self, persona: str, **given: Any) -> list[Any]:
        answer = await self.asks(persona, **given)
        assert not answer.body.get("errors"), answer
        return [edge["node"] for edge in answer.body["data"]["accessReviews"]["edges"]]

    async def reviews(self, persona: str, id_: str, outcome: str, **given: Any) -> Answer:
        said = {"id": id_, "outcome": outcome, "note": "looked into"} | given
        return await self.caller(persona).sends(REVIEW, {"input": said})

    async def breaks_the_glass(self) -> None:
        """A doctor in Watford, about somebody whom two nodes hold."""
        granted = await self.caller("ed-doctor-watford").does(
            "breakGlass",
            "id",
            PERSON,
            reasonCode="LACKS_CAPACITY",
            reason=REASON,
            sources=[LONDON, HERTS],
        )
        assert granted.refused_with is None, granted

    async def watling(self, *words: str) -> list[str]:
        """What a command about the audit log of this gateway prints, line by line."""
        command = ["audit", *words, "--settings", str(self.gateway.settings_file)]
        done = await asyncio.to_thread(CliRunner().invoke, main, command, env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.output
        return [" ".join(line.replace("│", " ").split()) for line in done.stdout.splitlines()]


@pytest_asyncio.fixture
async def queues(system: System, as_: As, request: pytest.FixtureRequest) -> Queues:
    return Queues(system.gateway_of(request.node.nodeid, lambda _: None), as_)


async def test_a_broken_glass_waits_for_both_sides_until_it_is_reviewed(
    queues: Queues, system: System
):
    """The requester's officers read who and whom, the node's never; each reviews for itself."""
    await queues.breaks_the_glass()
    number = system.people.stories[PERSON].nhs_number
    doctor = personas()["ed-doctor-watford"]

    (mine,) = await queues.of(WATFORD)
    assert (mine["kind"], mine["state"], mine["overdue"]) == ("BREAK_GLASS", "WAITING", False)
    assert (mine["name"], mine["nhsNumber"], mine["reason"]) == (doctor.name, number, REASON)
    assert (mine["emergencyReason"], mine["organisation"]["odsCode"]) == ("LACKS_CAPACITY", "RWG")

    answer = await queues.asks(IN_LONDON, node=LONDON)
    (theirs,) = [edge["node"] for edge in answer.body["data"]["accessReviews"]["edges"]]
    assert (theirs["kind"], theirs["organisation"]["odsCode"]) == ("BREAK_GLASS", "RWG")
    assert theirs["role"] == mine["role"]
    text = json.dumps(answer.body)
    told = [secret for secret in (number, doctor.name, REASON, "LACKS_CAPACITY") if secret in text]
    assert told == []

    before = await queues.watling("report")
    assert "WAITING 3" in before
    assert "organisation:RWG 1" in before

    said = await queues.reviews(WATFORD, mine["id"], "JUSTIFIED", note="on the emergency list")
    reviewed = said.body["data"]["reviewAccess"]
    assert (reviewed["state"], reviewed["nhsNumber"]) == ("CLOSED", number)
    (kept,) = reviewed["reviews"]
    assert (kept["outcome"], kept["note"]) == ("JUSTIFIED", "on the emergency list")
    assert kept["name"] == personas()[WATFORD].name
    await queues.reviews(IN_LONDON, theirs["id"], "NEEDS_INQUIRY")

    assert await queues.of(WATFORD, state="WAITING") == []
    assert await queues.of(WATFORD) == [reviewed]
    (open_,) = await queues.of(IN_LONDON, node=LONDON, state="INQUIRY")
    assert [one["outcome"] for one in open_["reviews"]] == ["NEEDS_INQUIRY"]

    report = await queues.watling("report")
    assert {"JUSTIFIED 1", "NEEDS_INQUIRY 1", "WAITING 1"} <= set(report)
    assert "1 alerts are open as inquiries" in report
    waiting = await queues.watling("reviews")
    assert [line.split()[2:5] for line in waiting if "BREAK_GLASS" in line] == [
        ["WAITING", f"node:{HERTS}", "BREAK_GLASS"],
        ["NEEDS_INQUIRY", f"node:{LONDON}", "BREAK_GLASS"],
    ]
    assert any("JUSTIFIED" in line for line in await queues.watling("reviews", "--all"))
    view = await queues.watling("view", mine["id"].partition(".")[0])
    assert "found JUSTIFIED, for organisation:RWG" in view
    assert "in their words on the emergency list" in view


async def test_38_a_look_at_somebody_famous_is_reviewed_by_the_next_day(
    queues: Queues, launched: Launched
):
    """Treating consultant, famous patient: shown, and due with both sides within a day."""
    launch = await launched("consultant-london", "watched", "ADMISSION", at=queues.gateway)
    answer = await queues.caller("consultant-london").asks(
        about="watched", categories=CLINICAL, launch=launch
    )
    assert "AUDIT_REVIEW" in answer.obligations
    code = personas()["consultant-london"].roles[0].organisation
    officers = [(IN_LONDON, {"node": LONDON}), (WATFORD, {"node": HERTS})]
    for persona, given in officers:
        (alert,) = await queues.of(persona, **given)
        assert (alert["flags"], alert["organisation"]["odsCode"]) == (["WATCHED"], code)
        assert (alert["name"], alert["nhsNumber"]) == (None, None)
        assert alert["at"][:10] < alert["due"][:10]


@pytest.mark.parametrize(
    "persona", ["operator", "approver-herts", "ed-doctor-watford", "ward-clerk-london", "citizen"]
)
async def test_nobody_but_officers(queues: Queues, persona: str):
    """FORBIDDEN, whatever is in it, to read and to review; and the attempts are on the record."""
    await queues.breaks_the_glass()
    (alert,) = await queues.of(WATFORD)
    answers = [
        await queues.asks(persona),
        await queues.asks(persona, node=HERTS),
        await queues.reviews(persona, alert["id"], "JUSTIFIED"),
    ]
    assert [one.refused_with for one in answers] == ["FORBIDDEN"] * 3
    assert {json.dumps(one.body.get("data")) for one in answers} == {"null"}
    attempts = [one.get("deed") for one in await queues.caller(persona).events("REFUSAL")]
    assert attempts == ["READ_REVIEWS", "READ_REVIEWS", "REVIEWED"]
    (alert,) = await queues.of(WATFORD)
    assert alert["reviews"] == []


async def test_an_officer_of_another_organisation(queues: Queues):
    """Reads an empty queue, no other region's node, and reviews nothing of what is not theirs."""
    await queues.breaks_the_glass()
    (alert,) = await queues.of(WATFORD)
    assert await queues.of(IN_LONDON) == []
    assert (await queues.asks(IN_LONDON, node=HERTS)).refused_with == "FORBIDDEN"
    theirs = await queues.reviews(IN_LONDON, alert["id"], "JUSTIFIED")
    unknown = await queues.reviews(IN_LONDON, "nothing", "JUSTIFIED")
    assert theirs.body == unknown.body
    assert theirs.refused_with == "NOT_FOUND"


async def test_pages_and_bad_arguments(queues: Queues):
    """A page has its cursor; what is out of range is refused by name and changes nothing."""
    for _ in range(3):
        await queues.breaks_the_glass()
    whole = [one["id"] for one in await queues.of(WATFORD)]
    first = (await queues.asks(WATFORD, first=2)).body["data"]["accessReviews"]
    assert first["pageInfo"]["hasNextPage"]
    rest = await queues.of(WATFORD, first=2, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in first["edges"]] + [one["id"] for one in rest] == whole
    for given in ({"first": 0}, {"first": 501}, {"node": "no-such-node"}):
        assert (await queues.asks(WATFORD, **given)).refused_with == "BAD_USER_INPUT"
    assert (await queues.asks(WATFORD, after="00ff")).refused_with == "INVALID_CURSOR"
    for given in ({"note": " "}, {"note": "x" * 1001}, {"id": "x" * 201}, {"idempotencyKey": ""}):
        answer = await queues.reviews(WATFORD, whole[0], "JUSTIFIED", **given)
        assert answer.refused_with == "BAD_USER_INPUT", given
    assert [one["state"] for one in await queues.of(WATFORD)] == ["WAITING"] * 3


async def test_reading_and_reviewing_are_on_the_record(queues: Queues):
    """Which alerts were shown, what was found; and exports cope with both."""
    await queues.breaks_the_glass()
    (alert,) = await queues.of(WATFORD)
    await queues.reviews(WATFORD, alert["id"], "NOT_JUSTIFIED", note="unmistakable")
    officer = queues.caller(WATFORD)
    (read,) = await officer.events("READ_REVIEWS")
    (reviewed,) = await officer.events("REVIEWED")
    (place,) = read["sealed"]["listed"]
    assert reviewed["review"] == {
        "of": place,
        "to": "organisation:RWG",
        "outcome": "NOT_JUSTIFIED",
    }
    assert reviewed["sealed"]["reason"] == "unmistakable"
    for form in ("fhir", "csv", "json"):
        out = "\n".join(await queues.watling("export", "--format", form))
        assert "NOT_JUSTIFIED" in out or form == "csv"
        assert "REVIEWED" in out
        assert "unmistakable" not in out
        assert "unmistakable" in "\n".join(
            await queues.watling("export", "--format", form, "--identities")
        )
