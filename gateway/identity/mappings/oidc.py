"""Any other OpenID Connect provider: who somebody is, and nothing of what they are.

Roles come from the signed tables of the organisations whose staff sign in there (`role_table.py`),
never from the token; somebody who stands in no table has no role. Read are `sub`, `name`, the
claim of groups, `selected_role` (the id of a role, where several are held), `sid`, and whether more
than a password was asked for: `mfa` among `amr` (RFC 8176), or an `acr` that the settings name.
The assurance is never more than medium: nobody here has seen how the provider came to know its
people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct

from federation.model import RequesterKind
from gateway.identity.mappings.base import Claimed, ClaimsError, Text, read, the_one_of
from gateway.identity.mappings.role_table import RoleTable

PASSWORD_ALONE, MULTI_FACTOR = 1, 2
OPERATOR = "OPERATOR"
Groups = Annotated[tuple[Text, ...], Meta(max_length=500)]


class OidcClaims(Struct, frozen=True, kw_only=True):
    """The claims that are looked at, beside the groups."""

    sub: Text
    name: Text | None = None
    selected_role: Text | None = None
    sid: Text | None = None
    acr: Text | None = None
    amr: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()


class GroupsClaim(Struct, frozen=True, kw_only=True):
    """The claim of groups, under whatever name the provider has it."""

    groups: Groups = ()


class OidcMapping(Struct, frozen=True, kw_only=True):
    """Reads the claims of one provider, with the tables of its organisations as they are now."""

    tables: tuple[Callable[[], RoleTable], ...] = ()
    groups_claim: str = "groups"
    multi_factor_acr: frozenset[str] = frozenset()

    def __call__(self, claims: Mapping[str, Any], day: date) -> Claimed:
        """The member of staff whom the claims speak of; raises `ClaimsError`."""
        said = read(claims, OidcClaims)
        groups = read({"groups": claims.get(self.groups_claim, ())}, GroupsClaim).groups
        roles = tuple(
            role for table in self.tables for role in table().roles_of(said.sub, groups, day)
        )
        selected = the_one_of(roles, said.selected_role) if roles else None
        if said.selected_role is not None and selected is None:
            raise ClaimsError("the selected role is none of the roles")
        operates = selected is not None and selected.role == OPERATOR
        return Claimed(
            subject=said.sub,
            kind=RequesterKind.OPERATOR if operates else RequesterKind.PROFESSIONAL,
            name=said.name,
            roles=roles,
            selected=selected,
            assurance=self._assurance(said),
            session=said.sid,
        )

    def _assurance(self, said: OidcClaims) -> int:
        more = "mfa" in said.amr or said.acr in self.multi_factor_acr
        return MULTI_FACTOR if more else PASSWORD_ALONE
