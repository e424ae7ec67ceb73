"""Who is an officer: privacy officers of an organisation and a region, surely signed in.

One gate before every log of what others did. Which log it is, each reading asks for itself.
"""

from __future__ import annotations

from federation.errors import ForbiddenError, StandingLapsedError
from federation.model import Node, Organisation, Requester, RequesterKind, Standing
from federation.sharing import need_role
from federation.sharing.roles import PRIVACY_OFFICER

SECOND_FACTOR = 2
"""The assurance that whoever reads a log of others must have, as `Requester.assurance` counts."""
NOT_SURE_ENOUGH = (
    "what others did is told after a stronger sign-in: sign in again with a second factor, "
    "then ask again"
)
_OPERATOR = "OPERATOR"
"""With the officer's a role of this network, which an organisation's signed table gives
(`docs/identity.md`)."""


def need_officer(requester: Requester, *, or_operator: bool = False) -> Organisation:
    """The organisation that they answer for, or the `RefusedError` that answers them.

    The default is refuse. `or_operator`: a region's operators may read it too.
    """
    need_role(requester)
    kinds, roles = {RequesterKind.PROFESSIONAL}, {PRIVACY_OFFICER}
    if or_operator:
        kinds, roles = kinds | {RequesterKind.OPERATOR}, roles | {_OPERATOR}
    if requester.kind not in kinds or requester.role not in roles:
        raise ForbiddenError
    organisation = requester.organisation
    if organisation is None or not organisation.ods_code:
        raise ForbiddenError
    if requester.standing is Standing.LAPSED:
        raise StandingLapsedError
    if requester.standing is Standing.UNKNOWN:
        raise ForbiddenError
    if requester.assurance < SECOND_FACTOR:
        raise ForbiddenError(NOT_SURE_ENOUGH)
    return organisation


def answers_for(organisation: Organisation, node: Node | None) -> bool:
    """Whether a node is one of the organisation's own region."""
    return node is not None and organisation.region == node.region_id
