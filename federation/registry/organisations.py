"""The directory of organisations: kind, region and standing of each, by day.

Organisations change hands, close and merge, and data-security assurance lapses, so whatever is said
of one is dated: a change of boundaries is a new row and no new code. Whoever looks one up says the
day. What a kind or a standing opens is for the sharing rules; reading the file is
`organisations_file.py`'s affair.

Source: the Organisation Data Service keeps codes, types and their dates; the Data Security and
Protection Toolkit keeps who meets its standards.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from federation.model import OdsCode, Organisation, RegionId, Standing


class Period(Struct, frozen=True, kw_only=True):
    """Local UK days from `begins` up to, and not including, `ends`; None: without that end."""

    begins: date | None = None
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether this day is one of them."""
        return (self.begins is None or self.begins <= day) and (
            self.ends is None or day < self.ends
        )


class Belonging(Struct, frozen=True, kw_only=True):
    """What sort of organisation it is and to which region it belongs, for some time."""

    during: Period
    kind: str
    region: RegionId


class Assurance(Struct, frozen=True, kw_only=True):
    """That it met the data-security standard, for some time, and how long it has to renew after.

    `grace_ends` (not included) None: no time is given. Grace is data, so that nobody is cut off
    from care overnight without somebody having written down the day.
    """

    during: Period
    grace_ends: date | None = None

    def grace(self, day: date) -> bool:
        """Whether it has lapsed and the time to renew is running."""
        lapsed = self.during.ends
        return (
            lapsed is not None
            and lapsed <= day
            and self.grace_ends is not None
            and day < self.grace_ends
        )


class Suspension(Struct, frozen=True, kw_only=True):
    """A named person suspended it, for some time, whatever its assurance says."""

    during: Period
    by: str


class DirectoryEntry(Struct, frozen=True, kw_only=True):
    """Everything that the directory says of one organisation."""

    code: OdsCode
    name: str
    phone: str | None = None
    belongings: tuple[Belonging, ...] = ()
    assurances: tuple[Assurance, ...] = ()
    suspensions: tuple[Suspension, ...] = ()

    def standing(self, day: date) -> Standing:
        """Its data-security standing on this day; UNKNOWN before anything was ever said."""
        if any(one.during.holds(day) for one in self.suspensions):
            return Standing.LAPSED
        if any(one.during.holds(day) for one in self.assurances):
            return Standing.MET
        if any(one.grace(day) for one in self.assurances):
            return Standing.GRACE
        ended = (one.during.ends for one in self.assurances)
        if any(end is not None and end <= day for end in ended):
            return Standing.LAPSED
        return Standing.UNKNOWN

    def belonging(self, day: date) -> Belonging | None:
        """What it is and where, on this day; None while it is not open."""
        return next((one for one in self.belongings if one.during.holds(day)), None)


class Listed(Struct, frozen=True, kw_only=True):
    """An organisation as it is on one day."""

    organisation: Organisation
    standing: Standing


class Organisations:
    """Every organisation that the network knows, by code."""

    def __init__(self, entries: Iterable[DirectoryEntry] = ()) -> None:
        self._entries = {entry.code: entry for entry in entries}

    def at(self, code: str, day: date) -> Listed:
        """What the directory says of a code on a day.

        Of a code that it does not know, or that is not open on that day, nothing but the code: no
        kind, no region, UNKNOWN standing, so that no rule opens anything for it.
        """
        entry = self._entries.get(OdsCode(code))
        belonging = entry.belonging(day) if entry else None
        if entry is None or belonging is None:
            nameless = Organisation(ods_code=code, name=entry.name if entry else code)
            return Listed(organisation=nameless, standing=Standing.UNKNOWN)
        return Listed(
            organisation=Organisation(
                ods_code=code,
                name=entry.name,
                kind=belonging.kind,
                region=belonging.region,
                phone=entry.phone,
            ),
            standing=entry.standing(day),
        )
