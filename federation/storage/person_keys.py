"""What people are called in the sharing store: a keyed hash, which tells nothing of the number.

NHS numbers are few enough to try them all, so a hash without a key would name everybody. Whoever
copies the store without the key can neither look a person up nor tell who a row is about.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from federation.nhs_number import NhsNumber
from federation.storage.base import PersonKey
from federation.storage.subkeys import subkeys


class PersonKeys:
    """Names people for the sharing store.

    The first key is the current one, under which new facts are written. Earlier keys stay for as
    long as facts that were written under them are to be found.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = subkeys(keys, "person")

    def of(self, number: NhsNumber) -> PersonKey:
        """The name to write under."""
        return _named(self._keys[0], number)

    def sought(self, numbers: Iterable[NhsNumber]) -> tuple[PersonKey, ...]:
        """The names to look under: of every number the person goes by, under every key."""
        return tuple(dict.fromkeys(_named(key, number) for number in numbers for key in self._keys))


def _named(key: bytes, number: NhsNumber) -> PersonKey:
    return PersonKey(hmac.digest(key, number.encode(), hashlib.sha256))
