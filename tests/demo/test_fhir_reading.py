"""What the gateway's own FHIR client reads from the demo's nodes is what their stores hold."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from demo.fhir.app import BASE
from demo.model import CARE_PLAN_NODE, HERTS
from demo.nodes.network import SERVED_NODES
from demo.population.build import node_store
from federation.flow import NodeCall, Reply
from federation.model import (
    Assertion,
    Category,
    Node,
    NodeProtocol,
    NodeState,
    Purpose,
    RegionId,
    RequestId,
)
from federation.protocols.fhir.client import FhirClient
from federation.records.alerts import Alert
from federation.records.allergies import Allergy
from federation.records.base import STAMPED_FIELDS
from federation.records.immunisations import Immunisation
from federation.records.medications import Medication
from federation.records.problems import Problem
from federation.records.procedures import Procedure
from tests.builders import a_requester
from tests.vouching import KEYS, tokens_of

SERVED = {node.id: node for node in SERVED_NODES}
NOW = datetime(2026, 7, 1, tzinfo=UTC)
ABROAD = frozenset((*STAMPED_FIELDS, "source_system", "custodian", "author", "effective_at"))
"""What is the gateway's own, another form of it in FHIR, or a day that another field tells."""


def every_field(item, *beside):
    """The fields of a kind of item, but for those that R4 has no place for."""
    return tuple(field for field in item.__struct_fields__ if field not in {*ABROAD, *beside})


FIELDS = {
    Category.ALLERGIES: every_field(Allergy),
    Category.PROBLEMS: every_field(Problem),
    Category.ALERTS: every_field(Alert, "recorded_at"),
    # What sort of organisation a place is, and of which region, is not said of a Location.
    Category.PROCEDURES: (*every_field(Procedure, "recorded_at", "place"), "effective_at"),
    Category.IMMUNISATIONS: (*every_field(Immunisation, "place"), "effective_at"),
    # An item that does not say which event it is becomes the resource of one.
    Category.MEDICATIONS: every_field(Medication, "event"),
    Category.OBSERVATIONS: (
        "identifiers", "code", "value", "components", "reference_range", "interpretation",
        "body_site", "method", "effective_at",
    ),
    Category.CARE_PLANS: (
        "identifiers", "plan_type", "name", "status", "valid_until", "last_confirmed_at", "goals",
        "preferences", "preferred_place_of_care", "preferred_place_of_death",
        "ceiling_of_treatment", "anticipatory_medicines", "advance_decision", "effective_at",
        "lasting_power_of_attorney", "access_note", "contacts", "activities", "narrative",
        "recorded_at",
    ),
    Category.CONTACTS: (
        "identifiers", "name", "relationship", "phones", "next_of_kin", "rank", "carer",
        "emergency", "lasting_power_of_attorney", "role", "organisation", "team", "effective_at",
    ),
    Category.SOCIAL_CARE: (
        "identifiers", "kind", "text", "status", "start", "end", "provider", "named_worker",
        "custodian",
    ),
    Category.ABOUT_ME: (
        "identifiers", "heading", "text", "recorded_at", "effective_at", "author", "custodian",
    ),
    Category.APPOINTMENTS: (
        "identifiers", "service", "status", "start", "end", "mode", "place", "specialty", "reason",
        "booked_by", "clinicians", "note", "recorded_at", "author", "custodian",
    ),
    Category.REFERRALS: (
        "identifiers", "service", "priority", "status", "reason", "requested_by", "requested_from",
        "kind", "intent", "priority_reason", "origin", "due", "note", "recorded_at", "custodian",
    ),
}  # fmt: skip

WITHOUT_CUSTODIAN = frozenset((Category.CONTACTS,))
WITHOUT_AUTHOR = frozenset((Category.CONTACTS, Category.SOCIAL_CARE))
"""R4 has no element for who wrote down a related person, an episode of care."""


def as_sent(value):
    """A value without what R4 does not say of an organisation: its kind and its region."""
    if isinstance(value, dict):
        told = value.items()
        return {name: as_sent(one) for name, one in told if name not in ("kind", "region")}
    if isinstance(value, tuple | list):
        return [as_sent(one) for one in value]
    return as_sent(msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct) else value


async def fetch(population, node_id, numbers):
    served = SERVED[node_id]
    node = Node(
        id=node_id,
        name=served.name,
        region="x",
        region_id=RegionId("x"),
        state=NodeState.LIVE,
        protocol=NodeProtocol.FHIR_R4,
        endpoint=f"http://127.0.0.1:1{BASE}",
        categories=tuple(sorted(served.categories)),
    )
    call = NodeCall(
        node=node,
        numbers=numbers,
        categories=node.categories,
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("0b1c2d3e-0000-4000-8000-000000000001"),
    )
    app = served.app(node_store(population, node_id), KEYS, lambda: NOW)
    reply = await FhirClient(
        node, httpx.ASGITransport(app), lambda: NOW, None, tokens_of(lambda: NOW)
    ).fetch(call)
    assert isinstance(reply, Reply)
    return reply


def numbers_of(store, most):
    rows = store._connection.execute("SELECT number FROM people ORDER BY id LIMIT ?", (most,))
    return [number for (number,) in rows]


@pytest.mark.parametrize("node_id", [HERTS, CARE_PLAN_NODE])
async def test_the_client_reads_what_the_store_holds(population, stores, node_id):
    """Nothing is quarantined, nothing is missing, and what R4 can say arrives unchanged."""
    store = stores[node_id]
    for number in numbers_of(store, 60):
        (stored,) = store.people([number])
        (held,) = (await fetch(population, node_id, (number,))).records
        assert (held.person.nhs_number, held.person.birth_date) == (
            number,
            stored.person.birth_date,
        )
        assert (held.person.name, held.person.language) == (
            stored.person.name,
            stored.person.language,
        )
        for category, part in held.parts.items():
            kept = store.part(stored, category)
            assert part.code is None
            assert part.assertion == (kept.assertion or unsaid(category, kept))
            read = {item.source_id: item for item in part.items}
            assert set(read) == {item.source_id for item in kept.items}
            for item in kept.items:
                for field in FIELDS.get(category, ("identifiers",)):
                    arrived = getattr(read[item.source_id], field)
                    assert as_sent(arrived) == as_sent(getattr(item, field)), field


def unsaid(category, kept):
    """What an empty list of allergies asserts, where nobody said more; no other list says it."""
    says = category is Category.ALLERGIES and not kept.items
    return Assertion.NO_CONTENT_RECORDED if says else None


async def test_custodian_and_author_arrive(population, told):
    """Who recorded a fact, and whose data it is, are found by contained roles and by look-up."""
    number = told["everywhere"]["nhsNumber"]
    (held,) = (await fetch(population, HERTS, (number,))).records
    for category, part in held.parts.items():
        for item in part.items:
            if category not in WITHOUT_CUSTODIAN:
                assert item.custodian is not None
                assert item.custodian.ods_code
            if category not in WITHOUT_AUTHOR:
                assert item.author is not None


async def test_somebody_not_held_is_no_record(population, told):
    """The client reads "not held" as no record at all."""
    number = told["held-nowhere"]["nhsNumber"]
    assert (await fetch(population, HERTS, (number,))).records == ()


async def test_a_superseded_number_is_found_by_the_old_one(population, told):
    """Asked by both numbers, the node answers under the one that it holds."""
    current = told["superseded"]["nhsNumber"]
    reply = await fetch(population, HERTS, (current, "9990000204"))
    assert [held.person.nhs_number for held in reply.records] == ["9990000204"]


async def test_the_decision_on_resuscitation_arrives(population, stores, told):
    """Decision, day and company of the Universal Care Plan are read from its contained Flag."""
    number = told["everywhere"]["nhsNumber"]
    (held,) = (await fetch(population, CARE_PLAN_NODE, (number,))).records
    (plan,) = held.parts[Category.CARE_PLANS].items
    (stored,) = stores[CARE_PLAN_NODE].people([number])
    (kept,) = stores[CARE_PLAN_NODE].part(stored, Category.CARE_PLANS).items
    assert (plan.cpr.decision, plan.cpr.decided_at, plan.cpr.discussed_with) == (
        kept.cpr.decision,
        kept.cpr.decided_at,
        kept.cpr.discussed_with,
    )
    assert plan.cpr.clinician.name == kept.cpr.clinician.name
