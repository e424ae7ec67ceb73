"""What the population is made of: people, where they are held, what tracing says of them.

Plain frozen values in the words of `federation.records`, so that one population feeds native and
FHIR nodes alike. They are made in `population/`, and written to the stores by
`population/build.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from federation.model import Assertion, Category, NodeId, Organisation, Practitioner
from federation.nhs_number import NhsNumber
from federation.records.base import Item
from federation.records.person import Person

LONDON = NodeId("london-care-record")
HERTS = NodeId("herts-west-essex")
MILTON_KEYNES = NodeId("milton-keynes")
CARE_PLAN_NODE = NodeId("universal-care-plan")
NODES = (LONDON, HERTS, MILTON_KEYNES, CARE_PLAN_NODE)
"""The nodes of the demo network, in the order in which they are told of."""
GATEWAY = "https://gateway.demo.watling.example"
"""What the demo's gateway is called in what it tells the nodes of requesters."""


class Desk(Struct, frozen=True, kw_only=True):
    """Where facts are written down: an organisation of one node, its staff, its kind of system."""

    node: NodeId
    organisation: Organisation
    staff: tuple[Practitioner, ...]
    system: str


class Holding(Struct, frozen=True, kw_only=True):
    """One person's record as one node holds it.

    A category with neither items nor an assertion is simply empty.
    """

    node: NodeId
    person: Person
    items: Mapping[Category, tuple[Item, ...]] = field(default_factory=dict)
    assertions: Mapping[Category, Assertion] = field(default_factory=dict)


class TracedNumber(Struct, frozen=True, kw_only=True):
    """What the tracing service knows of one number.

    No person: the number was invalidated and names nobody.
    `person.nhs_number` differs from `number` where that was replaced.
    """

    number: NhsNumber
    person: Person | None


class Resident(Struct, frozen=True, kw_only=True):
    """One synthetic person."""

    traced: tuple[TracedNumber, ...]
    holdings: tuple[Holding, ...] = ()


class Story(Struct, frozen=True, kw_only=True):
    """A curated person who shows one thing.

    `nhs_number` is the one to ask by, `old_number` one that it replaced.
    """

    slug: str
    name: str
    nhs_number: NhsNumber
    birth_date: str
    story: str
    resident: Resident
    old_number: NhsNumber | None = None
