"""What a row of each kind of feed holds; a new kind is a struct here and a line in `ROWS`.

A row names a person by `number` and everything else by codes. Days are local UK days: `from` is the
first on which it holds, `until` the first on which it holds no more. An instant needs its offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from federation.authority import (
    Consent,
    EvidenceSource,
    Mark,
    MarkKind,
    Proxy,
    ProxyBasis,
    Relationship,
    RelationshipKind,
)
from federation.model import OdsCode
from federation.storage import Told

Code = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{3,10}\Z")]
Word = Annotated[str, Meta(pattern=r"\A[!-~]([ -~]{0,126}[!-~])?\Z")]
Instant = Annotated[datetime, Meta(tz=True)]
Hours = Annotated[int, Meta(ge=0, le=24 * 366)]


class Row(Protocol):
    """One row as it was read."""

    @property
    def number(self) -> str:
        """Whom it speaks of, still as it was written."""

    def fault(self) -> str | None:
        """What is wrong with its fields together, in words without any value; None if nothing."""

    def told(self, id_: str) -> Told:
        """The fact that it tells, under this id (unless the row has one of its own)."""


class _Dated(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"begins": "from", "ends": "until"},
):
    number: str
    begins: Instant
    ends: Instant | None = None

    def fault(self) -> str | None:
        if self.ends is not None and self.ends <= self.begins:
            return "`until` is not after `from`"
        return None


class RelationshipRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody is in the care of an organisation, or of one member of its staff.

    `issuer` and `subject` name that member as their identity provider does (the issuer by its id
    in the settings). `grace_hours` is how long it still counts after its end, where the kind's own
    time is not right. `evidence` is the id by which the sender can be asked about it.
    """

    kind: RelationshipKind
    organisation: Code
    issuer: Word | None = None
    subject: Word | None = None
    grace_hours: Hours | None = None
    evidence: Word | None = None

    def fault(self) -> str | None:
        if self.kind in (RelationshipKind.REGISTERED, RelationshipKind.SELF_DECLARED):
            return "`kind` is not for a feed to say"
        return _half_named(self.issuer, self.subject) or super().fault()

    def told(self, id_: str) -> Told:
        return Relationship(
            id=id_,
            kind=self.kind,
            source=EvidenceSource.FEED,
            organisation=OdsCode(self.organisation),
            subject=principal(self.issuer, self.subject),
            begins_at=self.begins,
            ends_at=self.ends,
            grace=None if self.grace_hours is None else timedelta(hours=self.grace_hours),
            evidence=self.evidence,
        )


class ConsentRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person wishes that something hidden by default be shown; `releases` is its class."""

    releases: Annotated[str, Meta(pattern=r"\A[A-Z][A-Z_]{2,40}\Z")]

    def told(self, id_: str) -> Told:
        return Consent(
            id=id_,
            releases=self.releases,
            recorded_at=self.begins,
            ends_at=self.ends,
        )


class ProxyRow(_Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody may act for the person. `id` is what their token names the relationship by.

    `review` is the day from which it is suspended until it has been looked at again.
    """

    id: Word
    issuer: Word
    subject: Word
    basis: ProxyBasis
    review: Instant | None = None

    def told(self, id_: str) -> Told:
        return Proxy(
            id=self.id,
            subject=f"{self.issuer}\x1f{self.subject}",
            basis=self.basis,
            begins_at=self.begins,
            review_at=self.review,
            ended_at=self.ends,
        )


class MarkRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark on the person: a watch list, an employer's list of its staff's own and kin, and so on.

    One that keeps looks out of the access log may name whose.
    """

    number: str
    kind: MarkKind
    issuer: Word | None = None
    subject: Word | None = None

    def fault(self) -> str | None:
        of_somebody = self.kind in (MarkKind.OWN_RECORD, MarkKind.FAMILY)
        if of_somebody and self.subject is None:
            return "a mark of this kind needs `issuer` and `subject`"
        if not of_somebody and self.subject is not None and self.kind is not MarkKind.UNLISTED:
            return "a mark of this kind has no `subject`"
        return _half_named(self.issuer, self.subject)

    def told(self, id_: str) -> Told:
        return Mark(id=id_, kind=self.kind, subject=principal(self.issuer, self.subject))


def principal(issuer: str | None, subject: str | None) -> str | None:
    """How the gateway names somebody who asks (`Requester.principal`); None where nobody is."""
    return None if issuer is None or subject is None else f"{issuer}\x1f{subject}"


def _half_named(issuer: str | None, subject: str | None) -> str | None:
    halves = (issuer is None) is not (subject is None)
    return "`issuer` and `subject` go together" if halves else None


ROWS: Mapping[str, type[Row]] = MappingProxyType(
    {
        "relationship": RelationshipRow,
        "consent": ConsentRow,
        "proxy": ProxyRow,
        "mark": MarkRow,
    }
)
"""What a row is, by the kind of feed."""


EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "number": "must be an NHS number",
        "from": "must be a day (2026-11-25) or an instant with its offset",
        "until": "must be a day (2026-11-25) or an instant with its offset",
        "review": "must be a day (2026-11-25) or an instant with its offset",
        "kind": "is none of the kinds that there are",
        "basis": f"must be one of {', '.join(ProxyBasis)}",
        "organisation": "must be an ODS code",
        "grace_hours": "must be a number of hours, a year at most",
        "releases": "must be a class of what is kept back, in capitals",
    }
)
"""What is wrong with a field that does not fit; the value itself is never told."""

MOMENTS = frozenset({"from", "until", "review"})
"""The fields that hold a day or an instant."""
