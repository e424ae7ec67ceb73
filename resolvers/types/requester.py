"""Who the caller is to the gateway."""

from __future__ import annotations

import strawberry

from federation.model import Organisation as OrganisationValue
from federation.model import Requester as RequesterValue
from resolvers.types.fields import told
from resolvers.types.structs import struct_type

Organisation = struct_type(OrganisationValue)


@strawberry.type(description="A role that the caller holds and could act in.")
class AvailableRole:
    """Read from `model.AvailableRole`."""

    id: strawberry.ID = told(
        "The role's id at the caller's identity provider, by which it is selected; no key for a"
        " cache that several people use."
    )
    role: str = told("The national role code.")
    organisation: Organisation | None = told("For which organisation.")  # type: ignore[valid-type]  # made from the struct


def _role(self: RequesterValue) -> str:
    return self.role or ""


@strawberry.type(description="Who the caller is to the gateway.")
class Requester:
    """Read from `model.Requester`."""

    subject: strawberry.ID = told("The caller's id at their identity provider.")
    name: str | None = told("What they are called.")
    role: str = strawberry.field(
        resolver=_role,
        description=(
            "The national role code they act in; empty while they hold several and have selected"
            " none."
        ),
    )
    role_name: str | None = told("What people call that role.")
    organisation: Organisation | None = told("The organisation they act for.")  # type: ignore[valid-type]  # made from the struct
    available_roles: list[AvailableRole] = told("The roles they could choose.")
