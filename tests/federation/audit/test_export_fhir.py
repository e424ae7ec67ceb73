"""Exported AuditEvents: valid FHIR R4 by a validator that is not ours, and BALP's by our table."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from typing import Any

import fhirkit
import pytest
from msgspec.structs import replace

from federation.audit import Opened
from federation.audit.event import EventKind
from federation.audit.export.fhir import PATIENT_QUERY, Fhir
from federation.audit.export.names import Names
from federation.audit.export.shapes import SHAPES
from tests.builders import NUMBER
from tests.federation.audit.balp import faults, faults_of_codes
from tests.federation.audit.every_kind import SEALER, every_kind, opened
from tests.federation.audit.values import PENICILLIN

EVENTS = opened(every_kind())
GATEWAY = "https://gateway.example.nhs.uk"
BOTH = pytest.mark.parametrize("identities", [False, True])


def told(event: Opened, *, identities: bool = False) -> dict[str, Any]:
    line = Fhir(Names(SEALER, identities=identities), GATEWAY).line(event)
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    return json.loads(line)


def of_kind(kind: EventKind, *, identities: bool = False) -> dict[str, Any]:
    return told(next(one for one in EVENTS if one.plain.kind is kind), identities=identities)


def entity(event: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = (one for one in event["entity"] if one["type"]["code"] == code)
    return found


def test_every_kind_has_a_shape_and_is_looked_at() -> None:
    """A kind that is new has a row of its own, and an example among these."""
    assert set(SHAPES) == set(EventKind) == {event.plain.kind for event in EVENTS}


@BOTH
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.plain.kind)
def test_every_event_is_a_valid_resource(event: Opened, identities: bool) -> None:
    """Structure, data types and cardinalities of FHIR R4, and the codes that it requires."""
    resource = told(event, identities=identities)
    assert [str(issue) for issue in fhirkit.validate(resource)] == []
    assert faults_of_codes(resource) == []
    assert len(resource["id"]) <= 64


@BOTH
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.plain.kind)
def test_what_claims_the_profile_has_it(event: Opened, identities: bool) -> None:
    """And what was shown, or answered by a node, claims it."""
    resource = told(event, identities=identities)
    claimed = PATIENT_QUERY in resource.get("meta", {}).get("profile", ())
    assert not claimed or faults(resource) == []
    failed = event.plain.outcome is not None and event.plain.outcome.state is not None
    queries = {EventKind.VIEW, EventKind.NODE_CALL, EventKind.SHADOW_LOOK}
    answered = event.plain.kind in queries and not failed
    assert claimed == answered


@pytest.mark.parametrize(
    ("breaks", "fault"),
    [
        (lambda one: one.update(action="R"), "action"),
        (lambda one: one.update(outcome="4"), "outcome"),
        (lambda one: one.pop("recorded"), "recorded"),
        (lambda one: one["subtype"].pop(0), "subtype"),
        (lambda one: one["type"].update(code="x"), "type"),
        (lambda one: one["agent"].pop(0), "agent[client]: 0"),
        (lambda one: one["agent"][1].pop("network"), "agent[server].network"),
        (lambda one: one["agent"][2].update(network={}), "agent[user].network is there"),
        (lambda one: one["agent"][2].update(requestor=False), "agent[user].requestor"),
        (lambda one: one["entity"][0]["what"].clear(), "entity[transaction].what.identifier.value"),
        (lambda one: one["entity"].pop(1), "entity[patient]: 0"),
        (lambda one: one["entity"][2].update(what={}), "entity[query].what is there"),
        (lambda one: one["entity"][2].pop("query"), "entity[query].query"),
        (lambda one: one["entity"].append(one["entity"][2]), "entity[query]: 2"),
        (lambda one: one["entity"][1]["role"].update(code="4"), "entity[patient].role"),
    ],
)
def test_the_table_finds_what_it_is_for(breaks: Any, fault: str) -> None:
    """Each row of the table of the profile is told by its name."""
    resource = deepcopy(of_kind(EventKind.VIEW))
    breaks(resource)
    assert fault in faults(resource)


def test_a_view_is_told_as_a_query_of_a_person() -> None:
    """Who asked in which role, for whom, why, by which gateway, for what, and the outcome."""
    view = of_kind(EventKind.VIEW, identities=True)
    client, server, user, organisation = view["agent"]
    assert user["who"]["identifier"]["value"] == EVENTS[0].sealed.subject
    assert [one["coding"][0]["code"] for one in user["role"]] == ["R0050", "PROFESSIONAL"]
    assert organisation["who"]["identifier"]["value"] == "RRV"
    assert server["who"]["identifier"]["value"] == GATEWAY
    assert "not recorded" in client["who"]["display"]
    assert view["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert view["source"]["observer"]["identifier"]["value"] == "gateway-1"
    assert entity(view, "1")["what"]["identifier"] == {
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": NUMBER,
    }
    asked = json.loads(base64.b64decode(entity(view, "2")["query"]))
    assert asked["categories"] == ["ALLERGIES", "DEMOGRAPHICS", "OBSERVATIONS"]
    allergies = [one for one in view["entity"] if one["type"]["code"] == "ALLERGIES"]
    assert [one["what"]["identifier"]["value"] for one in allergies] == [
        "london-care-record",
        "herts-west-essex",
        "milton-keynes",
    ]
    items = [one["valueString"] for one in allergies[0]["detail"] if one["type"] == "item"]
    assert items == [f"{PENICILLIN.source_id} 7"]
    assert {"type": "withheld", "valueString": "3"} in allergies[1]["detail"]


def test_a_node_call_is_the_gateway_s_own_query() -> None:
    """The gateway is the client there, and the node the server; one that failed is no success."""
    calls = [told(one) for one in EVENTS if one.plain.kind is EventKind.NODE_CALL]
    client, server = calls[0]["agent"][:2]
    assert client["who"]["identifier"]["value"] == GATEWAY
    assert server["who"]["identifier"]["value"] == "london-care-record"
    assert [(one["outcome"], one.get("outcomeDesc")) for one in calls] == [
        ("0", None),
        ("0", None),
        ("4", "TIMED_OUT"),
    ]


def test_an_operator_is_told_as_one() -> None:
    """By the account on the machine, and nobody's identity provider."""
    user = of_kind(EventKind.RULES_PUBLISHED, identities=True)["agent"][0]
    assert user["who"]["identifier"] == {"system": "urn:watling:operator", "value": "an-account"}


def test_what_failed_says_so() -> None:
    """With the code that the caller got, or of what was wrong."""
    told_of = {kind: of_kind(kind) for kind in (EventKind.REFUSAL, EventKind.INCIDENT)}
    assert told_of[EventKind.REFUSAL]["outcomeDesc"] == "IDENTITY_NOT_CONFIRMED"
    assert told_of[EventKind.INCIDENT]["outcomeDesc"] == "WRONG_PERSON"
    assert of_kind(EventKind.ABANDONED)["outcome"] == "8"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.plain.kind)
def test_without_identities_nothing_sealed_goes_out(event: Opened) -> None:
    """No number, name, account, reason, item or count; pseudonyms stand for people."""
    text = json.dumps(told(event))
    sealed = event.sealed
    secrets = [sealed.subject, sealed.number, sealed.name, sealed.reason, PENICILLIN.source_id]
    assert [secret for secret in secrets if secret and secret in text] == []
    assert '"withheld"' not in text
    assert told(event)["meta"]["security"][0]["code"] == "PSEUDED"
    assert "security" not in told(event, identities=True).get("meta", {})


def test_one_person_has_one_pseudonym() -> None:
    """Throughout the log; those who look have others, and another key gives others."""
    views = [told(one) for one in EVENTS if one.sealed.number == NUMBER]
    persons = {entity(one, "1")["what"]["identifier"]["value"] for one in views}
    assert len(persons) == 1
    names = Names(SEALER, identities=False)
    assert names.who(EVENTS[0]).value not in persons
    assert SEALER.pseudonym("staff", NUMBER) not in persons


def test_what_somebody_typed_is_text() -> None:
    """Control characters in a reason make no invalid resource."""
    event = next(one for one in EVENTS if one.plain.kind is EventKind.BREAK_GLASS)
    rude = replace(event, sealed=replace(event.sealed, reason="found\x00\x1b[2J at home"))
    resource = told(rude, identities=True)
    assert fhirkit.validate(resource) == []
    assert "\\u001b" not in json.dumps(resource)


def test_a_refused_token_has_no_machines() -> None:
    """Nobody asked for a record by way of anything: there is the one of whom nothing is known."""
    event = of_kind(EventKind.SIGN_IN_FAILURE, identities=True)
    (agent,) = event["agent"]
    assert agent["who"]["identifier"]["value"] == "an-account"
    assert event["outcome"] == "4"
