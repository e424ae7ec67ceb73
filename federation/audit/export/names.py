"""Under which names people stand in an export: their own, or pseudonyms that tell nothing.

A pseudonym is a keyed hash: the same person has the same one throughout the log and in every export
under the same audit key, whoever looks has another than whoever is looked at, and nobody without
the key can find out whose it is or make one.
"""

from __future__ import annotations

from msgspec import Struct

from federation.audit.chain import Opened
from federation.audit.seal import Sealer
from federation.model import principal_of
from federation.nhs_number import NHS_NUMBER_SYSTEM

PSEUDONYM_OF_STAFF = "urn:watling:pseudonym:requester"
PSEUDONYM_OF_PERSON = "urn:watling:pseudonym:person"
OPERATORS = "urn:watling:operator"
"""Accounts on the machine, which no identity provider knows."""
HOST_SYSTEMS = "urn:watling:host-system"
"""Systems that post launches, by their ids in the settings."""
ISSUER = "urn:watling:issuer:"
"""Before an identity provider's id in the settings."""


class Name(Struct, frozen=True, kw_only=True):
    """Somebody by a system and a value in it; `words` is what they are called, where that shows."""

    system: str
    value: str
    words: str | None = None


class Names:
    """Gives names. `identities`: their own, and with them whatever else of an event was sealed."""

    def __init__(self, sealer: Sealer, *, identities: bool) -> None:
        self._sealer = sealer
        self.identities = identities

    def who(self, event: Opened) -> Name:
        """Whoever asked, the host system that posted a launch, or the operator who did it."""
        sealed, plain = event.sealed, event.plain
        if plain.asker is None and plain.vouched_by is not None:
            return Name(system=HOST_SYSTEMS, value=plain.vouched_by)
        if self.identities:
            system = f"{ISSUER}{sealed.issuer}" if plain.asker else OPERATORS
            return Name(system=system, value=sealed.subject, words=sealed.name)
        principal = principal_of(sealed.issuer, sealed.subject)
        return Name(system=PSEUDONYM_OF_STAFF, value=self._sealer.pseudonym("staff", principal))

    def whom(self, event: Opened) -> Name | None:
        """Whose record it is about, where it is about one."""
        number = event.sealed.number
        if number is None:
            return None
        if self.identities:
            return Name(system=NHS_NUMBER_SYSTEM, value=number)
        return Name(system=PSEUDONYM_OF_PERSON, value=self._sealer.pseudonym("person", number))
