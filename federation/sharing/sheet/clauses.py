"""Clauses: what one row of the sheet comes to, each one Cedar rule, and the sentence for all.

A row that withholds things of which a clinician who treats the person must see the core spares that
core: allergies, medicines, alerts and decisions on resuscitation stay, without their origin. A
template (`templates.py`) chooses a clause's conditions; `cedar.py` writes it down.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from federation.flow import Disclosure
from federation.model import RequesterKind
from federation.sharing.sheet import conditions, words
from federation.sharing.sheet.conditions import Condition
from federation.sharing.sheet.rows import RuleRow
from federation.status import SourceCode

CORE = (
    'principal.treating && (["ALLERGIES", "MEDICATIONS", "ALERTS"].contains(resource.category)'
    " || resource.carriesCpr)"
)
"""What is never hidden from those who treat the person."""
_SPARED = (
    "Whoever treats the person sees allergies, medicines, alerts and decisions on resuscitation all"
    " the same"
)

_ROW = "The category's row says that it is not shared, whether or not anything is held"


class Clause(Struct, frozen=True, kw_only=True):
    """One Cedar rule: it forbids `action` where every `when` holds and no `unless` does.

    `part` is what its id has behind the row's, where a row comes to more than one rule.
    """

    action: str
    when: tuple[str, ...]
    unless: tuple[str, ...] = ()
    part: str = ""
    code: SourceCode | None = None
    disclosure: Disclosure = Disclosure.WITHHOLD_NOTICE
    liftable: bool = False
    redact: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()


class Meaning(Struct, frozen=True, kw_only=True):
    """What a row means: its clauses, and one English sentence or a few."""

    clauses: tuple[Clause, ...]
    english: str


def withholds(
    row: RuleRow,
    narrowed: Iterable[Condition],
    sentence: str,
    *,
    of_items: bool,
    code: SourceCode = SourceCode.NOT_PERMITTED,
) -> Meaning:
    """Things are kept back where these conditions hold.

    The core is spared wherever it would be kept back in silence: hidden, or item by item with
    nothing but the general notice; its origin goes where that would tell what is sensitive in it.
    """
    disclosure = row.disclosure or Disclosure.WITHHOLD_NOTICE
    liftable = row.liftable or False
    silent = disclosure is Disclosure.HIDE or (
        of_items and disclosure is Disclosure.WITHHOLD_NOTICE
    )
    telling = bool(row.classes or row.labels or row.custodians or row.author_roles)
    spares = silent and (not row.kinds or RequesterKind.PROFESSIONAL in row.kinds)
    clause = Clause(
        action="see",
        when=tuple(one.cedar for one in narrowed),
        unless=(CORE,) if spares else (),
        code=code,
        disclosure=disclosure,
        liftable=liftable,
    )
    quiet = disclosure is Disclosure.WITHHOLD_NOTICE and not of_items
    told = [sentence, f"{_ROW if quiet else words.DISCLOSURES[disclosure]}."]
    clauses = [clause]
    if spares:
        told.append(f"{_SPARED}{', without who recorded them, where and why' if telling else ''}.")
    if spares and telling:
        clauses.append(
            Clause(
                action="see-whole",
                when=(*clause.when, CORE),
                part="origin",
                liftable=liftable,
                redact=("origin",),
            )
        )
    told.append(_lifting(liftable=liftable))
    return Meaning(clauses=tuple(clauses), english=_joined(row, told))


def asks(row: RuleRow, narrowed: Iterable[Condition], sentence: str, **what: Any) -> Meaning:
    """Things are shown without some fields (`redact`), or with something asked (`obligations`)."""
    clause = Clause(
        action="see-whole",
        when=tuple(one.cedar for one in narrowed),
        liftable=row.liftable or False,
        **what,
    )
    told = [sentence] + ([_lifting(liftable=True)] if clause.liftable else [])
    return Meaning(clauses=(clause,), english=_joined(row, told))


def dated(row: RuleRow, meaning: Meaning) -> Meaning:
    """The same, for as long as the row says."""
    days = tuple(conditions.when(row))
    if not days:
        return meaning
    cedar = tuple(one.cedar for one in days)
    return replace(
        meaning,
        clauses=tuple(replace(one, when=(*cedar, *one.when)) for one in meaning.clauses),
        english=f"{meaning.english} This holds {' '.join(one.english for one in days)}.",
    )


def _lifting(*, liftable: bool) -> str:
    if liftable:
        return "Emergency access lifts this."
    return "Emergency access does not lift this."


def _joined(row: RuleRow, told: Iterable[str]) -> str:
    return f"{' '.join(told)} Why: {row.reason}."
