"""NHS CIS2: staff with smartcards and their kin. Claims as its ID token and user info name them.

Read are `uid` or `nhsid_useruid`, `name`, `nhsid_nrbac_roles`, `selected_roleid`, `sid`, and both
levels of assurance, whose weaker one counts: how surely the person was identified when they were
registered (`id_assurance_level` in the token, `idassurancelevel` in the user info) and how surely
they signed in (`authentication_assurance_level`). A level that is not said counts as none.

`role_code` is a triple: staff group, sub-group and job role, such as S8000:G8000:R8000; rules speak
of the last part. Organisation names in the token are not read: the directory has them.

Source: NHS England, CIS2 Authentication, scopes and claims; role selection; acr values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from federation.model import RequesterKind
from gateway.identity.mappings.base import (
    MOST_ROLES,
    Claimed,
    ClaimedRole,
    ClaimsError,
    OrganisationCode,
    Text,
    read,
    the_one_of,
)

Level = Literal["0", "1", "2", "3", 0, 1, 2, 3]
Triple = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{1,10}:[A-Z0-9]{1,10}:R[0-9]{1,8}\Z")]


class NationalRole(Struct, frozen=True, kw_only=True):
    """One entry of `nhsid_nrbac_roles`.

    `person_orgid` and the codes of activities, areas of work and workgroups are left alone.
    """

    person_roleid: Text
    org_code: OrganisationCode
    role_code: Triple
    role_name: Text | None = None


class Cis2Claims(Struct, frozen=True, kw_only=True):
    """The claims that are looked at."""

    uid: Text | None = None
    nhsid_useruid: Text | None = None
    name: Text | None = None
    nhsid_nrbac_roles: Annotated[tuple[NationalRole, ...], Meta(max_length=MOST_ROLES)] = ()
    selected_roleid: Text | None = None
    sid: Text | None = None
    id_assurance_level: Level | None = None
    idassurancelevel: Level | None = None
    authentication_assurance_level: Level | None = None


def read_cis2(claims: Mapping[str, Any], _day: date) -> Claimed:
    """The member of staff whom the claims speak of; raises `ClaimsError`."""
    said = read(claims, Cis2Claims)
    roles = tuple(map(_role, said.nhsid_nrbac_roles))
    return Claimed(
        subject=_subject(said),
        kind=RequesterKind.PROFESSIONAL,
        name=said.name,
        roles=roles,
        selected=the_one_of(roles, said.selected_roleid),
        assurance=_assurance(said),
        session=said.sid,
    )


def _subject(said: Cis2Claims) -> str:
    known = {uid for uid in (said.uid, said.nhsid_useruid) if uid is not None}
    if len(known) != 1:
        raise ClaimsError("the user id is missing, or there are two")
    return known.pop()


def _role(role: NationalRole) -> ClaimedRole:
    return ClaimedRole(
        id=role.person_roleid,
        role=role.role_code.rpartition(":")[2],
        role_name=_last_name(role.role_name),
        organisation=role.org_code,
    )


def _last_name(name: str | None) -> str | None:
    """The job of `"Clinical":"Clinical Provision":"Nurse Access Role"`, without its quotes."""
    return name.rpartition(":")[2].strip('" ') or None if name else None


def _assurance(said: Cis2Claims) -> int:
    said_twice = (said.id_assurance_level, said.idassurancelevel)
    identified = [int(level) for level in said_twice if level is not None]
    return min(int(said.authentication_assurance_level or 0), *(identified or [0]))
