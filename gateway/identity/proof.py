"""DPoP: that whoever brings a token also holds the key that it was made for (RFC 9449).

A token that is bound to a key (`cnf.jkt`) is worth nothing to whoever merely read it somewhere:
each request brings a proof, signed with that key, for this method and address, just now, of this
token, and once. Proofs are remembered for as long as they could be brought again, in this process;
what several replicas share is the address, so a proof could be used once at each of them.
"""

from __future__ import annotations

import base64
from collections import Counter, OrderedDict
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Meta, Struct

from gateway.identity.algorithms import ALGORITHMS
from gateway.identity.faults import RefusedTokenError, TokenFault
from gateway.identity.keys import UnusableKeyError, public_key

LONGEST_PROOF = 4096
SECONDS_BEFORE, SECONDS_AFTER = 60, 5
"""How old a proof may be, and how far a client's clock may be ahead."""
REMEMBERED_PROOFS = 200_000
PROOFS_OF_ONE_KEY = 20_000
"""How many of one key are remembered at once, some 300 a second: no key fills the memory alone."""
_PORTS = {"https": 443, "http": 80}


class ProofHeader(Struct, frozen=True, kw_only=True):
    """What stands in a proof's header."""

    typ: str
    alg: str
    jwk: dict[str, Any]


class ProofClaims(Struct, frozen=True, kw_only=True):
    """What a proof says."""

    jti: Annotated[str, Meta(min_length=8, max_length=256)]
    htm: str
    htu: Annotated[str, Meta(max_length=2048)]
    iat: float
    ath: str


class Proofs:
    """Checks proofs for one address, `url`; with None no proof can be given, so none is taken."""

    def __init__(
        self,
        url: str | None,
        *,
        remembered: int = REMEMBERED_PROOFS,
        of_one_key: int = PROOFS_OF_ONE_KEY,
    ) -> None:
        self._url = _plain(url) if url else None
        self._most = remembered
        self._most_of_one = of_one_key
        self._seen: OrderedDict[bytes, tuple[float, str]] = OrderedDict()
        self._of_key: Counter[str] = Counter()

    def check(self, proof: str | None, token: str, thumbprint: str, now: float) -> None:
        """Let a good proof pass, once; raises `RefusedTokenError` for anything else.

        `thumbprint` is what the token is bound to, `now` in seconds since 1970.
        """
        if proof is None or len(proof) > LONGEST_PROOF:
            raise RefusedTokenError(TokenFault.PROOF)
        try:
            said = _signed_with(proof, thumbprint)
            address = _plain(said.htu)
        except (JoseError, UnusableKeyError, msgspec.MsgspecError, ValueError, TypeError) as fault:
            raise RefusedTokenError(TokenFault.PROOF) from fault
        right = (
            said.htm == "POST"
            and address == self._url
            and now - SECONDS_BEFORE <= said.iat <= now + SECONDS_AFTER
            and said.ath == digest_of(token)
        )
        if not right or not self._is_new(thumbprint, said, now):
            raise RefusedTokenError(TokenFault.PROOF)

    def _is_new(self, thumbprint: str, said: ProofClaims, now: float) -> bool:
        while self._seen and next(iter(self._seen.values()))[0] < now:
            self._forget_oldest()
        name = sha256(f"{thumbprint}\x1f{said.jti}".encode()).digest()
        # Invariant: what might be brought again is never forgotten early; a full memory refuses.
        full = len(self._seen) >= self._most or self._of_key[thumbprint] >= self._most_of_one
        if name in self._seen or full:
            return False
        self._seen[name] = now + SECONDS_BEFORE + SECONDS_AFTER, thumbprint
        self._of_key[thumbprint] += 1
        return True

    def _forget_oldest(self) -> None:
        _, (_, thumbprint) = self._seen.popitem(last=False)
        self._of_key[thumbprint] -= 1
        if not self._of_key[thumbprint]:
            del self._of_key[thumbprint]


def digest_of(token: str) -> str:
    """A token as its proof names it (`ath`)."""
    return base64.urlsafe_b64encode(sha256(token.encode("ascii")).digest()).rstrip(b"=").decode()


def _signed_with(proof: str, thumbprint: str) -> ProofClaims:
    """What the proof says, once it is sure that the holder of the token's key signed it."""
    parts = jws.extract_compact(proof.encode("ascii"))
    header = msgspec.convert(parts.headers(), ProofHeader)
    if header.typ != "dpop+jwt":
        raise ValueError("not a proof")
    key = public_key(header.jwk)
    if key.thumbprint() != thumbprint:
        raise ValueError("another key's proof")
    signed = jws.deserialize_compact(proof, key, algorithms=list(ALGORITHMS))
    return msgspec.json.decode(signed.payload, type=ProofClaims)


def _plain(url: str) -> tuple[str, str, int, str]:
    """An address as two of them are compared: RFC 3986 6.2, without query and fragment."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname or "", port, parts.path or "/"
