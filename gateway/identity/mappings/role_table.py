"""Who holds which role in an organisation without smartcards: a table that the organisation signs.

The organisation's privacy lead keeps the table and signs it with a key whose public half is
enrolled in the settings; nothing in it is believed without. A table gives roles at its own
organisation alone, of those alone that the settings let it give, to people of its own provider
alone, and for no longer than it says. Whoever stands in no row has no role.

    issuer = "https://sign-in.council.example"
    organisation = "Z99280"
    version = "7"
    valid_until = 2027-04-01

    [[role]]
    id = "adult-social-work"
    group = "Adult social workers"
    role = "R1330"
    role_name = "Social worker"
    from = 2026-04-01

The file is a compact JWS (RFC 7515) over such a TOML text, or the same as JSON, with `typ` in its
header as below, so that a signature made for something else never makes a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key
from msgspec import Meta, Struct

from federation.errors import SettingsError
from gateway.identity.algorithms import ALGORITHMS
from gateway.identity.keys import load_public_key
from gateway.identity.mappings.base import ClaimedRole, OrganisationCode, RoleCode, Text

TYPE = "watling-role-table"
MOST_BYTES = 4 * 1024 * 1024
Slug = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]


class RoleTableSettings(Struct, frozen=True, kw_only=True):
    """One organisation's table: whose it is, where it lies, and which roles it may give.

    `issuer` is the id of the issuer whose people it speaks of; `key_file` is the public key (JWK)
    of whoever signs it.
    """

    issuer: str
    organisation: OrganisationCode
    table_file: Path
    key_file: Path
    roles: Annotated[tuple[RoleCode, ...], Meta(min_length=1)]


class RoleRow(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"begins": "from", "ends": "until"},
):
    """One `[[role]]`: a subject, or everybody of a group, holds this role for some time."""

    id: Slug
    role: RoleCode
    role_name: Text | None = None
    subject: Text | None = None
    group: Text | None = None
    begins: date | None = None
    ends: date | None = None

    def gives(self, subject: str, groups: Iterable[str], day: date) -> bool:
        """Whether this person holds it on this day."""
        in_force = (self.begins is None or self.begins <= day) and (
            self.ends is None or day < self.ends
        )
        theirs = self.subject == subject or (self.group is not None and self.group in groups)
        return in_force and theirs


class RoleTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an organisation signed. `valid_until` is the first day on which it gives nothing."""

    issuer: Text
    organisation: OrganisationCode
    version: Text
    valid_until: date
    role: Annotated[tuple[RoleRow, ...], Meta(max_length=5000)] = ()

    def roles_of(self, subject: str, groups: Iterable[str], day: date) -> Iterator[ClaimedRole]:
        """The roles that it gives to somebody on a day."""
        if day >= self.valid_until:
            return
        for row in self.role:
            if row.gives(subject, groups, day):
                yield ClaimedRole(
                    id=f"{self.organisation}/{row.id}",
                    role=row.role,
                    role_name=row.role_name,
                    organisation=self.organisation,
                )


def load_role_table(settings: RoleTableSettings, issuer: str) -> RoleTable:
    """The table of a file, believed by its signature; raises `SettingsError` naming the file.

    `issuer` is the `iss` of the provider that the settings bind it to.
    """
    place = str(settings.table_file)
    payload = _signed(settings.table_file, load_public_key(settings.key_file))
    table = read_role_table(payload, place)
    if table.organisation != settings.organisation or table.issuer != issuer:
        raise SettingsError(f"{place}: is another organisation's table, or another issuer's")
    beyond = {row.role for row in table.role}.difference(settings.roles)
    if beyond:
        names = ", ".join(sorted(beyond))
        raise SettingsError(f"{place}: gives roles that the settings do not let it give: {names}")
    return table


def read_role_table(payload: bytes, place: str) -> RoleTable:
    """The table of a text, TOML or JSON, not yet believed; raises `SettingsError`."""
    decode = msgspec.json.decode if payload.lstrip()[:1] == b"{" else msgspec.toml.decode
    try:
        table = msgspec.convert(decode(payload), RoleTable)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        text = str(fault)
        raise SettingsError(f"{place}: {text[:1].lower()}{text[1:]}") from fault
    ids = [row.id for row in table.role]
    for number, row in enumerate(table.role, start=1):
        where = f"{place}: role {number} (`{row.id}`)"
        if (row.subject is None) is (row.group is None):
            raise SettingsError(f"{where}: needs either `subject` or `group`")
        if row.begins and row.ends and row.ends <= row.begins:
            raise SettingsError(f"{where}: `until` is not after `from`")
    if len(set(ids)) != len(ids):
        raise SettingsError(f"{place}: two roles have the same id")
    return table


def sign_role_table(payload: bytes, key: Key) -> str:
    """The signed form of a table's text."""
    algorithm = str(key.get("alg") or "ES256")
    header: dict[str, Any] = {"alg": algorithm, "typ": TYPE}
    return jws.serialize_compact(header, payload, key, algorithms=list(ALGORITHMS))


def _signed(path: Path, key: Key) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).strip()
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    if len(text) > MOST_BYTES:
        raise SettingsError(f"{path}: is too large for a table of roles")
    try:
        signed = jws.deserialize_compact(text, key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError) as fault:
        raise SettingsError(f"{path}: is not signed with the key that is enrolled") from fault
    if signed.headers().get("typ") != TYPE:
        raise SettingsError(f"{path}: is signed, but not as a table of roles")
    return bytes(signed.payload)
