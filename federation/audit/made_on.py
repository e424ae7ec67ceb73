"""What decisions were made on, as it is kept: enough to put the same case to other rules later.

Pure, and in the sealed part alone. A case names nobody (`federation/case.py`); what ties people to
those who look is the person's all the same.
"""

from __future__ import annotations

from datetime import date
from typing import Self

from msgspec.structs import asdict

from federation.audit.form import Columns, Fields
from federation.authority import RulesState
from federation.case import About, Asking, Authority, Footing, ItemClass
from federation.flow import Decision, Disclosure
from federation.model import Device, Purpose, RequesterKind, Standing


class AskingKept(Columns, frozen=True):
    """Who asked and why, as rules saw them (`case.Asking`)."""

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


class AboutKept(Columns, frozen=True):
    """What rules knew of the person (`case.About`)."""

    restricted: bool
    deceased: bool
    age: int | None
    watched: bool
    coerced: bool
    own: bool
    family: bool


class AuthorityKept(Columns, frozen=True):
    """What tied the two (`case.Authority`)."""

    relationships: frozenset[str]
    incident: bool
    subject: bool
    proxy: str
    consents: frozenset[str]


class FootingKept(Columns, frozen=True):
    """What a whole view stood on (`case.Footing`)."""

    asking: AskingKept
    about: AboutKept
    authority: AuthorityKept
    day: date

    @classmethod
    def of(cls, footing: Footing) -> Self:
        """The footing as it is kept."""
        return cls(
            AskingKept(**asdict(footing.asking)),
            AboutKept(**asdict(footing.about)),
            AuthorityKept(**asdict(footing.authority)),
            footing.day,
        )

    def footing(self) -> Footing:
        """The footing as it was."""
        return Footing(
            asking=Asking(**asdict(self.asking)),
            about=About(**asdict(self.about)),
            authority=Authority(**asdict(self.authority)),
            day=self.day,
        )


class MadeOn(Fields, frozen=True):
    """What sets a decision apart: of which class of things, under what, and what it asked.

    `classes` to `day` are the class's (`case.ItemClass`), `granted` to `objected_in_emergency` the
    case's, the rest what came of it. Labels are `event.Decided`'s own.
    """

    classes: tuple[str, ...] = ()
    carries_cpr: bool = False
    own_organisation: bool = False
    emergency_path: bool = False
    unreleased: bool = False
    source_kind: str | None = None
    custodian: str | None = None
    author_role: str | None = None
    day: date | None = None
    granted: bool = False
    objected: bool = False
    objected_in_emergency: bool = False
    disclosure: Disclosure = Disclosure.FULL
    liftable: bool = False
    redact: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()

    @classmethod
    def of(cls, decision: Decision) -> Self | None:
        """What sets it apart; None of nearly all, which nothing does."""
        kind = decision.kind
        made = cls(
            classes=tuple(sorted(kind.classes)),
            carries_cpr=kind.carries_cpr,
            own_organisation=kind.own_organisation,
            emergency_path=kind.emergency_path,
            unreleased=kind.unreleased,
            source_kind=kind.source_kind,
            custodian=kind.custodian,
            author_role=kind.author_role,
            day=kind.day,
            granted=decision.granted,
            objected=decision.objected,
            objected_in_emergency=decision.objected_in_emergency,
            disclosure=decision.disclosure,
            liftable=decision.liftable,
            redact=decision.redact,
            obligations=decision.obligations,
            lifted=decision.lifted,
        )
        return None if made == cls() else made

    def item_class(self, labels: tuple[str, ...]) -> ItemClass:
        """The class of things that it was made of."""
        return ItemClass(
            labels=frozenset(labels),
            classes=frozenset(self.classes),
            carries_cpr=self.carries_cpr,
            own_organisation=self.own_organisation,
            emergency_path=self.emergency_path,
            unreleased=self.unreleased,
            source_kind=self.source_kind,
            custodian=self.custodian,
            author_role=self.author_role,
            day=self.day,
        )
