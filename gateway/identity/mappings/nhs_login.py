"""NHS login: people about themselves, and those who act for somebody else.

Read are `sub`, `vot`, `identity_proofing_level`, `nhs_number`, `name` or `given_name` and
`family_name`, `sid`. The vector of trust says how surely the person was identified (P0, P5, P9) and
how they signed in; a password alone counts for little, however surely its owner was once
identified. Where both ways of saying it differ, the weaker counts.

A token with an `act` claim speaks of two people: `sub` and `nhs_number` are the person's, `act.sub`
is whoever acts for them. `proxy` is what this network asks a provider for besides: the id of the
relationship, what it is good for, and the day by which it must be looked at again.

Source: NHS login, scopes and claims, and vectors of trust (RFC 8485); RFC 8693 section 4.1 and the
national proxy service's guidance to producers of APIs for `act`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from federation.model import RequesterKind
from gateway.identity.mappings.base import Claimed, ClaimsError, Text, number_of, read

PROOFING = {"P0": 0, "P5": 2, "P9": 3}
"""How surely somebody is known by each level of proof: none, medium, high."""
FACTORS = frozenset(("Cd", "Ck", "Cm"))
"""Components of a vector that say more than a password (`Cp`) does."""
PASSWORD_ALONE = 1
SCOPE = "health-record"
"""What a proxy's relationship must be good for."""

Proofing = Literal["P0", "P5", "P9"]
Vector = Annotated[str, Meta(pattern=r"\AP[0-9](\.C[a-z]){1,4}\Z")]


class Actor(Struct, frozen=True, kw_only=True):
    """The `act` claim: who is acting."""

    sub: Text
    name: Text | None = None


class ProxyClaim(Struct, frozen=True, kw_only=True):
    """By which relationship they act."""

    id: Text
    scope: Annotated[tuple[Text, ...], Meta(max_length=20)]
    review_date: date


class NhsLoginClaims(Struct, frozen=True, kw_only=True):
    """The claims that are looked at."""

    sub: Text
    vot: Vector
    identity_proofing_level: Proofing | None = None
    nhs_number: Text | None = None
    name: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    sid: Text | None = None
    act: Actor | None = None
    proxy: ProxyClaim | None = None


def read_nhs_login(claims: Mapping[str, Any], _day: date) -> Claimed:
    """The person or the proxy whom the claims speak of; raises `ClaimsError`."""
    said = read(claims, NhsLoginClaims)
    if (said.act is None) is not (said.proxy is None):
        raise ClaimsError("who acts and by which relationship must come together")
    if said.act and said.proxy:
        return _proxy(said, said.act, said.proxy)
    assurance = _assurance(said)
    # Whoever is known by no proof has no number yet: they can be told so, and nothing else.
    unknown = assurance == 0 and said.nhs_number is None
    return Claimed(
        subject=said.sub,
        kind=RequesterKind.CITIZEN,
        name=_name(said),
        assurance=assurance,
        session=said.sid,
        person=None if unknown else number_of(said.nhs_number),
    )


def _proxy(said: NhsLoginClaims, actor: Actor, proxy: ProxyClaim) -> Claimed:
    if SCOPE not in proxy.scope:
        raise ClaimsError("the proxy's relationship is not for the record")
    if actor.sub == said.sub:
        raise ClaimsError("nobody is their own proxy")
    return Claimed(
        subject=actor.sub,
        kind=RequesterKind.PROXY,
        name=actor.name,
        assurance=_assurance(said),
        session=said.sid,
        person=number_of(said.nhs_number),
        proxy_id=proxy.id,
        review=proxy.review_date,
    )


def _name(said: NhsLoginClaims) -> str | None:
    parts = (said.given_name, said.family_name)
    return said.name or " ".join(part for part in parts if part) or None


def _assurance(said: NhsLoginClaims) -> int:
    proofing, *credentials = said.vot.split(".")
    if proofing not in PROOFING:
        raise ClaimsError("the vector of trust has a level of proof that nobody here knows")
    levels = [PROOFING[proofing]]
    if said.identity_proofing_level is not None:
        levels.append(PROOFING[said.identity_proofing_level])
    if FACTORS.isdisjoint(credentials):
        levels.append(PASSWORD_ALONE)
    return min(levels)
