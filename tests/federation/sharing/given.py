"""Agreements, facts and bundles with defaults, so that a test shows only what matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from federation.authority import EvidenceSource, Held, Relationship, RelationshipKind
from federation.case import PLAIN, About, Authority, Case, Footing
from federation.flow import (
    Candidate,
    Facts,
    HeldRecord,
    Part,
    Question,
    Released,
    Screened,
    Verified,
)
from federation.model import (
    Agreement,
    Category,
    Node,
    OdsCode,
    Organisation,
    Purpose,
    RegionId,
    Requester,
    RequesterKind,
)
from federation.records.base import Item, SecurityLabel
from federation.registry import Network
from federation.sharing import Bundle, CedarRules, Layer, Rules, load_facts, release, screen
from federation.sharing.asking import asking_of
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.facts import local_day
from federation.status import SourceState
from tests.builders import HERTS, LONDON, NETWORK, NOW, a_person, a_question, a_reference

CLINICAL = (
    "R0050",
    "R0260",
    "R0700",
    "R1070",
    "R1290",
    "R1330",
    "R8000",
    "R8001",
    "R8003",
    "R8014",
    "R9570",
    "R9605",
)
V3 = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SENSITIVE = SecurityLabel(system=ACT, code="SEX")


def an_agreement(id: str = "london-itself", source: Node = LONDON, **given: Any) -> Agreement:  # noqa: A002 - the struct's own name for it
    """London's agreement with itself: every category for clinicians of hospitals and practices."""
    defaults: dict[str, Any] = {
        "version": "1",
        "requester_region": RegionId("london"),
        "organisation_kinds": frozenset(("gp", "acute")),
        "roles": frozenset(CLINICAL),
        "categories": frozenset(Category),
        "purposes": frozenset((Purpose.DIRECT_CARE,)),
        "valid_from": date(2026, 4, 1),
        "valid_until": date(2027, 4, 1),
    }
    return Agreement(id=id, source=source.id, **(defaults | given))


OPEN = (an_agreement(), an_agreement("herts-to-london", HERTS))
"""London and Hertfordshire are open to London's clinicians; nobody else has an agreement."""


CARED_FOR = Relationship(
    id="referred",
    kind=RelationshipKind.REFERRAL,
    source=EvidenceSource.FEED,
    organisation=OdsCode("X1"),
    begins_at=NOW - timedelta(days=1),
)


def some_facts(
    *agreements: Agreement,
    at: datetime = NOW,
    nodes: tuple[Node, ...] = NETWORK,
    question: Question | None = None,
    **held: Any,
) -> Facts:
    """Facts of a network with these agreements; `held` is what the stores know of the person."""
    network = Network(nodes=nodes, agreements=agreements, version="network-1")
    asked = replace(question or a_question(requester=a_professional()), asked_at=at)
    facts = load_facts(network, asked, Held(**held))
    # Whoever asks has the person before them, unless the test says what ties the two.
    return facts if "relationships" in held else replace(facts, relationships=(CARED_FOR,))


def a_case(**given: Any) -> Case:
    """London's allergies for a London consultant under London's agreement with itself.

    Fields of the asking, the person and what ties them (`treating`, `restricted`, `relationships`)
    and of the class of things (`labels`) are given by their own names.
    """
    requester = given.pop("requester", None) or a_professional()
    purpose = given.pop("purpose", Purpose.DIRECT_CARE)
    parts: dict[str, Any] = {
        "asking": asking_of(a_question(requester=requester, purpose=purpose)),
        "about": About(),
        "authority": Authority(relationships=frozenset(("REFERRAL",))),
        "kind": PLAIN,
    }
    for part, whole in parts.items():
        named = {name: given.pop(name) for name in whole.__struct_fields__ if name in given}
        parts[part] = given.pop(part, replace(whole, **named))
    kind, day = parts.pop("kind"), given.pop("day", local_day(NOW))
    defaults: dict[str, Any] = {
        "footing": Footing(day=day, **parts),
        "kind": kind,
        "node": LONDON.id,
        "category": Category.ALLERGIES,
        "agreements": (an_agreement(),),
    }
    return Case(**(defaults | given))


def a_professional(
    role: str | None = "R0050", at: str = "acute", region: str | None = "london", **given: Any
) -> Requester:
    """Somebody in a role at an organisation of this kind."""
    return Requester(
        **(
            {
                "subject": "subject-1",
                "kind": RequesterKind.PROFESSIONAL,
                "role": role,
                "organisation": Organisation(
                    ods_code="X1", name="Somewhere", kind=at, region=region
                ),
            }
            | given
        ),
    )


def rules_with(*texts: str, agreements: str | None = None) -> CedarRules:
    """The shipped rules and more of the network's, or with another text in place of agreements."""
    *network, permitting = shipped_bundles()
    if agreements is not None:
        permitting = Bundle(layer=Layer.AGREEMENT, file="agreements.cedar", text=agreements)
    more = [
        Bundle(layer=Layer.NETWORK, file=f"more-{number}.cedar", text=text)
        for number, text in enumerate(texts)
    ]
    return CedarRules((*network, permitting, *more), shipped_schema())


def candidates(question: Question, *nodes: Node) -> tuple[Candidate, ...]:
    """Each node as a candidate for everything that is asked."""
    return tuple(Candidate(node=node, categories=question.categories) for node in nodes)


def held(person: Any = None, **parts: Any) -> HeldRecord:
    """A held record with items by category name: `held(allergies=[...])`."""
    made = {Category[name.upper()]: _part(name, items) for name, items in parts.items()}
    return HeldRecord(person=person or a_person(), parts=made)


def _part(name: str, items: Part | Iterable[Item]) -> Part:
    return items if isinstance(items, Part) else a_part(Category[name.upper()], *items)


def a_part(category: Category, *items: Item, **given: Any) -> Part:
    """A whole answer for one category."""
    state = SourceState.FRESH if items else SourceState.FRESH_EMPTY
    return Part(category=category, items=items, **({"state": state} | given))


def verified_of(node: Node, *records: HeldRecord, **given: Any) -> Verified:
    """What verification leaves of a node that answered with these records."""
    defaults: dict[str, Any] = {
        "persons": tuple(record.person for record in records),
        "parts": tuple(part for record in records for part in record.parts.values()),
        "retrieved_at": NOW,
    }
    return Verified(node=node, **(defaults | given))


def released_from(
    rules: Rules,
    *verified: Verified,
    question: Question | None = None,
    facts: Facts | None = None,
    restricted: bool = False,
) -> tuple[Released, ...]:
    """Screen and release, as the pipeline runs them, for nodes that were candidates."""
    question = question or a_question()
    facts = facts or some_facts(*OPEN)
    reference = a_reference()
    nodes = candidates(question, *(one.node for one in verified))
    screened: tuple[Screened, ...] = screen(question, reference, facts, nodes, rules)
    # What tracing has not heard of, a node may know: the screen is before that, release after.
    reference = replace(reference, restricted=restricted)
    return release(question, reference, facts, screened, verified, rules)
