"""Where an issuer's public keys come from.

Today a JWKS file, read once. Keys that are fetched from an address, and fetched again when a token
names one that is not known yet, are another `KeySource`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from federation.errors import SettingsError

FEWEST_RSA_BITS = 2048


class KeySource(Protocol):
    """Knows an issuer's keys."""

    async def key(self, kid: str) -> Key | None:
        """The public key of this id; None where the issuer has none such."""


class FileKeys:
    """The keys of a JWKS file, read once at the start."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self._keys = keys

    @classmethod
    def load(cls, path: Path) -> FileKeys:
        """Read the file; raises `SettingsError` naming it, and the key that cannot be used."""
        keys: dict[str, Key] = {}
        for number, key in enumerate(_key_set(path).keys, start=1):
            place = f"{path}: key {number}"
            kid = _checked(key, place)
            if kid in keys:
                raise SettingsError(f"{place}: an earlier key has the same `kid`")
            keys[kid] = key
        return cls(keys)

    async def key(self, kid: str) -> Key | None:
        return self._keys.get(kid)


def _key_set(path: Path) -> KeySet:
    try:
        document: Any = json.loads(path.read_bytes())
        return KeySet.import_key_set(document)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as fault:
        # The fault's own text may repeat the key.
        raise SettingsError(f"{path}: is not a set of keys (JWKS)") from fault


def _checked(key: Key, place: str) -> str:
    """The key's id, once it is sure that the key can verify and do nothing else."""
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise SettingsError(f"{place}: a shared secret cannot verify tokens here")
    if key.is_private:
        raise SettingsError(f"{place}: is a private key; only public keys belong in this file")
    if isinstance(key, RSAKey) and key.public_key.key_size < FEWEST_RSA_BITS:
        raise SettingsError(f"{place}: has fewer than {FEWEST_RSA_BITS} bits")
    if not key.kid:
        raise SettingsError(f"{place}: has no `kid`")
    return key.kid
