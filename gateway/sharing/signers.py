"""Those who may sign bundles off, as the settings name them, and the keys that they sign with.

[[signers]]
id = "ada"
name = "Ada Fenwick"
owners = ["node:london-care-record"]   # ["*"]: the network's own, under anybody's
key_file = "signers/ada.json"          # a public P-256 JWK
until = 2027-04-01T00:00:00Z           # when they cease to sign

For the nodes of a region that joins while the gateway runs, the keys that it was enrolled with sign
as well: `Signers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.joining.life import Joining
from federation.joining.signing import public_key
from federation.model import NodeId
from federation.records.base import Instant
from federation.sharing.sheet.rows import Words
from federation.sharing.signatures import Signer

SignerId = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Owner = Annotated[str, Meta(pattern=r"\A(\*|node:[a-z0-9-]+|organisation:[A-Z0-9]+)\Z")]
_OF_A_NODE = "node:"


class SignerRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[signers]]` of the settings."""

    id: SignerId
    name: Words
    owners: Annotated[tuple[Owner, ...], Meta(min_length=1)]
    key_file: Path
    until: Instant | None = None


def load_signers(rows: Iterable[SignerRow]) -> Mapping[str, Signer]:
    """The signers by id; raises `SettingsError` naming the row or the file."""
    signers: dict[str, Signer] = {}
    for row in rows:
        if row.id in signers:
            raise SettingsError(f"`signers`: `{row.id}` is named twice")
        key = read_key(row.key_file)
        if key.is_private:
            raise SettingsError(f"`{row.key_file}`: holds a private key; give the public one")
        signers[row.id] = Signer(
            id=row.id, name=row.name, owners=frozenset(row.owners), key=key, until=row.until
        )
    return signers


class Signers:
    """Who may sign for whom: `named` in the settings, and of a node the region whose it is.

    Every key of a region is one person's: the second signature is somebody else's.
    """

    def __init__(self, named: Mapping[str, Signer], joining: Callable[[], Joining]) -> None:
        self._named = named
        self._joining = joining

    def of(self, owner: str) -> Mapping[str, Signer]:
        """By id, whoever may sign for this owner; a name of the settings comes first."""
        return {**self._region_of(owner), **self._named}

    def _region_of(self, owner: str) -> Mapping[str, Signer]:
        joining = self._joining()
        life = joining.nodes.get(NodeId(owner.removeprefix(_OF_A_NODE)))
        if life is None or not owner.startswith(_OF_A_NODE):
            return {}
        return {
            key.kid: Signer(
                id=key.kid,
                name=f"the region {life.region}",
                owners=frozenset((owner,)),
                key=public_key(key.jwk),
                until=key.until,
            )
            for key in joining.keys_of(life.region)
        }


def read_signing_key(path: Path) -> ECKey:
    """A signer's own private key; raises `SettingsError`, which never repeats what is in it."""
    key = read_key(path)
    if not key.is_private:
        raise SettingsError(f"`{path}`: holds a public key; signing needs the private one")
    return key


def read_key(path: Path) -> ECKey:
    """A P-256 key of one person, public or private; raises `SettingsError`."""
    try:
        key = ECKey.import_key(json.loads(path.read_bytes()))
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise SettingsError(f"`{path}`: is no P-256 key as a JWK") from None
    if key.curve_name != "P-256":
        raise SettingsError(f"`{path}`: is no P-256 key as a JWK")
    return key
