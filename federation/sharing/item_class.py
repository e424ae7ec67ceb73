"""An item's class: what rules may know of it. Decisions are made by class, never by item."""

from __future__ import annotations

from federation.records.base import Item
from federation.records.care_plans import CarePlan, CprKind
from federation.sharing.case import NOTHING, PLAIN, ItemClass
from federation.sharing.labels import labels_of


def class_of(item: Item, organisation: str, looks_at: frozenset[str]) -> ItemClass:
    """The class of an item for a requester of this organisation (ODS code, empty for none).

    `looks_at` names the details that some rule asks for; the others are left out, so that items
    fall into few classes.
    """
    labels = labels_of(item.security_labels) if item.security_labels else NOTHING
    cpr = carries_cpr(item)
    custodian = item.custodian.ods_code if item.custodian else None
    own = bool(organisation) and organisation in (custodian, _writer(item))
    if not (labels or cpr or own or looks_at):
        return PLAIN
    return ItemClass(
        labels=labels,
        carries_cpr=cpr,
        own_organisation=own,
        custodian=custodian if "custodian" in looks_at else None,
        author_role=item.author.role if item.author and "author_role" in looks_at else None,
    )


def carries_cpr(item: Item) -> bool:
    """Whether this is a plan with a decision on resuscitation, which no rule may hide."""
    return (
        isinstance(item, CarePlan)
        and item.cpr is not None
        and item.cpr.decision is not CprKind.NOT_STATED
    )


def _writer(item: Item) -> str | None:
    organisation = item.author.organisation if item.author else None
    return organisation.ods_code if organisation else None
