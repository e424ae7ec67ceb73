"""A key of its own for each use of the sharing key, so that no use can weaken another.

HKDF-SHA256 (RFC 5869). The sharing key itself is read in `gateway/`, and passed in.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from federation.errors import SettingsError

KEY_BYTES = 32


def subkeys(keys: Sequence[bytes], use: str, length: int = KEY_BYTES) -> tuple[bytes, ...]:
    """The sub-key of each sharing key for this use, in the keys' order (the current one first).

    Raises `SettingsError` where there is no key, or one is not of 32 bytes.
    """
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(f"a sharing key must have {KEY_BYTES} bytes")
    info = f"watling sharing {use}".encode()
    return tuple(HKDF(SHA256(), length, salt=None, info=info).derive(key) for key in keys)
