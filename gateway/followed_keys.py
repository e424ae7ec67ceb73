"""The requester keys of a running gateway: the file is looked at again, and the keys published.

`/.well-known/jwks.json` is what nodes verify by. A file that cannot be used any more is told of and
changes nothing: the gateway goes on with the keys that it has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from federation.errors import SettingsError
from federation.model import Clock
from federation.protocols.requester_token import RequesterKey
from gateway.requester_keys import LEAD, KeyRing, load_requester_keys

JWKS_PATH = "/.well-known/jwks.json"
LOOK_EVERY = timedelta(seconds=5)
KEPT_SECONDS = int(LEAD.total_seconds()) // 3
"""How long a copy of the published keys is good: well under what a new key waits."""
Stamp = tuple[int, int, int]


class FollowedKeys:
    """The keys of a file as it is now, or was less than five seconds ago."""

    def __init__(
        self, path: Path, clock: Clock, *, report: Callable[[str], None] = lambda _fault: None
    ) -> None:
        self._path = path
        self._clock = clock
        self._report = report
        self._stamp = self._stamped()
        self._ring = load_requester_keys(path)
        self._looked_at = clock()

    def signing_key(self) -> RequesterKey:
        """The key that signs now."""
        return self._now().signing(self._clock()).key

    async def jwks(self, _request: Request) -> Response:
        """The public keys, as a JSON Web Key Set."""
        keys = [one.public for one in self._now().published(self._clock())]
        return Response(
            msgspec.json.encode({"keys": keys}),
            headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}"},
            media_type="application/jwk-set+json",
        )

    def _now(self) -> KeyRing:
        now = self._clock()
        if abs(now - self._looked_at) >= LOOK_EVERY:
            self._looked_at = now
            self._look()
        return self._ring

    def _look(self) -> None:
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        # Set first: a broken file is told of once, and not every five seconds.
        self._stamp = stamp
        try:
            self._ring = load_requester_keys(self._path)
        except SettingsError as fault:
            self._report(str(fault))

    def _stamped(self) -> Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
