"""What those who take steps are called in the store: a keyed hash, which tells nothing of them.

People of one network are few enough to try them all, so a hash without a key would name everybody
who ever approved a node. The keys are those of everything that ties people to what they did, with a
use of their own; every replica has the same.
"""

from __future__ import annotations

import hashlib
import hmac

from federation.joining.steps import By
from federation.storage.subkeys import subkeys

_MARK_DIGITS = 8


class Takers:
    """Names whoever takes a step, under the first key, and under each key from before.

    Steps of releases before this have a hash without a key. It is still known whose it is, for
    whoever comes again.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = subkeys(keys, "taker of a step")

    def by(self, side: str, who: str) -> By:
        """Somebody as the taker of a step for this side; `who` tells them from everybody else."""
        current, *earlier = (_named(key, who) for key in self._keys)
        unkeyed = hashlib.sha256(who.encode()).hexdigest()
        return By(side=side, person=current, also=(*earlier, unkeyed))


def _named(key: bytes, who: str) -> str:
    mark = hmac.digest(key, b"", hashlib.sha256).hex()[:_MARK_DIGITS]
    return f"{mark}:{hmac.digest(key, who.encode(), hashlib.sha256).hex()}"
