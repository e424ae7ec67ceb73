"""What a verified token says, as a `Requester`. Whether to believe it is `verify.py`'s affair.

Looked at are `kind`, `roles`, `selected_role` and `nhs_number` beside the standard claims. Texts
are bounded and free of control characters, since subjects, roles and codes are joined into keys
further on, and of halves of characters, which cannot be written down.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from federation.errors import InvalidNhsNumberError
from federation.model import AvailableRole, Organisation, Requester, RequesterKind
from federation.nhs_number import NhsNumber, parse_nhs_number

_PRINTED = r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTED)]
KINDS = {kind.lower(): kind for kind in RequesterKind}
MOST_ROLES = 64


class ClaimsError(Exception):
    """The claims do not describe a requester. The text names no value of them."""


class OrganisationClaim(Struct, frozen=True, kw_only=True, rename="camel"):
    """The organisation that a role is held in."""

    ods_code: Text
    name: Text
    kind: Text
    region: Text


class RoleClaim(Struct, frozen=True, kw_only=True, rename="camel"):
    """One role that the caller holds."""

    id: Text
    role: Text
    role_name: Text | None = None
    organisation: OrganisationClaim | None = None


class Claims(Struct, frozen=True, kw_only=True):
    """The claims that are looked at; others are left alone."""

    sub: Text
    kind: Text
    name: Text | None = None
    roles: Annotated[tuple[RoleClaim, ...], Meta(max_length=MOST_ROLES)] = ()
    selected_role: Text | None = None
    nhs_number: Text | None = None


def requester_from(raw: dict[str, Any]) -> Requester:
    """The requester whom verified claims speak of; raises `ClaimsError`."""
    try:
        claims = msgspec.convert(raw, Claims)
    except msgspec.ValidationError as fault:
        raise ClaimsError("a claim is missing or has another shape") from fault
    kind = KINDS.get(claims.kind)
    if kind is None:
        raise ClaimsError("`kind` is not one of those known")
    selected = _selected(claims)
    return Requester(
        subject=claims.sub,
        kind=kind,
        name=claims.name,
        role=selected.role if selected else None,
        role_name=selected.role_name if selected else None,
        organisation=_organisation(selected),
        available_roles=tuple(map(_available, claims.roles)),
        person=_person(claims, kind),
    )


def _selected(claims: Claims) -> RoleClaim | None:
    """The role they act in: the one they chose, or the only one; never several at once."""
    by_id = {role.id: role for role in claims.roles}
    if len(by_id) != len(claims.roles):
        raise ClaimsError("two roles have the same id")
    if claims.selected_role is not None:
        if claims.selected_role not in by_id:
            raise ClaimsError("`selected_role` is none of the roles")
        return by_id[claims.selected_role]
    return claims.roles[0] if len(claims.roles) == 1 else None


def _available(role: RoleClaim) -> AvailableRole:
    return AvailableRole(id=role.id, role=role.role, organisation=_organisation(role))


def _organisation(role: RoleClaim | None) -> Organisation | None:
    if role is None or role.organisation is None:
        return None
    claim = role.organisation
    return Organisation(
        ods_code=claim.ods_code, name=claim.name, kind=claim.kind, region=claim.region
    )


def _person(claims: Claims, kind: RequesterKind) -> NhsNumber | None:
    """A citizen's own number. Of anybody else it would mean nothing, and is left out."""
    if kind is not RequesterKind.CITIZEN:
        return None
    if claims.nhs_number is None:
        raise ClaimsError("a citizen's token has no `nhs_number`")
    try:
        return parse_nhs_number(claims.nhs_number)
    except InvalidNhsNumberError as fault:
        raise ClaimsError("a citizen's `nhs_number` is not valid") from fault
