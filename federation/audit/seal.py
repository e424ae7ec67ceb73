"""Keeps what identifies people from whoever merely holds the file.

AES-256-GCM, under keys that can be rotated. A seal is bound to the place in the chain where it
stands, so that nobody without the key can change, drop, insert or reorder events and hash the chain
anew: the seals after that point would no longer open. Keys are read in `gateway/`, and passed in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from federation.errors import SettingsError
from federation.nhs_number import NhsNumber

KEY_BYTES = 32
_NONCE_BYTES = 12
_PSEUDONYM_BYTES = 16


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """The audit keys by id, and which of them seals new events.

    Earlier ones stay, to read what they sealed.

    >>> AuditKeys(current="2026-11", by_id={"2026-11": bytes(32)})
    AuditKeys(current='2026-11')
    """

    current: str
    by_id: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse keys that could not seal."""
        if self.current not in self.by_id:
            raise SettingsError("the current audit key is not among the audit keys")
        if any(len(key) != KEY_BYTES for key in self.by_id.values()):
            raise SettingsError(f"an audit key must have {KEY_BYTES} bytes")


class Seal(Struct, frozen=True, kw_only=True):
    """A sealed part as it lies in the store."""

    key: str
    nonce: bytes
    text: bytes


class SealBrokenError(Exception):
    """The sealed part, or something that it is bound to, is not what was sealed."""


class Sealer:
    """Seals, opens, and makes the keyed hash by which a person's events are found."""

    def __init__(self, keys: AuditKeys) -> None:
        self._current = keys.current
        self._ciphers = {id_: AESGCM(_derive(key, b"seal")) for id_, key in keys.by_id.items()}
        self._person = _derive(keys.by_id[keys.current], b"person")
        self._index = {id_: _derive(key, b"index") for id_, key in keys.by_id.items()}
        self._pseudonym = _derive(keys.by_id[keys.current], b"pseudonym")

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of all keys that are to hand, the current one first."""
        return (self._current, *(id_ for id_ in self._ciphers if id_ != self._current))

    def seal(self, secret: bytes, bound_to: bytes) -> Seal:
        """Seal a secret to a place. Random nonces are safe for some 2^32 events under one key."""
        # Never injected: a nonce that came twice under one key would betray both texts.
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = self._ciphers[self._current].encrypt(nonce, secret, bound_to)
        return Seal(key=self._current, nonce=nonce, text=text)

    def open(self, seal: Seal, bound_to: bytes) -> bytes:
        """What was sealed; `SealBrokenError`, or `SettingsError` where the key is not to hand."""
        cipher = self._ciphers.get(seal.key)
        if cipher is None:
            raise SettingsError(f"the audit key `{seal.key}` is needed and is not in the key file")
        try:
            return cipher.decrypt(seal.nonce, seal.text, bound_to)
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error

    def person_key(self, number: NhsNumber) -> bytes:
        """The same 32 bytes for the same number and key, telling nothing of the number."""
        return hmac.digest(self._person, number.encode(), hashlib.sha256)

    def index_name(self, of: bytes, key: str | None = None) -> bytes:
        """What somebody is called in the index under one of `keys`: 32 bytes that tell nothing."""
        return hmac.digest(self._index[key or self._current], of, hashlib.sha256)

    def pseudonym(self, sort: str, name: str) -> str:
        """A name for somebody outside the log: the same for one name and key, and telling nothing.

        Of its own key: with it nobody finds a person's events in a copy of the store. `sort` keeps
        people who are looked at apart from those who look.
        """
        said = f"{sort}\x1f{name}".encode()
        return hmac.digest(self._pseudonym, said, hashlib.sha256)[:_PSEUDONYM_BYTES].hex()


def _derive(key: bytes, use: bytes) -> bytes:
    # One key in the file, a key of its own for each use.
    return HKDF(
        algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"watling audit " + use
    ).derive(key)
