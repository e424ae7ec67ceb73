"""Launches: a host system's word on who is meant and why, sealed until it is redeemed once.

`keep` takes what `gateway/launch` has verified and gives out a handle; `redeem` takes the handle
back and gives the launch to the one requester who may have it. Whether it speaks of the person who
is asked for is `identify`'s to say. `relationship_of` is what it is worth as evidence.

Whoever reads the store learns nothing: a handle is known there by its digest, and the key of what
is sealed is made of the handle and the gateway's own key together.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from federation.authority import BELIEVED, LEAD, EvidenceSource, Launch, Relationship
from federation.errors import IdentityNotConfirmedError, OverloadedError, StorageError
from federation.flow import Question
from federation.model import Requester
from federation.storage.base import KeptLaunch, LaunchStore
from federation.storage.subkeys import subkeys

HANDLE_LIVES = timedelta(minutes=10)
"""How long a handle can be redeemed: as long as a client takes to open, and no longer."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""What begins now by the host system's clock has begun by ours."""

NOT_ACCEPTED = (
    "this launch is not known, has been used, has expired or is not yours; "
    "open the record from your host system again"
)
"""One text for all of it: a stolen handle must not tell its thief what was wrong with it."""
NOT_LOOKED_UP = "the launch could not be looked up; ask again in a moment"

_HANDLE_BYTES = 32
_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_NONCE_BYTES = 12


class Handle(Struct, frozen=True, kw_only=True):
    """What a host system gives to the client that it opens. `text` is a secret of 256 bits."""

    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Say that there is one, and no more."""
        return "Handle(hidden)"


class Launches:
    """Launches on their way.

    `keys` are the sharing keys (32 bytes each, the current one first), the same on every replica.
    """

    def __init__(self, store: LaunchStore, keys: Sequence[bytes]) -> None:
        self._store = store
        self._sealing = subkeys(keys, "launch")
        self._naming = subkeys(keys, "launch relationship")[0]

    async def keep(self, launch: Launch, at: datetime) -> Handle | None:
        """A handle for it; None where its signed message has had one. Raises `StorageError`."""
        # Never injected: a handle that could be foretold would open somebody's record.
        handle = Handle(text=secrets.token_urlsafe(_HANDLE_BYTES), expires_at=at + HANDLE_LIVES)
        digest = _digest(handle.text)
        kept = KeptLaunch(
            handle_digest=digest,
            message_digest=_digest(f"{launch.host}\x1f{launch.id}"),
            sealed=self._seal(launch, handle.text, digest),
            expires_at=handle.expires_at,
        )
        return handle if await self._store.put(kept, at) else None

    async def redeem(self, question: Question) -> Launch | None:
        """The launch behind the question's handle, None where it has none. One use is one use.

        Raises `IdentityNotConfirmedError` where there is none for this requester, whatever the
        reason; the handle is spent then too, if there was one. `OverloadedError`: the store could
        not be asked.
        """
        if question.launch is None:
            return None
        launch = await self._take(question.launch, question.asked_at)
        if launch is None or not _is_for(launch, question.requester):
            raise IdentityNotConfirmedError(NOT_ACCEPTED)
        return launch

    def evidence_of(self, launch: Launch | None, requester: Requester) -> tuple[Relationship, ...]:
        """What a question's launch, if it had one, is worth as evidence."""
        return () if launch is None else (self.relationship_of(launch, requester),)

    def relationship_of(self, launch: Launch, requester: Requester) -> Relationship:
        """Why the requester who redeemed it may look: theirs alone, as long as it is believed.

        Its id is the same for the same reason, so that opening again renews what is remembered.
        """
        latest = launch.launched_at + BELIEVED[launch.kind]
        said = (
            launch.host,
            launch.organisation,
            launch.kind,
            launch.evidence,
            launch.number,
            requester.principal,
        )
        # Keyed: a number could be guessed from a bare digest.
        named = hmac.digest(self._naming, msgspec.json.encode(said), hashlib.sha256).hex()
        return Relationship(
            id=f"launch:{named}",
            kind=launch.kind,
            source=EvidenceSource.LAUNCH,
            organisation=launch.organisation,
            subject=requester.principal,
            begins_at=launch.begins_at - LEAD.get(launch.kind, CLOCKS_DIFFER),
            ends_at=min(launch.ends_at or latest, latest),
            evidence=launch.evidence,
        )

    async def _take(self, handle: str, at: datetime) -> Launch | None:
        if _HANDLE.fullmatch(handle) is None:
            return None
        digest = _digest(handle)
        try:
            kept = await self._store.take(digest, at)
        except StorageError as fault:
            raise OverloadedError(NOT_LOOKED_UP) from fault
        # Invariant: a store that forgets to look at the clock gives nobody an old launch.
        if kept is None or kept.expires_at <= at:
            return None
        return self._open(kept.sealed, handle, digest)

    def _seal(self, launch: Launch, handle: str, digest: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        current = self._sealing[0]
        return nonce + _cipher(current, handle).encrypt(nonce, msgspec.json.encode(launch), digest)

    def _open(self, sealed: bytes, handle: str, digest: bytes) -> Launch | None:
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._sealing:
            try:
                content = _cipher(key, handle).decrypt(nonce, text, digest)
                return msgspec.json.decode(content, type=Launch)
            except (InvalidTag, ValueError, msgspec.MsgspecError):
                continue  # sealed before the key was changed, or not by us
        return None


def _cipher(key: bytes, handle: str) -> AESGCM:
    # A key for each handle: without it, the gateway's own opens nothing.
    return AESGCM(hmac.digest(key, handle.encode(), hashlib.sha256))


def _is_for(launch: Launch, requester: Requester) -> bool:
    organisation = requester.organisation
    if organisation is None or organisation.ods_code != launch.organisation:
        return False
    return launch.subject is None or launch.subject == requester.principal


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
