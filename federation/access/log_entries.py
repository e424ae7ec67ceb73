"""What a reader of the access log may know: which events are entries for them, and what each says.

The person reads of looks, in which role and for which organisation; a privacy officer reads what
their own organisation's staff did, with names. Nothing here comes from what a look found: only from
who asked, when, why, for what and of whom, so that nothing hidden shows through. Decided from the
event alone, so that an entry stands or not whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from msgspec import Struct

from federation.audit import EventKind, Opened
from federation.audit.event import Asker
from federation.authority import Mark, MarkKind
from federation.case import CITIZENS
from federation.deeds import ListedLook, LookKind
from federation.model import NodeId, Organisation, Purpose, Requester, RequesterKind, principal_of
from federation.nhs_number import NhsNumber
from federation.sharing.facts import local_day
from federation.sharing.roles import ROLE_NAMES, SOCIAL_CARE

_FOR_THE_PERSON = frozenset(
    (
        EventKind.VIEW,
        EventKind.BREAK_GLASS,
        EventKind.DECLARE_RELATIONSHIP,
        EventKind.ACCESS_LOG,
    )
)
_FOR_OFFICERS = _FOR_THE_PERSON | {EventKind.REFUSAL}
"""A refused request showed nothing. A person who read of each mistyped number would be afraid for
nothing; an officer looks for those who try."""
_TELLING_KINDS = frozenset(
    ("local-authority", "sexual-health", "mental-health", "police", "prison")
)
"""Organisations of which it tells something that they looked at all."""
_CITIZEN_ROLES = {
    RequesterKind.CITIZEN: "The person themselves",
    RequesterKind.PROXY: "Somebody who acts for the person",
}
_NO_ROLE = "Role not known"


class Reader(Struct, frozen=True, kw_only=True):
    """Who reads, about a person of these numbers.

    `officer_of` is the organisation whose officer they are; None: the person, or who acts for them.
    `coerced`: somebody else may be reading along. `unlisted` are the marks that keep looks out.
    """

    principal: str
    proxy: bool
    officer_of: str | None
    numbers: frozenset[NhsNumber]
    coerced: bool
    unlisted: frozenset[str | None]

    @classmethod
    def of(
        cls, requester: Requester, numbers: frozenset[NhsNumber], marks: Iterable[Mark]
    ) -> Reader:
        """The reader that a requester is."""
        organisation = requester.organisation
        officer = requester.kind not in CITIZENS
        by_kind = [(mark.kind, mark.subject) for mark in marks]
        return cls(
            principal=requester.principal,
            proxy=requester.kind is RequesterKind.PROXY,
            # An officer of no organisation answers for nobody.
            officer_of=((organisation and organisation.ods_code) or "") if officer else None,
            numbers=numbers,
            coerced=any(kind is MarkKind.COERCED for kind, _ in by_kind),
            unlisted=frozenset(one for kind, one in by_kind if kind is MarkKind.UNLISTED),
        )


class Entries:
    """Makes entries for one reader.

    `organisation` says what the directory says of a code on a day, `region_of` names a node's.
    """

    def __init__(
        self,
        reader: Reader,
        organisation: Callable[[str, date], Organisation],
        region_of: Mapping[NodeId, str],
    ) -> None:
        self._reader = reader
        self._organisation = organisation
        self._region_of = region_of

    def entry(self, event: Opened, id: str) -> ListedLook | None:  # noqa: A002 - the struct's own name for it
        """The entry under this id; None where the event is none for this reader."""
        asker = event.plain.asker
        if asker is None or event.sealed.number not in self._reader.numbers:
            return None
        organisation = self._listed(event, asker)
        if not self._may_know(event, asker, organisation):
            return None
        plain, officer = event.plain, self._reader.officer_of is not None
        return ListedLook(
            id=id,
            kind=LookKind(plain.kind.value),
            at=plain.at,
            name=event.sealed.name if officer else None,
            role=role_words(asker),
            organisation=organisation if self._may_place(event) else None,
            purpose=purpose_of(event),
            categories=plain.categories,
            emergency=_is_emergency(event),
            emergency_reason=plain.grant.reason_code if plain.grant and officer else None,
            regions=self._regions(plain.nodes),
        )

    def _may_know(self, event: Opened, asker: Asker, organisation: Organisation | None) -> bool:
        kind, reader = event.plain.kind, self._reader
        if reader.officer_of is not None:
            own = asker.organisation is not None and asker.organisation == reader.officer_of
            return own and kind in _FOR_OFFICERS
        mine = principal_of(event.sealed.issuer, event.sealed.subject) == reader.principal
        if kind not in _FOR_THE_PERSON or (mine and kind is EventKind.ACCESS_LOG):
            return False
        if reader.proxy and asker.kind in CITIZENS:
            # What the person does with their own record is not for those who act for them.
            return mine
        return not self._keeps_out(event, asker, organisation)

    def _keeps_out(self, event: Opened, asker: Asker, organisation: Organisation | None) -> bool:
        """Whether this look must not come before these eyes."""
        reader = self._reader
        if principal_of(event.sealed.issuer, event.sealed.subject) in reader.unlisted:
            return True
        social = asker.role in SOCIAL_CARE
        kind = organisation.kind if organisation else None
        if None in reader.unlisted and (social or kind == "local-authority"):
            return True
        # Before the eyes of a parent, or of whoever stands behind somebody.
        return (reader.proxy or reader.coerced) and (social or kind in _TELLING_KINDS)

    def _may_place(self, event: Opened) -> bool:
        """Whether it may be said where somebody was looked at: it tells where they are.

        To whoever acts for a person only of a look that was made on the word that they need no
        protection.
        """
        footing = event.sealed.footing
        return not self._reader.proxy or (footing is not None and not footing.about.restricted)

    def _listed(self, event: Opened, asker: Asker) -> Organisation | None:
        if asker.organisation is None:
            return None
        return self._organisation(asker.organisation, local_day(event.plain.at))

    def _regions(self, nodes: Iterable[NodeId]) -> tuple[str, ...] | None:
        # Whom a person has shut out shows in who was not asked, and is theirs to tell.
        if self._reader.proxy:
            return None
        return tuple(sorted({self._region_of[node] for node in nodes if node in self._region_of}))


def role_words(asker: Asker | None) -> str:
    """In which role somebody asked, as a word."""
    if asker is None:
        return _NO_ROLE
    if asker.kind in _CITIZEN_ROLES:
        return _CITIZEN_ROLES[asker.kind]
    return ROLE_NAMES.get(asker.role or "", asker.role or _NO_ROLE)


def purpose_of(event: Opened) -> Purpose:
    """As it was said; else what a deed of staff was for: the others name their purpose."""
    if event.plain.purpose is not None:
        return event.plain.purpose
    broken = event.plain.kind is EventKind.BREAK_GLASS
    return Purpose.EMERGENCY if broken else Purpose.DIRECT_CARE


def _is_emergency(event: Opened) -> bool:
    return (
        event.plain.kind is EventKind.BREAK_GLASS
        or event.plain.purpose is Purpose.EMERGENCY
        or event.sealed.granted
    )
