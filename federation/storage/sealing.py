"""Keeps what the sharing store and waiting launches say from whoever merely holds the file.

AES-SIV (RFC 5297): needs no random nonce, so that any number of rows is safe under one key, and the
same row sealed twice is the same bytes. A sealed text is bound to its place, so that nobody without
the key can write a row, or move one to another person.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from federation.errors import StorageError
from federation.storage.subkeys import subkeys

_NAME_BYTES = 4
_CIPHER_BYTES = 64


class Seal:
    """Seals and opens for one use of the sharing key; see `PersonKeys` for what several keys mean.

    >>> seal = Seal("launch", bytes(32))
    >>> seal.open(seal.seal(b"a text", b"its place"), b"its place")
    b'a text'
    """

    def __init__(self, use: str, *keys: bytes) -> None:
        ciphers = subkeys(keys, f"{use} seal", _CIPHER_BYTES)
        names = [name[:_NAME_BYTES] for name in subkeys(keys, f"{use} name")]
        self._ciphers = {name: AESSIV(key) for name, key in zip(names, ciphers, strict=True)}
        self._current = names[0]
        self._digests = subkeys(keys, f"{use} digest")

    def seal(self, text: bytes, *place: bytes) -> bytes:
        """Seal a text to its place: it opens nowhere else."""
        return self._current + self._ciphers[self._current].encrypt(text, list(place))

    def open(self, sealed: bytes, *place: bytes) -> bytes:
        """What was sealed here; `StorageError` where it was not, or its key is not to hand."""
        cipher = self._ciphers.get(sealed[:_NAME_BYTES])
        if cipher is None:
            raise StorageError("what was read was sealed under a key that is not in the key file")
        try:
            return cipher.decrypt(sealed[_NAME_BYTES:], list(place))
        except (InvalidTag, ValueError) as error:
            raise StorageError("what was read is not what was sealed there") from error

    def digests(self, *parts: str) -> Sequence[bytes]:
        """Keyed hashes of texts that a row is found by: 32 bytes under each key, current first."""
        text = b"".join(len(part).to_bytes(4) + part.encode() for part in parts)
        return tuple(hmac.digest(key, text, hashlib.sha256) for key in self._digests)
