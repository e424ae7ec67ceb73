"""The demo's identity provider: one ES256 key, made once, and tokens that it signs for personas.

Not for anything but the demo: whoever can read its folder can be anybody.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from demo.organisations import organisation_rows
from demo.personas import Persona, PersonaRole

ISSUER = "https://issuer.demo.watling.example"
AUDIENCE = "watling"
ALGORITHM = "ES256"
VALID_FOR = timedelta(hours=12)
_KEY_ID = "demo"


class Issuer:
    """Signs tokens with the key of a folder."""

    def __init__(self, folder: Path) -> None:
        self._private = folder / "issuer.json"
        self.jwks_file = folder / "issuer-jwks.json"

    @property
    def exists(self) -> bool:
        """Whether its key has been made."""
        return self._private.is_file() and self.jwks_file.is_file()

    def make_key(self) -> None:
        """Make the key, unless it is there."""
        if self.exists:
            return
        key = ECKey.generate_key("P-256", {"kid": _KEY_ID, "use": "sig", "alg": "ES256"})
        self._private.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(self._private, flags, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        self.jwks_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))

    def token(self, persona: Persona, now: datetime, **claims: Any) -> str:
        """A token that says what the persona's file says; `claims` add to it or replace it."""
        key = ECKey.import_key(json.loads(self._private.read_text()))
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": persona.subject,
            "name": persona.name,
            "iat": int(now.timestamp()),
            "exp": int((now + VALID_FOR).timestamp()),
            "kind": _kind(persona),
            "roles": [_role(role, now) for role in persona.roles],
            **claims,
        }
        stated = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": ALGORITHM, "kid": _KEY_ID}, stated, key)


def _kind(persona: Persona) -> str:
    if persona.issuer == "nhs-login":
        return "proxy" if persona.proxy else "citizen"
    return "operator" if persona.slug == "operator" else "professional"


def _role(role: PersonaRole, now: datetime) -> dict[str, Any]:
    rows = {row["code"]: row for row in organisation_rows(now.date())}
    row = rows[role.organisation]
    belongs = row["belongs"][-1]
    organisation = {
        "odsCode": row["code"],
        "name": row["name"],
        "kind": belongs["kind"],
        "region": belongs["region"],
    }
    return {
        "id": role.id,
        "role": role.role,
        "roleName": role.role_name,
        "organisation": organisation,
    }
