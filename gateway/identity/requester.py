"""From whom a token speaks of to the `Requester`: what the network itself knows is added here.

Name, kind, region and standing of an organisation come from the directory by the code in the token,
at this moment, and never from the token; what the application is used on comes from its
registration. Whether to believe the token is `verify.py`'s affair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from federation.model import AvailableRole, Device, Organisation, Requester, Standing
from federation.registry import Organisations
from gateway.identity.clients import Clients
from gateway.identity.mappings import Claimed, ClaimedRole


class Acquaintance:
    """What the network knows beside a token: organisations, as they are now, and applications."""

    def __init__(self, organisations: Callable[[], Organisations], clients: Clients) -> None:
        self._organisations = organisations
        self._clients = clients

    def requester(
        self, claimed: Claimed, issuer: str, claims: Mapping[str, Any], day: date
    ) -> Requester:
        """Whoever is calling, as of a local day. `issuer` is its id in the settings."""
        role = claimed.selected
        listed = self._organisations().at(role.organisation, day) if role else None
        client = self._clients.of(issuer, claims)
        return Requester(
            issuer=issuer,
            subject=claimed.subject,
            kind=claimed.kind,
            name=claimed.name,
            role=role.role if role else None,
            role_name=role.role_name if role else None,
            organisation=listed.organisation if listed else None,
            standing=listed.standing if listed else Standing.UNKNOWN,
            available_roles=tuple(self._available(one, day) for one in claimed.roles),
            assurance=claimed.assurance,
            device=client.device if client else Device.UNKNOWN,
            client=client.name if client else None,
            session=claimed.session,
            person=claimed.person,
            proxy_id=claimed.proxy_id,
        )

    def _available(self, role: ClaimedRole, day: date) -> AvailableRole:
        organisation: Organisation = self._organisations().at(role.organisation, day).organisation
        return AvailableRole(id=role.id, role=role.role, organisation=organisation)
