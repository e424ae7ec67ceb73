"""Whose tokens are believed, and under which conditions. `verify.py` applies them.

IssuerSettings(
    issuer="https://issuer.demo.watling.example",
    audience="watling",
    algorithms=("ES256",),
    leeway_seconds=5,
    jwks_file=Path("issuer-keys.json"),
)
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from federation.errors import SettingsError
from gateway.identity.keys import FileKeys, KeySource

ALGORITHMS = frozenset(("ES256", "RS256", "PS256", "EdDSA"))
"""Signatures that only the issuer can make: never `none`, never a shared secret."""
MOST_LEEWAY_SECONDS = 300


class IssuerSettings(Struct, frozen=True, kw_only=True):
    """One issuer whose tokens are believed.

    `leeway_seconds` allows for clocks that differ. `jwks_file` holds its public keys.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("ES256",)
    leeway_seconds: int = 5
    jwks_file: Path

    def __post_init__(self) -> None:
        """Refuse what would weaken every check that follows."""
        if not self.issuer or not self.audience:
            raise SettingsError("identity: an issuer needs `issuer` and `audience`")
        if not self.algorithms or not ALGORITHMS.issuperset(self.algorithms):
            allowed = ", ".join(sorted(ALGORITHMS))
            raise SettingsError(f"identity: `algorithms` must be some of {allowed}")
        if not 0 <= self.leeway_seconds <= MOST_LEEWAY_SECONDS:
            raise SettingsError(
                f"identity: `leeway_seconds` must be between 0 and {MOST_LEEWAY_SECONDS}"
            )


class TrustedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer's conditions, and where its keys come from."""

    settings: IssuerSettings
    keys: KeySource

    @classmethod
    def from_file(cls, settings: IssuerSettings) -> TrustedIssuer:
        """An issuer whose keys lie in its `jwks_file`; raises `SettingsError`."""
        return cls(settings=settings, keys=FileKeys.load(settings.jwks_file))
