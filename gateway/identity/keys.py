"""Where an issuer's public keys come from.

Today a JWKS file, read once. Keys that are fetched from an address, and fetched again when a token
names one that is not known yet, are another `KeySource`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from msgspec import Meta, Struct

from federation.errors import SettingsError

Kid = Annotated[str, Meta(min_length=1)]
FEWEST_RSA_BITS = 2048


class KeyRow(Struct, frozen=True, kw_only=True):
    """One key of the file, before it is known to be usable."""

    kid: str
    raw: dict[str, Any]


class KeySetFile(Struct, frozen=True):
    """The file: a JSON Web Key Set (RFC 7517)."""

    keys: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]


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
        for number, row in enumerate(_rows(path), start=1):
            place = f"{path}: key {number}"
            if row.kid in keys:
                raise SettingsError(f"{place}: an earlier key has the same `kid`")
            keys[row.kid] = _public_key(row, place)
        return cls(keys)

    async def key(self, kid: str) -> Key | None:
        return self._keys.get(kid)


def _rows(path: Path) -> tuple[KeyRow, ...]:
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=KeySetFile).keys
        return tuple(KeyRow(kid=msgspec.convert(one.get("kid"), Kid), raw=one) for one in raw)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        # The fault's own text may repeat a key.
        raise SettingsError(f"{path}: is not a set of keys (JWKS), each with a `kid`") from fault


def _public_key(row: KeyRow, place: str) -> Key:
    """The key, once it is sure that it can verify and do nothing else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # a short key is refused below
            key = import_key(row.raw)
    except (JoseError, ValueError, KeyError, TypeError) as fault:
        raise SettingsError(f"{place}: cannot be read as a key") from fault
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise SettingsError(f"{place}: a shared secret cannot verify tokens here")
    if key.is_private:
        raise SettingsError(f"{place}: is a private key; only public keys belong in this file")
    if isinstance(key, RSAKey) and key.public_key.key_size < FEWEST_RSA_BITS:
        raise SettingsError(f"{place}: has fewer than {FEWEST_RSA_BITS} bits")
    return key
