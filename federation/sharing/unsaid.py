"""What a recorded class does not say: details of things that nobody asked for when it was decided.

A rule that keeps back what is older than a year knows nothing of a thing whose day was not looked
at. Whether that could matter is tried out with values that the sheet itself names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from federation.case import ItemClass
from federation.sharing.sheet import Sheet
from federation.sharing.sheet.rows import AgreementRow, RuleRow

LONG_AGO = date(1900, 1, 1)
_ANYBODY = "?"
"""Stands for somebody of whom no row speaks, for rules that an expert wrote: they may mean all."""


def unsaid(
    sheet: Sheet, kind: ItemClass, missing: frozenset[str], organisation: str
) -> Iterator[ItemClass]:
    """The class once more for each row of the sheet, with the missing details that it asks for.

    `organisation` is the requester's: what it keeps itself is of another class already.
    """
    if not missing:
        return
    rows: tuple[RuleRow | AgreementRow, ...] = (*sheet.rules, *sheet.agreements)
    for row in rows:
        dated = getattr(row, "before", None) or getattr(row, "older_than_days", None)
        details = {
            "custodian": _other_than(organisation, row.custodians),
            "author_role": next(iter(getattr(row, "author_roles", ())), None),
            "day": LONG_AGO if dated else None,
        }
        known = {name: value for name, value in details.items() if value and name in missing}
        if known:
            yield replace(kind, **known)
    if sheet.cedar.strip():
        every = {"custodian": _ANYBODY, "author_role": _ANYBODY, "day": LONG_AGO}
        yield replace(kind, **{name: every[name] for name in sorted(missing)})


def _other_than(organisation: str, custodians: Sequence[str]) -> str | None:
    return next((one for one in custodians if one != organisation), None)
