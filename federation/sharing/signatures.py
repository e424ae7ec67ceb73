"""Signing bundles off: two people, each with their own key, over the exact bytes.

A signature is a compact JWS over the SHA-256 of a bundle's body, with the signer's id as its key
id. Who may sign for whom is the operator's list (`[[signers]]` of the settings) and, for a node,
the keys that its region was enrolled with; reading either is for whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Struct

from federation.errors import PolicyInvalidError

ALGORITHM = "ES256"
TYPE = "watling-bundle+jws"
NEEDED = 2
EVERY_OWNER = "*"


class Signer(Struct, frozen=True, kw_only=True):
    """Somebody who may sign bundles off, and for whom.

    `owners` are written as in bundles (`node:milton-keynes`, `organisation:RRV`); `*` stands for
    the network's own people, who may be the second signature under anybody's. `until` ends what
    they may sign: what was published before stays, nothing is published on their word after.
    """

    id: str
    name: str
    owners: frozenset[str]
    key: ECKey
    until: datetime | None = None

    def answers_for(self, owner: str) -> bool:
        """Whether they are one of the owner's own."""
        return owner in self.owners

    def may_sign(self, owner: str) -> bool:
        """Whether their signature counts under this owner's bundle."""
        return self.answers_for(owner) or EVERY_OWNER in self.owners


class _Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    digest: str


def digest_of(body: bytes) -> str:
    """The SHA-256 of a body, in hexadecimal digits: what is signed."""
    return sha256(body).hexdigest()


def sign(body: bytes, signer: str, key: ECKey) -> str:
    """A signature under this body, by the signer of this id."""
    payload = msgspec.json.encode(_Signed(digest=digest_of(body)))
    header = {"alg": ALGORITHM, "kid": signer, "typ": TYPE}
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def check_signatures(
    body: bytes,
    owner: str,
    signatures: Iterable[str],
    signers: Mapping[str, Signer],
    published_at: datetime,
    needed: int = NEEDED,
) -> tuple[Signer, ...]:
    """Who signed this body off for this owner; raises `PolicyInvalidError` where it is not enough.

    Two different people with two different keys (or as many as are `needed`), each of whom may sign
    for the owner, and one of whom is the owner's own. One signature that does not hold is enough to
    refuse: somebody should know why.
    """
    signed = tuple(_signer(body, owner, one, signers) for one in signatures)
    for one in signed:
        if one.until is not None and published_at >= one.until:
            raise PolicyInvalidError(f"`{one.id}` had ceased to sign when this was published")
    different = min(
        len({one.id for one in signed}),
        len({one.name for one in signed}),
        len({one.key.thumbprint() for one in signed}),
    )
    if different < needed:
        people = f"{needed} different people with keys of their own" if needed > 1 else "one person"
        raise PolicyInvalidError(f"needs the signatures of {people}, and has {different}")
    if not any(one.answers_for(owner) for one in signed):
        raise PolicyInvalidError(f"none of those who signed answers for `{owner}`")
    return signed


def has_stranger(signatures: Iterable[str], signers: Mapping[str, Signer]) -> bool:
    """Whether any of these names a signer who is not, or is no longer, enrolled."""
    return any(_named(one) not in signers for one in signatures)


def _named(signature: str) -> str:
    try:
        return str(jws.extract_compact(signature.encode("ascii")).headers().get("kid"))
    except (JoseError, UnicodeEncodeError, ValueError):
        return ""


def _signer(body: bytes, owner: str, signature: str, signers: Mapping[str, Signer]) -> Signer:
    try:
        found = jws.extract_compact(signature.encode("ascii"))
        header = found.headers()
        signer = signers[str(header.get("kid"))]
        checked = jws.deserialize_compact(signature, signer.key, algorithms=[ALGORITHM])
        said = msgspec.json.decode(checked.payload, type=_Signed)
    except KeyError:
        raise PolicyInvalidError("a signature is by nobody who is enrolled as a signer") from None
    except (JoseError, UnicodeEncodeError, ValueError, msgspec.MsgspecError):
        raise PolicyInvalidError("a signature does not hold") from None
    if header.get("typ") != TYPE or said.digest != digest_of(body):
        raise PolicyInvalidError(f"`{signer.id}` signed something else than these bytes")
    if not signer.may_sign(owner):
        raise PolicyInvalidError(f"`{signer.id}` may not sign for `{owner}`")
    return signer
