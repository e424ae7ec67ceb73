"""Whom one can ask as in the demo, read from `personas.toml`. `issuer.py` signs their tokens."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

DeviceWord = Literal["managed", "mobile", "shared"]
IssuerId = Literal["cis2", "nhs-login", "staff"]


class PersonaRole(Struct, frozen=True, kw_only=True):
    """One role that a persona holds; `organisation` is a code of `organisations.toml`."""

    id: str
    role: str
    role_name: str
    organisation: str


class PersonaProxy(Struct, frozen=True, kw_only=True):
    """What lets somebody act for another person, as their token says it."""

    id: str
    review: date


class Persona(Struct, frozen=True, kw_only=True):
    """Somebody to ask as. `issuer` is the id of an issuer in the demo's settings.

    `person` is the slug of a curated person: of whoever asks about themselves their own, and their
    name with it; of a proxy whom they act for.
    """

    slug: str
    title: str
    issuer: IssuerId
    subject: str
    name: str | None = None
    roles: tuple[PersonaRole, ...] = ()
    device: DeviceWord = "managed"
    person: str | None = None
    proofing: Literal["P0", "P5", "P9"] = "P9"
    proxy: PersonaProxy | None = None

    @property
    def principal(self) -> str:
        """How the gateway names them (`federation.model.Requester.principal`)."""
        return f"{self.issuer}\x1f{self.subject}"

    @property
    def role(self) -> str:
        """The roles, for a list."""
        return ", ".join(f"{role.role} {role.role_name}" for role in self.roles)

    @property
    def organisation(self) -> str:
        """The codes of the organisations that they act for, for a list."""
        return ", ".join(dict.fromkeys(role.organisation for role in self.roles))


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    persona: tuple[Persona, ...]


def personas() -> dict[str, Persona]:
    """Every persona by slug, in the order of the file."""
    text = files("demo").joinpath("personas.toml").read_bytes()
    return {each.slug: each for each in msgspec.toml.decode(text, type=_File).persona}
