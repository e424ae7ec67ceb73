"""Whom one can ask as in the demo, read from `personas.toml`. `issuer.py` signs their tokens."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct


class PersonaOrganisation(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a role is held."""

    ods_code: str
    name: str
    kind: str
    region: str


class PersonaRole(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One role that a persona holds."""

    id: str
    role: str
    role_name: str
    organisation: PersonaOrganisation | None = None


class Persona(Struct, frozen=True, kw_only=True):
    """Somebody to ask as. A citizen's name and number are those of the first curated person."""

    slug: str
    title: str
    kind: Literal["professional", "citizen", "operator"]
    name: str | None = None
    roles: tuple[PersonaRole, ...] = ()

    @property
    def role(self) -> str:
        """The roles, for a list."""
        return ", ".join(f"{role.role} {role.role_name}" for role in self.roles)

    @property
    def region(self) -> str:
        """The regions, for a list."""
        places = (role.organisation.region for role in self.roles if role.organisation)
        return ", ".join(dict.fromkeys(places))


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    persona: tuple[Persona, ...]


def personas() -> dict[str, Persona]:
    """Every persona by slug, in the order of the file."""
    text = files("demo").joinpath("personas.toml").read_bytes()
    return {each.slug: each for each in msgspec.toml.decode(text, type=_File).persona}
