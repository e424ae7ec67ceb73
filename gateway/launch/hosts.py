"""Which host systems may open a record, for whom, and by which keys they are known.

LaunchHostSettings(
    id="https://epr.hospital.example",
    audience="https://gateway.example",
    jwks_file=Path("hospital-epr.json"),
    organisations=("RRV",),
    kinds=("ADMISSION", "REFERRAL", "APPOINTMENT"),
)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from federation.authority import BELIEVED, Launch, RelationshipKind
from federation.errors import SettingsError
from federation.model import OdsCode
from gateway.identity.algorithms import ALGORITHMS
from gateway.identity.keys import FileKeys, KeySource

LONGEST_VALID_SECONDS = 300
"""How long a signed launch may be good for."""
MOST_LEEWAY_SECONDS = 60
"""How far the clocks may differ.

# Invariant: a message is good for no longer than its id is remembered, which is ten minutes
# (`launches.HANDLE_LIVES`): twice this and the longest validity together.
"""

Text = Annotated[str, Meta(min_length=1)]


class LaunchHostSettings(Struct, frozen=True, kw_only=True):
    """One enrolled host system.

    `id` is the `iss` of what it signs, `audience` what it calls this gateway in `aud`. It speaks
    for these organisations (ODS codes), and gives these reasons, and no others. `jwks_file` holds
    its public keys. `user_issuer` is the id of the issuer whose tokens its staff sign in with;
    without it, a launch names no member of staff.
    """

    id: Text
    audience: Text
    jwks_file: Path
    organisations: Annotated[tuple[OdsCode, ...], Meta(min_length=1)]
    kinds: Annotated[tuple[RelationshipKind, ...], Meta(min_length=1)]
    algorithms: tuple[str, ...] = ("ES256",)
    leeway_seconds: int = 5
    user_issuer: Text | None = None

    def __post_init__(self) -> None:
        """Refuse what would weaken every check that follows."""
        if not self.algorithms or not ALGORITHMS.issuperset(self.algorithms):
            allowed = ", ".join(sorted(ALGORITHMS))
            raise SettingsError(f"launch hosts: `algorithms` must be some of {allowed}")
        if not BELIEVED.keys() >= set(self.kinds):
            allowed = ", ".join(sorted(BELIEVED))
            raise SettingsError(f"launch hosts: `kinds` must be some of {allowed}")
        if not 0 <= self.leeway_seconds <= MOST_LEEWAY_SECONDS:
            raise SettingsError(
                f"launch hosts: `leeway_seconds` must be between 0 and {MOST_LEEWAY_SECONDS}"
            )


class LaunchHost(Struct, frozen=True, kw_only=True):
    """An enrolled host system, and where its keys come from."""

    settings: LaunchHostSettings
    keys: KeySource

    @classmethod
    def from_file(cls, settings: LaunchHostSettings) -> LaunchHost:
        """A host system whose keys lie in its `jwks_file`; raises `SettingsError`."""
        return cls(settings=settings, keys=FileKeys.load(settings.jwks_file))

    def may_say(self, launch: Launch) -> bool:
        """Whether it is enrolled for this organisation and this reason."""
        return (
            launch.organisation in self.settings.organisations
            and launch.kind in self.settings.kinds
        )


def enrol(rows: Iterable[LaunchHostSettings], issuers: Collection[str]) -> tuple[LaunchHost, ...]:
    """Every host system of the settings, its keys read; raises `SettingsError`.

    `issuers` are the ids of the issuers whose tokens are believed.
    """
    several = tuple(rows)
    for row in several:
        if row.user_issuer is not None and row.user_issuer not in issuers:
            raise SettingsError("launch hosts: `user_issuer` is not the id of an issuer")
    hosts = tuple(map(LaunchHost.from_file, several))
    by_id(hosts)
    return hosts


def by_id(hosts: tuple[LaunchHost, ...]) -> dict[str, LaunchHost]:
    """The host systems by their ids; two of one id are a `SettingsError`."""
    known = {host.settings.id: host for host in hosts}
    if len(known) < len(hosts):
        raise SettingsError("launch hosts: two rows have the same `id`")
    return known
