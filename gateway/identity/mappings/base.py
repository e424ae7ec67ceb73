"""What every mapping reads a token's claims into, and the interface of a mapping.

A mapping knows the claims of one kind of provider and nothing else: not the directory of
organisations, which says what an organisation's code is worth, nor the clients, nor the rules.
Claims of a believed token are still untrusted in shape: texts are bounded and free of control
characters, since subjects, roles and codes are joined into keys further on, and of halves of
characters, which cannot be written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from federation.errors import InvalidNhsNumberError
from federation.model import RequesterKind
from federation.nhs_number import NhsNumber, parse_nhs_number

_PRINTED = r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTED)]
RoleCode = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]*\Z", max_length=64)]
OrganisationCode = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{3,10}\Z")]
MOST_ROLES = 64


class ClaimsError(Exception):
    """The claims do not describe a requester. The text names no value of them."""


class ClaimedRole(Struct, frozen=True, kw_only=True):
    """One role that the caller holds, at one organisation (its ODS code)."""

    id: str
    role: str
    role_name: str | None = None
    organisation: str


class Claimed(Struct, frozen=True, kw_only=True):
    """Whom a token speaks of, before the directory of organisations has been asked.

    `selected` is the one role they act in, None while they hold several and chose none, or hold
    none. `assurance` is 0 to 3 as in `federation.model.Requester`. `review` is the day on which a
    proxy must have been looked at again: on it and after it the token is not taken.
    """

    subject: str
    kind: RequesterKind
    name: str | None = None
    roles: tuple[ClaimedRole, ...] = ()
    selected: ClaimedRole | None = None
    assurance: int = 0
    session: str | None = None
    person: NhsNumber | None = None
    proxy_id: str | None = None
    review: date | None = None


ReadClaims = Callable[[Mapping[str, Any], date], Claimed]
"""A mapping: whom the claims speak of on this local day; raises `ClaimsError`."""

T = TypeVar("T", bound=Struct)


def read(claims: Mapping[str, Any], shape: type[T]) -> T:
    """The claims that a mapping looks at; raises `ClaimsError` for a missing or misshapen one."""
    try:
        return msgspec.convert(claims, shape)
    except msgspec.ValidationError as fault:
        raise ClaimsError("a claim is missing or has another shape") from fault


def the_one_of(roles: tuple[ClaimedRole, ...], selected: str | None) -> ClaimedRole | None:
    """The role they act in: the one they chose, or the only one; never several at once."""
    by_id = {role.id: role for role in roles}
    if len(by_id) != len(roles):
        raise ClaimsError("two roles have the same id")
    if selected is not None:
        if selected not in by_id:
            raise ClaimsError("the selected role is none of the roles")
        return by_id[selected]
    return roles[0] if len(roles) == 1 else None


def number_of(text: str | None) -> NhsNumber:
    """The NHS number that an identity provider verified; raises `ClaimsError`."""
    if text is None:
        raise ClaimsError("there is no NHS number")
    try:
        return parse_nhs_number(text)
    except InvalidNhsNumberError as fault:
        raise ClaimsError("the NHS number is not valid") from fault
