"""An item's class: what rules may know of it. Decisions are made by class, never by item.

What an item says of itself, or its source of it, is all that is looked at here; of which classes
of sensitive things it is, `signs.py` finds. Nearly every item is of the one class that asks for
nothing.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from federation.case import NOTHING, PLAIN, ItemClass
from federation.records import CATEGORIES
from federation.records.base import CategoryDefinition, Item
from federation.records.care_plans import CarePlan, CprKind
from federation.records.compare import custodian_code
from federation.records.partial_date import local_days
from federation.records.results import Result, ResultStatus
from federation.records.systems import ORDINARY_LABELS
from federation.sharing.labels import labels_of
from federation.sharing.sensitivity import Sensitivity
from federation.sharing.signs import (
    CLINICALLY_NEEDED,
    EMERGENCY_PATH,
    MARKS,
    UNRELEASED,
    signs_beside_its_origin,
    signs_of,
)

_OF_THE_SOURCES_KIND = frozenset(
    (Sensitivity.SUBSTANCE, Sensitivity.JUSTICE, Sensitivity.THIRD_PARTY)
)
"""Classes whose rules ask what kind of organisation keeps the thing."""
_NOT_FINAL = frozenset((ResultStatus.REGISTERED, ResultStatus.PRELIMINARY))
"""A result that its source has not signed off is not released to the person either."""
_TO_THE_DAY = len("2019-04-02")


def class_of(item: Item, organisation: str, looks_at: frozenset[str]) -> ItemClass:
    """The class of an item for a requester of this organisation (ODS code, empty for none).

    `looks_at` names the details that some rule asks for; the others are left out, so that items
    fall into few classes.
    """
    signs = signs_of(item)
    cpr = carries_cpr(item)
    unreleased = type(item) is Result and item.status in _NOT_FINAL
    own = _is_own(item, organisation)
    if not (signs or cpr or own or unreleased or looks_at):
        return PLAIN
    told = frozenset(sign.says for sign in signs)
    classes = _classes(told)
    return ItemClass(
        labels=labels_of(item.security_labels) - ORDINARY_LABELS,
        classes=classes,
        carries_cpr=cpr,
        own_organisation=own,
        emergency_path=EMERGENCY_PATH in told and not _also_of_sexual_health(item, classes),
        unreleased=unreleased or UNRELEASED in told,
        source_kind=_source_kind(item) if classes & _OF_THE_SOURCES_KIND else None,
        custodian=custodian_code(item) if "custodian" in looks_at else None,
        author_role=item.author.role if item.author and "author_role" in looks_at else None,
        day=_day(item) if "day" in looks_at else None,
    )


def carries_cpr(item: Item) -> bool:
    """Whether this is a plan with a decision on resuscitation, which no rule may hide."""
    return (
        isinstance(item, CarePlan)
        and item.cpr is not None
        and item.cpr.decision is not CprKind.NOT_STATED
    )


def _classes(told: frozenset[str]) -> frozenset[str]:
    if not told:
        return NOTHING
    # What is known of somebody else, and needed to treat this person, is this person's.
    needed = {Sensitivity.THIRD_PARTY} if CLINICALLY_NEEDED in told else frozenset()
    return frozenset(Sensitivity(one).value for one in told - MARKS - needed)


def _also_of_sexual_health(item: Item, classes: frozenset[str]) -> bool:
    """Whether a mark that is meant for HIV would open more of sexual health than a clinic's name.

    Most clinics for HIV are called sexual health clinics, and an emergency may know that. What
    else the clinic treats, as the reason of a medicine or a label says it, no emergency opens.
    """
    return {Sensitivity.HIV, Sensitivity.SEXUAL_HEALTH} <= classes and any(
        sign.says == Sensitivity.SEXUAL_HEALTH for sign in signs_beside_its_origin(item)
    )


def _is_own(item: Item, organisation: str) -> bool:
    """Whether the requester's organisation keeps it or wrote it."""
    if not organisation:
        return False
    writer = item.author.organisation if item.author else None
    return organisation == custodian_code(item) or (
        writer is not None and writer.ods_code == organisation
    )


def _source_kind(item: Item) -> str | None:
    keeper = item.custodian or (item.author.organisation if item.author else None)
    return keeper.kind if keeper else None


def _day(item: Item) -> date | None:
    """The local day that it speaks of; None where it is not known to the day."""
    when = _definition(type(item)).clinical_date(item)
    return local_days(when)[0] if when and len(when) >= _TO_THE_DAY else None


@lru_cache(maxsize=64)
def _definition(kind: type[Item]) -> CategoryDefinition[Any]:
    return next(one for one in CATEGORIES if one.item is kind)
