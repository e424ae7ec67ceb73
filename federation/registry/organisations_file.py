"""The file of organisations: reads and checks it. What it means is in `organisations.py`.

A file with a fault is refused whole, naming the file and the row. Days are local UK days; `until`
and `grace_until` are the first day on which it no longer holds.

    [[organisation]]
    code = "RQW"
    name = "Princess Alexandra Hospital"
    phone = "01632 960000"
    belongs = [
        { kind = "acute", region = "hertfordshire-west-essex", until = 2026-04-01 },
        { kind = "acute", region = "essex", from = 2026-04-01 },
    ]
    assured = [{ from = 2026-06-30, until = 2027-06-30, grace_until = 2027-08-31 }]
    suspended = [{ from = 2026-11-02, by = "Nell Hathersage, information governance lead" }]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.model import OdsCode, RegionId
from federation.registry.organisations import (
    Assurance,
    Belonging,
    DirectoryEntry,
    Organisations,
    Period,
    Suspension,
)

Code = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{3,10}\Z")]
Slug = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Words = Annotated[str, Meta(pattern=r"\A\S(.*\S)?\Z", max_length=200)]


class _Dated(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"begins": "from", "ends": "until"},
):
    begins: date | None = None
    ends: date | None = None

    def period(self) -> Period:
        return Period(begins=self.begins, ends=self.ends)


class BelongsRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of `belongs`."""

    kind: Slug
    region: Slug


class AssuredRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of `assured`."""

    grace_until: date | None = None


class SuspendedRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of `suspended`."""

    by: Words


class OrganisationRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[organisation]]` of the file."""

    code: Code
    name: Words
    phone: Words | None = None
    belongs: Annotated[tuple[BelongsRow, ...], Meta(min_length=1)]
    assured: tuple[AssuredRow, ...] = ()
    suspended: tuple[SuspendedRow, ...] = ()


class OrganisationsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file before its rows are read, so that a fault can name its row."""

    organisation: tuple[dict[str, Any], ...] = ()


def load_organisations(path: Path) -> Organisations:
    """Read the file; raises `SettingsError`, naming the file and the row that is wrong."""
    return Organisations(_entries(_read(path), path))


def _read(path: Path) -> OrganisationsFile:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=OrganisationsFile)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path}: {_lowered(fault)}") from fault


def _entries(file: OrganisationsFile, path: Path) -> Iterator[DirectoryEntry]:
    seen: set[str] = set()
    for number, raw in enumerate(file.organisation, start=1):
        place = f"{path}: organisation {number} (`{raw.get('code', 'without a code')}`)"
        try:
            row = msgspec.convert(raw, OrganisationRow)
        except msgspec.ValidationError as fault:
            raise SettingsError(f"{place}: {_lowered(fault)}") from fault
        if row.code in seen:
            raise SettingsError(f"{place}: an earlier row has the same code")
        seen.add(row.code)
        yield _entry(row, place)


def _entry(row: OrganisationRow, place: str) -> DirectoryEntry:
    for dated in (*row.belongs, *row.assured, *row.suspended):
        if dated.begins and dated.ends and dated.ends <= dated.begins:
            raise SettingsError(f"{place}: `until` is not after `from`")
    for assured in row.assured:
        if assured.grace_until and (not assured.ends or assured.grace_until < assured.ends):
            raise SettingsError(f"{place}: `grace_until` is not after `until`")
    _check_one_at_a_time(row.belongs, place)
    return DirectoryEntry(
        code=OdsCode(row.code),
        name=row.name,
        phone=row.phone,
        belongings=tuple(
            Belonging(during=one.period(), kind=one.kind, region=RegionId(one.region))
            for one in row.belongs
        ),
        assurances=tuple(
            Assurance(during=one.period(), grace_ends=one.grace_until) for one in row.assured
        ),
        suspensions=tuple(Suspension(during=one.period(), by=one.by) for one in row.suspended),
    )


def _check_one_at_a_time(rows: Iterable[BelongsRow], place: str) -> None:
    """No day may have two answers: which one counts would hang on the order of the rows."""
    in_order = sorted(rows, key=lambda one: one.begins or date.min)
    for earlier, later in pairwise(in_order):
        if earlier.ends is None or later.begins is None or later.begins < earlier.ends:
            raise SettingsError(f"{place}: two rows of `belongs` hold on one day")


def _lowered(fault: Exception) -> str:
    text = str(fault)
    return text[:1].lower() + text[1:]
