"""What a verified launch says: its claims as values, and the `Launch` that they make.

    {
      "iss": "https://epr.hospital.example", "aud": "https://gateway.example",
      "iat": 1790000000, "exp": 1790000120, "jti": "5f0c7a6e-...",
      "organisation": "RRV",
      "person": {"nhsNumber": "9990000018", "birthDate": "1952-05-17", "familyName": "Fernsby"},
      "why": {"kind": "ADMISSION", "evidence": "A-2209-1", "beginsAt": "2026-10-05T08:10:00Z"},
      "user": "910000000001"
    }

`familyName`, `beginsAt` (else `iat`), `endsAt` and `user` may be left out. `user` is the `sub` of
the tokens that the member of staff signs in with, at the issuer that the settings name for the
host system. Claims of a JWT that are not known are left alone, as its specification says; inside
`person` and `why` they are refused, because a misspelt `endsAt` would be no end at all.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from federation.authority import Launch, RelationshipKind
from federation.errors import BadUserInputError
from federation.model import OdsCode, principal_of
from federation.nhs_number import parse_nhs_number

Word = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Moment = Annotated[datetime, Meta(tz=True)]

_YEARS = range(1900, 2200)
"""No calendar's end is near, so that days can be added to it and its offset taken off."""
_SAYS_NOTHING = "the launch's claims cannot be read"
_PLACE = re.compile(r" - at `\$\.([A-Za-z.]+)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


class _Fields(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


class Whom(_Fields, frozen=True):
    """Who is meant."""

    nhs_number: Word
    birth_date: date
    family_name: Name | None = None


class Why(_Fields, frozen=True):
    """Why they are in front of these people, and from when to when."""

    kind: RelationshipKind
    evidence: Word
    begins_at: Moment | None = None
    ends_at: Moment | None = None


class LaunchClaims(Struct, frozen=True, kw_only=True):
    """Every claim that is looked at. Times are seconds since 1970, as a JWT has them."""

    iss: Name
    aud: Name | tuple[Name, ...]
    iat: float
    exp: float
    nbf: float | None = None
    jti: Word
    organisation: Annotated[OdsCode, Meta(pattern=r"^[A-Z0-9]{2,12}$")]
    person: Whom
    why: Why
    user: Name | None = None


def read_claims(payload: bytes) -> LaunchClaims:
    """The claims; raises `BadUserInputError` naming the one that does not fit, never its value."""
    try:
        return msgspec.json.decode(payload, type=LaunchClaims)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        named = _named(str(fault))
    raise BadUserInputError(named)


def launch_of(claims: LaunchClaims, user_issuer: str | None) -> Launch:
    """What the host system vouches for; `user_issuer` is where its staff sign in.

    Raises `InvalidNhsNumberError`, and `BadUserInputError` where the claims contradict themselves.
    """
    number = parse_nhs_number(claims.person.nhs_number)
    why = claims.why
    launched_at = datetime.fromtimestamp(claims.iat, UTC)
    begins_at = why.begins_at or launched_at
    for name, moment in (("beginsAt", begins_at), ("endsAt", why.ends_at)):
        if moment is not None and moment.year not in _YEARS:
            raise BadUserInputError(f"`why.{name}` is not of this time")
    if why.ends_at is not None and why.ends_at < begins_at:
        raise BadUserInputError("`why.endsAt` must not be before `why.beginsAt`")
    if number in _digits(why.evidence):
        # It is handed to whoever explains the look later, and to the source.
        raise BadUserInputError("`why.evidence` must not hold the person's number")
    if claims.user is not None and user_issuer is None:
        raise BadUserInputError("`user` must be left out: where your staff sign in is not known")
    return Launch(
        id=claims.jti,
        host=claims.iss,
        launched_at=launched_at,
        number=number,
        birth_date=claims.person.birth_date,
        family_name=claims.person.family_name,
        kind=why.kind,
        evidence=why.evidence,
        organisation=claims.organisation,
        subject=principal_of(user_issuer, claims.user) if claims.user and user_issuer else None,
        begins_at=begins_at.astimezone(UTC),
        ends_at=why.ends_at.astimezone(UTC) if why.ends_at else None,
    )


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _named(fault: str) -> str:
    """Which claim does not fit, by our own names for them alone."""
    place = _PLACE.search(fault)
    missing = _MISSING.search(fault)
    names = [found.group(1) for found in (place, missing) if found]
    if "unknown field" in fault:
        return f"`{names[0]}` has a field that is not known here" if names else _SAYS_NOTHING
    return f"the claim `{'.'.join(names)}` is missing or does not fit" if names else _SAYS_NOTHING
