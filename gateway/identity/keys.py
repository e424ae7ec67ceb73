"""Where an issuer's public keys come from, and which keys are fit to verify with.

A file is read once at the start (`FileKeys`); keys at an address, which change while the gateway
runs, are `remote_keys.py`'s affair.
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

Kid = Annotated[str, Meta(min_length=1, max_length=200)]
FEWEST_RSA_BITS = 2048


class UnusableKeyError(Exception):
    """A key that must not verify anything. The text says why and repeats nothing of it."""


class KeySet(Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517)."""

    keys: tuple[dict[str, Any], ...]


class KeySource(Protocol):
    """Knows an issuer's keys."""

    async def key(self, kid: str) -> Key | None:
        """The public key of this id; None where the issuer has none such."""

    async def aclose(self) -> None:
        """Let go of what it holds open."""


class FileKeys:
    """The keys of a JWKS file, read once at the start."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self._keys = keys

    @classmethod
    def load(cls, path: Path) -> FileKeys:
        """Read the file; raises `SettingsError` naming it, and the key that cannot be used."""
        keys: dict[str, Key] = {}
        for number, raw in enumerate(_rows(path), start=1):
            place = f"{path}: key {number}"
            kid = raw["kid"]
            if kid in keys:
                raise SettingsError(f"{place}: an earlier key has the same `kid`")
            try:
                keys[kid] = public_key(raw)
            except UnusableKeyError as fault:
                raise SettingsError(f"{place}: {fault}") from fault
        return cls(keys)

    async def key(self, kid: str) -> Key | None:
        return self._keys.get(kid)

    async def aclose(self) -> None:
        return


def load_public_key(path: Path) -> Key:
    """The one public key of a JWK file; raises `SettingsError` naming it."""
    try:
        return public_key(msgspec.json.decode(path.read_bytes(), type=dict[str, Any]))
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path}: is not a key (JWK)") from fault
    except UnusableKeyError as fault:
        raise SettingsError(f"{path}: {fault}") from fault


def public_key(raw: dict[str, Any]) -> Key:
    """The key, once it is sure that it can verify and do nothing else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # a short key is refused below
            key = import_key(raw)
    except (JoseError, ValueError, KeyError, TypeError) as fault:
        raise UnusableKeyError("cannot be read as a key") from fault
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise UnusableKeyError("a shared secret cannot verify tokens here")
    if key.is_private:
        raise UnusableKeyError("is a private key; only public keys belong here")
    if isinstance(key, RSAKey) and key.public_key.key_size < FEWEST_RSA_BITS:
        raise UnusableKeyError(f"has fewer than {FEWEST_RSA_BITS} bits")
    if raw.get("use", "sig") != "sig":
        raise UnusableKeyError("is not for signatures")
    return key


def kid_of(raw: dict[str, Any]) -> str:
    """The key's id; raises `msgspec.ValidationError` where it has none that can be used."""
    return msgspec.convert(raw.get("kid"), Kid)


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=KeySet).keys
        for row in rows:
            kid_of(row)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        # The fault's own text may repeat a key.
        raise SettingsError(f"{path}: is not a set of keys (JWKS), each with a `kid`") from fault
    if not rows:
        raise SettingsError(f"{path}: is not a set of keys (JWKS), each with a `kid`")
    return rows
