"""Where a page of a log ended, as a cursor that only its reader can use.

Sealed (AES-SIV, RFC 5297) for the person or node, the days asked for and the reader's authority,
all of one length, and the same for the same place: nothing can be read from one, and none can be
made.
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from federation.errors import InvalidCursorError
from federation.storage.base import AuditPlace

_LAYOUT = struct.Struct(">qq64s")
"""With the seal's 16 bytes a multiple of three, so that every letter of a cursor counts."""
_LONGEST_WRITER = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LogCursors:
    """Makes and opens the cursors of one log for one reader.

    `whose` names both, in parts: as many of them, in one order, for every log of a sort.
    """

    def __init__(self, cursor_key: bytes, *whose: str) -> None:
        key = blake2b(cursor_key, digest_size=64, person=b"watling log").digest()
        self._cipher = AESSIV(key)
        self._whose = [part.encode("utf-8", "surrogatepass") for part in whose]

    def close(self, place: AuditPlace) -> str:
        """The cursor of an entry."""
        writer = place.writer.encode()[:_LONGEST_WRITER]
        opened = _LAYOUT.pack((place.at - _EPOCH) // _MICROSECOND, place.sequence, writer)
        return urlsafe_b64encode(self._cipher.encrypt(opened, self._whose)).decode()

    def open(self, cursor: str) -> AuditPlace:
        """Where a cursor points; `InvalidCursorError` for any that was not given out."""
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii"))
            opened = self._cipher.decrypt(sealed, self._whose)
        except (ValueError, InvalidTag):
            raise InvalidCursorError from None
        at, sequence, writer = _LAYOUT.unpack(opened)
        name = writer.rstrip(b"\0").decode()
        return AuditPlace(_EPOCH + at * _MICROSECOND, name, sequence)
