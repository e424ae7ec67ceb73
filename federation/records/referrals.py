"""Referrals. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.compare import codes_differ, statuses_differ
from federation.records.standing import below, named, standing


class Referral(Item, frozen=True, kw_only=True):
    """One referral as one source holds it."""

    service: Annotated[Concept, described("To what service.")]
    priority: Annotated[str | None, described("How urgent.")] = None
    status: Annotated[str | None, described("Where it stands.")] = None
    reason: Annotated[str | None, described("Why.")] = None
    requested_by: Annotated[Organisation | None, described("Who asked.")] = None
    requested_from: Annotated[Organisation | None, described("Who was asked.")] = None
    kind: Annotated[
        str | None, described("A referral, or a request of another kind, such as for imaging.")
    ] = None
    intent: Annotated[str | None, described("Proposal, plan, order ...")] = None
    priority_reason: Annotated[str | None, described("Why it is as urgent as that.")] = None
    origin: Annotated[str | None, described("How it came about, such as by self-referral.")] = None
    due: Annotated[PartialDate | None, described("When it should happen.")] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _may_link(one: Referral, other: Referral) -> bool:
    # One identifier for two referrals, such as a visit's, names neither.
    return not codes_differ(one.service, other.service)


_UNDER_WAY = frozenset(("active", "unknown"))
_ORDERED = frozenset(("order", "original order", "instance order", "filler order", "reflex order"))


def _subtitle(referral: Referral) -> str | None:
    stands = standing(referral.status, expected=_UNDER_WAY)
    return below(stands, standing(referral.intent, expected=_ORDERED), referral.reason)


REFERRALS = CategoryDefinition(
    category=Category.REFERRALS,
    field_name="referrals",
    section_name="ReferralConnection",
    item=Referral,
    shape=Shape.TIMELINE,
    description="Referrals, newest first.",
    title=lambda item: named(item.service),
    subtitle=_subtitle,
    codes=lambda item: item.service.codings,
    may_link=_may_link,
    conflicts=statuses_differ,
)
