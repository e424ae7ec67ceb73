"""Trying rules out: what a set of rules says of cases that people write down.

One row is one class of things that somebody asks for; nothing is fetched and nobody is named. What
a row leaves out is as it is for most: an ordinary thing, a managed device, the standing met.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from federation.authority import RelationshipKind, RulesState
from federation.case import CITIZENS, About, Asking, Authority, Case, Errand, Footing, ItemClass
from federation.flow import Decision, Outcome
from federation.model import Agreement, Category, Device, NodeId, Purpose, RequesterKind, Standing
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.engine import CedarRules
from federation.sharing.roles import TREATING
from federation.sharing.rules import Rules
from federation.sharing.sheet import Sheet
from federation.sharing.sheet.rows import ClassName, Label, OrganisationCode, RoleCode, Slug, Words


class Expected(StrEnum):
    """What should happen, in the words of the tables."""

    PERMIT = "permit"
    REDACT = "redact"
    WITHHOLD = "withhold"
    HIDE = "hide"
    NOT_ASKED = "not-asked"
    REFUSE = "refuse"


class TrialRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case: who asks for what, and what should come of it. `on` is the day of asking."""

    name: Words
    kind: RequesterKind = RequesterKind.PROFESSIONAL
    role: RoleCode | None = None
    organisation: OrganisationCode | None = None
    organisation_kind: Slug | None = None
    region: Slug | None = None
    standing: Standing = Standing.MET
    assurance: Annotated[int, Meta(ge=0, le=3)] = 3
    device: Device = Device.MANAGED
    purpose: Purpose = Purpose.DIRECT_CARE
    relationships: tuple[RelationshipKind, ...] = ()
    granted: bool = False
    objected: bool = False
    restricted: bool = False
    consents: tuple[ClassName, ...] = ()
    node: Slug
    category: Category
    classes: tuple[ClassName, ...] = ()
    labels: tuple[Label, ...] = ()
    carries_cpr: bool = False
    own_organisation: bool = False
    emergency_path: bool = False
    unreleased: bool = False
    custodian: OrganisationCode | None = None
    author_role: RoleCode | None = None
    day: date | None = None
    on: date | None = None
    expected: Expected


class Tried(Struct, frozen=True, kw_only=True):
    """What came of one row; `rules` are those that decided."""

    row: TrialRow
    actual: Expected
    rules: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        """Whether that is what should come of it."""
        return self.actual is self.row.expected


def rules_of_sheets(sheets: Iterable[Sheet]) -> CedarRules:
    """The network's rules with those of these bundles; raises `PolicyInvalidError`."""
    return CedarRules((*shipped_bundles(), *(one.bundle() for one in sheets)), shipped_schema())


def try_out(
    rows: Iterable[TrialRow], rules: Rules, agreements: Iterable[Agreement], today: date
) -> tuple[Tried, ...]:
    """What these rules and agreements say of each row, in order."""
    agreements = tuple(agreements)
    return tuple(_tried(row, rules, agreements, today) for row in rows)


def _tried(row: TrialRow, rules: Rules, agreements: tuple[Agreement, ...], today: date) -> Tried:
    asking, case = asking_of_row(row), case_of_row(row, agreements, today)
    errand = Errand(footing=case.footing, granted=row.granted)
    refusal = rules.refusal(asking) or rules.refusal_about(errand)
    if refusal is not None:
        return Tried(row=row, actual=Expected.REFUSE, rules=(str(refusal),))
    decision = rules.decide(case)
    return Tried(row=row, actual=in_words(decision), rules=decision.rules)


def in_words(decision: Decision) -> Expected:
    """A decision in the words of the tables; what only asks something in return is a permit."""
    if decision.outcome is Outcome.PERMIT:
        return Expected.REDACT if decision.redact else Expected.PERMIT
    if decision.outcome is Outcome.NOT_ASKED:
        return Expected.NOT_ASKED
    return Expected.HIDE if decision.hides else Expected.WITHHOLD


def asking_of_row(row: TrialRow) -> Asking:
    """Who asks."""
    return Asking(
        kind=row.kind,
        role=row.role or "",
        treating=row.kind is RequesterKind.PROFESSIONAL and row.role in TREATING,
        organisation=row.organisation or "",
        organisation_kind=row.organisation_kind or "",
        region=row.region or "",
        standing=row.standing,
        assurance=row.assurance,
        device=row.device,
        purpose=row.purpose,
        rules=RulesState.CURRENT,
    )


def case_of_row(row: TrialRow, agreements: tuple[Agreement, ...], today: date) -> Case:
    """What is asked for, under the agreements that the network would look at."""
    ours = tuple(
        one
        for one in agreements
        if one.source == row.node
        and (row.kind in CITIZENS or one.requester_region == row.region)
        and one.valid_from <= (row.on or today)
    )
    return Case(
        footing=_footing_of_row(row, today),
        node=NodeId(row.node),
        category=row.category,
        kind=ItemClass(
            labels=frozenset(row.labels),
            classes=frozenset(row.classes),
            carries_cpr=row.carries_cpr,
            own_organisation=row.own_organisation,
            emergency_path=row.emergency_path,
            unreleased=row.unreleased,
            custodian=row.custodian,
            author_role=row.author_role,
            day=row.day,
        ),
        granted=row.granted,
        objected=row.objected,
        agreements=ours,
    )


def _footing_of_row(row: TrialRow, today: date) -> Footing:
    return Footing(
        asking=asking_of_row(row),
        about=About(restricted=row.restricted),
        authority=Authority(
            relationships=frozenset(map(str, row.relationships)),
            incident=RelationshipKind.INCIDENT in row.relationships,
            subject=row.kind in CITIZENS,
            proxy="PARENT" if row.kind is RequesterKind.PROXY else "",
            consents=frozenset(row.consents),
        ),
        day=row.on or today,
    )
