"""Signs what is said about the log: where it stood, what was archived, what was purged.

Each statement is a compact JWS (RFC 7515) under an Ed25519 key of its own, so that whoever has the
public keys can check it with any library, and without the keys that open the log. Key files are
read in `gateway/`, and passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from msgspec import Struct

from federation.errors import AuditBrokenError, SettingsError

ALGORITHM = "Ed25519"

PublicKeys = Mapping[str, OKPKey]
"""The keys that statements are checked with, by id."""


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is signed; `typ` says what, so that one kind never passes for another."""

    typ: ClassVar[str] = ""


S = TypeVar("S", bound=Statement)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs now, under its id, and the public keys of those that signed before it."""

    kid: str
    key: OKPKey = field(repr=False)
    public: PublicKeys = field(repr=False)


def sign(statement: Statement, key: SigningKey) -> str:
    """The statement as a compact JWS."""
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": statement.typ}
    payload = msgspec.json.encode(statement, order="sorted")
    return jws.serialize_compact(header, payload, key.key, algorithms=[ALGORITHM])


def read(kind: type[S], signed: str, keys: PublicKeys | None) -> S:
    """What was signed; without keys what is said, which then proves nothing against a forger.

    Raises `AuditBrokenError` where the signature does not hold, and `SettingsError` where its key
    is not to hand.
    """
    try:
        found = jws.extract_compact(signed.encode("ascii"))
        header, payload = found.headers(), found.payload
        if header.get("typ") != kind.typ:
            raise _unsigned(kind)
        if keys is not None:
            # The bytes themselves are taken from what was checked.
            key = _key(str(header.get("kid")), keys)
            payload = jws.deserialize_compact(signed, key, algorithms=[ALGORITHM]).payload
        return msgspec.json.decode(payload, type=kind)
    except (JoseError, ValueError, TypeError) as fault:
        # msgspec's errors and those of texts that are no ASCII are values errors too.
        raise _unsigned(kind) from fault


def _key(kid: str, keys: PublicKeys) -> OKPKey:
    try:
        return keys[kid]
    except KeyError:
        raise SettingsError(
            f"the checkpoint key {kid!r} is needed and is not in the key file"
        ) from None


def _unsigned(kind: type[Statement]) -> AuditBrokenError:
    return AuditBrokenError(f"a `{kind.typ}` is not as it was signed")
