"""The applications that providers have registered, and what they are used on.

    [[clients]]
    issuer = "cis2"
    id = "4711.ward-viewer"
    name = "Ward viewer"
    device = "SHARED"

A token names its client (`azp`, else `client_id`); what the application says of itself is never
asked. One that no row knows is used on who knows what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.model import Device

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class ClientSettings(Struct, frozen=True, kw_only=True):
    """One application: its id at an issuer, and what it is used on."""

    issuer: str
    id: Name
    name: Name
    device: Device


class Clients:
    """Every application that is known, by issuer and id; raises `SettingsError` for two of one."""

    def __init__(self, rows: Iterable[ClientSettings] = ()) -> None:
        self._rows: dict[tuple[str, str], ClientSettings] = {}
        for row in rows:
            if (row.issuer, row.id) in self._rows:
                raise SettingsError(f"`clients`: two rows have the id `{row.id}` at `{row.issuer}`")
            self._rows[row.issuer, row.id] = row

    def of(self, issuer: str, claims: Mapping[str, Any]) -> ClientSettings | None:
        """The application that a believed token was made for; None where it is not known."""
        for claim in ("azp", "client_id"):
            said = claims.get(claim)
            if said is not None:
                return self._rows.get((issuer, said)) if isinstance(said, str) else None
        return None
