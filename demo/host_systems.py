"""The demo's two host systems: hospitals' and practices' records, and ambulance dispatch.

Each has an ES256 key, made once, and signs launches as `docs/how-to/open-from-a-host-system.md`
says; it is enrolled for the organisations whose staff it serves. Not for anything but the demo.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

from demo.personas import Persona, personas

AUDIENCE = "watling"
"""What the host systems call the gateway."""
VALID_FOR = timedelta(minutes=2)
INCIDENT = "INCIDENT"
_KINDS = {"dispatch": (INCIDENT,), "epr": ("ADMISSION", "REFERRAL", "APPOINTMENT")}
_USER_ISSUER = "cis2"
"""Where its staff sign in; those who sign in elsewhere are not named."""
_AMBULANCE_SERVICES = ("RRU", "RYC", "RYE")


class HostSystem:
    """One of them; its keys lie in a folder. `name` is epr or dispatch."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.id = f"https://{name}.demo.watling.example"
        self._private = folder / f"{name}.json"
        self.jwks_file = folder / f"{name}-jwks.json"

    def make_key(self) -> None:
        """Make the key, unless it is there."""
        if self._private.is_file() and self.jwks_file.is_file():
            return
        key = ECKey.generate_key("P-256", {"kid": self.name, "use": "sig", "alg": "ES256"})
        self._private.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(self._private, flags, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        self.jwks_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))

    def row(self) -> dict[str, Any]:
        """Its row in the gateway's settings."""
        codes = {role.organisation for each in personas().values() for role in each.roles}
        others = sorted(codes.difference(_AMBULANCE_SERVICES))
        return {
            "id": self.id,
            "audience": AUDIENCE,
            "jwks_file": str(self.jwks_file),
            "organisations": list(_AMBULANCE_SERVICES) if self.name == "dispatch" else others,
            "kinds": list(_KINDS[self.name]),
            "user_issuer": _USER_ISSUER,
        }

    def launch(
        self,
        persona: Persona,
        person: Mapping[str, str],
        why: Mapping[str, str],
        now: datetime,
        **claims: Any,
    ) -> str:
        """A signed launch; `claims` add to what is said, or replace it; None takes it out.

        `person` and `why` as the message has them: `nhsNumber`, `birthDate`; `kind`, `evidence`.
        """
        key = ECKey.import_key(json.loads(self._private.read_text()))
        said = {
            "iss": self.id,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + VALID_FOR).timestamp()),
            "jti": secrets.token_urlsafe(16),
            "organisation": persona.roles[0].organisation,
            "person": dict(person),
            "why": dict(why),
            "user": persona.subject if persona.issuer == _USER_ISSUER else None,
            **claims,
        }
        stated = {name: value for name, value in said.items() if value is not None}
        header = {"alg": "ES256", "kid": self.name, "typ": "launch+jwt"}
        return jws.serialize_compact(header, json.dumps(stated), key, ["ES256"])


def host_systems(folder: Path) -> tuple[HostSystem, ...]:
    """All of them."""
    return tuple(HostSystem(folder, name) for name in _KINDS)


def host_system_for(folder: Path, kind: str) -> HostSystem:
    """The one that says why in this way."""
    return next(each for each in host_systems(folder) if kind in _KINDS[each.name])
