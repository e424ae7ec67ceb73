"""What the rules are asked: who asks for what purpose, and for which class of things of which node.

A case is a class, never a person: it has no name, no number and no item in it, so that one decision
serves every person and every item for whom the facts are the same. Whatever depends on the time of
day is settled before (does this grant hold now?), so that a decision stays right for as long as its
case is equal. `sharing/rules.py` says what answers it, `sharing/policies/watling.cedarschema` what
a rule sees; the audit keeps of each decision what it was made on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from federation.authority import RulesState
from federation.model import (
    Agreement,
    Category,
    Device,
    NodeId,
    Purpose,
    RequesterKind,
    Standing,
)

NOTHING: frozenset[str] = frozenset()
CITIZENS = frozenset((RequesterKind.CITIZEN, RequesterKind.PROXY))
"""Those who ask for a person and not for an organisation."""


class Asking(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Who asks and why, as rules see them. Empty texts stand for what a requester does not have."""

    kind: RequesterKind
    role: str
    treating: bool
    organisation: str
    organisation_kind: str
    region: str
    standing: Standing
    assurance: int
    device: Device
    purpose: Purpose
    rules: RulesState


class About(Struct, frozen=True, kw_only=True, cache_hash=True):
    """What rules may know of the person: nothing that would name them. `age` in whole years."""

    restricted: bool = False
    deceased: bool = False
    age: int | None = None
    watched: bool = False
    coerced: bool = False
    own: bool = False
    family: bool = False


class Authority(Struct, frozen=True, kw_only=True, cache_hash=True):
    """What ties the requester to the person at the decision time."""

    relationships: frozenset[str] = NOTHING
    incident: bool = False
    subject: bool = False
    proxy: str = ""
    consents: frozenset[str] = NOTHING


class ItemClass(Struct, frozen=True, kw_only=True, cache_hash=True):
    """What rules may know of things: a class that many items share.

    `custodian`, `author_role` and `day` are None unless some rule or agreement of the node looks at
    them (`Rules.looks_at`), so that items fall into few classes.
    """

    labels: frozenset[str] = NOTHING
    classes: frozenset[str] = NOTHING
    carries_cpr: bool = False
    own_organisation: bool = False
    emergency_path: bool = False
    unreleased: bool = False
    source_kind: str | None = None
    """The type of organisation that keeps it; None unless its class asks for that."""
    custodian: str | None = None
    author_role: str | None = None
    day: date | None = None
    """A day of which the rules say the same as of the things' own."""


PLAIN = ItemClass()
"""Things of which nothing asks for care: nearly all."""


ASK_ABOUT = "ask-about"
ERRANDS = frozenset(
    (ASK_ABOUT, "break-glass", "declare-relationship", "record-objection", "read-access-log")
)
"""The actions of the schema that are about one person and no class of things."""


class Footing(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Who asks, about whom, by what right, and on which local day: the same for a whole view."""

    asking: Asking
    about: About
    authority: Authority
    day: date


class Errand(Struct, frozen=True, kw_only=True, cache_hash=True):
    """May this be done about this person? `action` is one of the schema's that look at a person."""

    action: str = ASK_ABOUT
    footing: Footing
    granted: bool = False


class Case(Struct, frozen=True, kw_only=True, cache_hash=True):
    """May this be seen? `agreements` are the node's with the requester's region, open or not.

    `granted`: an emergency grant covers the node and category; `objected` and
    `objected_in_emergency` likewise for the person's objections.
    """

    footing: Footing
    node: NodeId
    category: Category
    kind: ItemClass = PLAIN
    granted: bool = False
    objected: bool = False
    objected_in_emergency: bool = False
    agreements: tuple[Agreement, ...] = ()


def agreements_with(
    kind: RequesterKind, region: str, agreements: Iterable[Agreement]
) -> tuple[Agreement, ...]:
    """Those of a node that could speak of such a requester; rules would turn the others down."""
    return tuple(
        one
        for one in agreements
        if kind in one.requester_kinds and (kind in CITIZENS or one.requester_region == region)
    )
