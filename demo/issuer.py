"""The demo's identity providers: each with one ES256 key, made once, and tokens for the personas.

One signs as NHS CIS2 does, one as NHS login, one as any provider of an organisation without
smartcards (`claims.py` has the claims). Not for anything but the demo: whoever can read their
folder can be anybody.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from demo.claims import AboutWhom, claims_of
from demo.personas import DeviceWord, IssuerId, Persona

ISSUERS: dict[IssuerId, str] = {
    "cis2": "https://cis2.demo.watling.example",
    "nhs-login": "https://nhs-login.demo.watling.example",
    "staff": "https://staff.demo.watling.example",
}
"""The id of each in the settings, and its `iss`."""
AUDIENCE = "watling"
ALGORITHM = "ES256"
VALID_FOR = timedelta(hours=12)


class Issuer:
    """Signs tokens with the keys of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def jwks_file(self, issuer: IssuerId) -> Path:
        """Where the public keys of one provider lie."""
        return self.folder / f"{issuer}-jwks.json"

    @property
    def exists(self) -> bool:
        """Whether every key has been made."""
        return all(self._private(one).is_file() for one in ISSUERS)

    def make_keys(self) -> None:
        """Make the keys that are not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for issuer in ISSUERS:
            key = make_signing_key(self._private(issuer), issuer)
            self.jwks_file(issuer).write_text(json.dumps({"keys": [key.as_dict(private=False)]}))

    def token(
        self,
        persona: Persona,
        now: datetime,
        *,
        about: AboutWhom | None = None,
        device: DeviceWord | None = None,
        **claims: Any,
    ) -> str:
        """A token that says what the persona's file says; `claims` add to it or replace it.

        `about` is needed for whoever asks about themselves or somebody else; `device` names another
        application than the persona's own.
        """
        key = ECKey.import_key(json.loads(self._private(persona.issuer).read_text()))
        said = {
            "iss": ISSUERS[persona.issuer],
            "aud": AUDIENCE,
            "azp": client_id(device or persona.device),
            "iat": int(now.timestamp()),
            "exp": int((now + VALID_FOR).timestamp()),
            **claims_of(persona, about),
            **claims,
        }
        stated = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": ALGORITHM, "kid": persona.issuer}, stated, key)

    def _private(self, issuer: IssuerId) -> Path:
        return self.folder / f"{issuer}.json"


def client_id(device: DeviceWord) -> str:
    """The application that tokens for a device are made for."""
    return f"demo-{device}"


def make_signing_key(path: Path, kid: str) -> ECKey:
    """The private key of a file, made unless it is there, for its owner's eyes alone."""
    if path.is_file():
        return ECKey.import_key(json.loads(path.read_text()))
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
    return key
