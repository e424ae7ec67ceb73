"""The keys that the gateway vouches for requesters with: which signs now, which are published.

A file of private keys (a JSON Web Key Set, RFC 7517), each with the moment from which it signs:

    {"keys": [{"kid": "2026-11-02-a1b2", "signs_from": "2026-11-02T09:00:00Z",
               "kty": "EC", "crv": "P-256", "x": "...", "y": "...", "d": "..."}]}

The newest whose moment has come signs. A key is published from the day that it stands in the file,
before it signs, so that nodes know it when its first token comes; and for ten minutes after the
next one has begun to sign, which is longer than its last token lives. Time alone does both: the
file is written when there is a new key (`watling keys`) and needs no second hand afterwards.

A running gateway looks at the file again; replicas may each have a copy of it.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey
from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.protocols.requester_token import ALGORITHM, TOKEN_SECONDS, RequesterKey
from gateway.private_file import write_private

CURVE = "P-256"
LINGERS = timedelta(seconds=2 * TOKEN_SECONDS)
"""How long a key is still published once another signs: its last token's life, and as much again
for clocks that differ."""
LEAD = timedelta(minutes=15)
"""How long a new key is published before it signs: three times what nodes may keep a copy for."""
Kid = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]


class _Row(Struct, frozen=True, kw_only=True):
    kid: Kid
    signs_from: Annotated[datetime, Meta(tz=True)]


class _File(Struct, frozen=True):
    keys: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]


class DatedKey(Struct, frozen=True, kw_only=True):
    """One key and the moment from which it signs. `public` is what may be seen of it."""

    kid: str
    signs_from: datetime
    key: RequesterKey
    public: Mapping[str, Any]


class KeyRing:
    """The keys of one file, oldest first."""

    def __init__(self, keys: Iterable[DatedKey]) -> None:
        # Of two with the same moment the later in the file signs: it was added after the other.
        self.keys = tuple(sorted(keys, key=lambda one: one.signs_from))

    def signing(self, now: datetime) -> DatedKey:
        """The newest key whose moment has come; before the first moment of all, the first."""
        begun = [one for one in self.keys if one.signs_from <= now]
        return begun[-1] if begun else self.keys[0]

    def published(self, now: datetime) -> tuple[DatedKey, ...]:
        """Every key that a token which is still good may be signed with, or will be."""
        followers = (*(one.signs_from for one in self.keys[1:]), None)
        return tuple(
            key
            for key, follower in zip(self.keys, followers, strict=True)
            if follower is None or now < follower + LINGERS
        )


def load_requester_keys(path: Path) -> KeyRing:
    """The keys of a file; a `SettingsError` names the file and never repeats what is in it."""
    return KeyRing(_dated(raw, path) for raw in _read(path))


def make_requester_keys(path: Path, now: datetime) -> str:
    """Write a file with one new key, which signs from now on; its id. The file must not exist."""
    made = _new_key(now, now)
    _write(path, [made])
    return str(made["kid"])


def rotate_requester_keys(path: Path, now: datetime, lead: timedelta = LEAD) -> str:
    """Add a key that signs after `lead`, and drop those that are no longer published; its id.

    Raises `SettingsError` where a new key waits already.
    """
    rows = _read(path)
    ring = KeyRing(_dated(raw, path) for raw in rows)
    waiting = [one.kid for one in ring.keys if one.signs_from > now]
    if waiting:
        raise SettingsError(f"`{path}`: `{waiting[0]}` has not begun to sign yet")
    kept = {one.kid for one in ring.published(now)}
    made = _new_key(now, now + lead)
    _write(path, [*(raw for raw in rows if raw["kid"] in kept), made])
    return str(made["kid"])


def drop_requester_key(path: Path, kid: str) -> None:
    """Take one key out at once, because somebody else may have it; the last one stays."""
    rows = _read(path)
    _ = [_dated(raw, path) for raw in rows]
    left = [raw for raw in rows if raw["kid"] != kid]
    if len(left) == len(rows):
        raise SettingsError(f"`{path}`: there is no such key")
    if not left:
        raise SettingsError(f"`{path}`: it is the only key; add another first")
    _write(path, left)


def _new_key(now: datetime, signs_from: datetime) -> dict[str, Any]:
    key = ECKey.generate_key(CURVE)
    row: dict[str, Any] = {
        "kid": f"{now:%Y-%m-%d}-{secrets.token_hex(4)}",
        "signs_from": signs_from.isoformat(),
    }
    return row | {name: str(value) for name, value in key.as_dict(private=True).items()} | row


def _read(path: Path) -> tuple[dict[str, Any], ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).keys
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The fault may quote a key, so it is not passed on.
        raise SettingsError(f"`{path}`: is not a set of keys (JWKS)") from None


def _dated(raw: dict[str, Any], path: Path) -> DatedKey:
    try:
        row = msgspec.convert(raw, _Row)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = ECKey.import_key({k: v for k, v in raw.items() if k != "signs_from"})
    except (msgspec.ValidationError, JoseError, ValueError, TypeError, KeyError):
        key = None
    if key is None or not key.is_private or key.curve_name != CURVE:
        raise SettingsError(
            f"`{path}`: each key is a private {CURVE} key with a `kid` and `signs_from`"
        )
    seen = key.as_dict(private=False)
    public = {name: seen[name] for name in ("kty", "crv", "x", "y")}
    return DatedKey(
        kid=row.kid,
        signs_from=row.signs_from,
        key=RequesterKey(key, row.kid),
        public={**public, "kid": row.kid, "use": "sig", "alg": ALGORITHM},
    )


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    text = msgspec.json.format(msgspec.json.encode({"keys": list(rows)}), indent=1)
    write_private(path, text.decode("utf-8") + "\n")
