"""The key file of checkpoints: what is said about the audit log is signed with a key of its own.

A JSON Web Key Set (RFC 7517) of Ed25519 keys. The last one signs and is the only private one:

    {"keys": [{"kid": "2026-10-01-a1b2", "kty": "OKP", "crv": "Ed25519", "x": "..."},
              {"kid": "2026-11-02-c3d4", "kty": "OKP", "crv": "Ed25519", "x": "...", "d": "..."}]}

A key that signs no more keeps its public half alone, to check what it signed. The set without any
private half is all that somebody needs who checks the log from outside.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from msgspec import Meta, Struct

from federation.audit.signing import PublicKeys, SigningKey
from federation.errors import SettingsError
from gateway.private_file import write_private

CURVE: Literal["Ed25519"] = "Ed25519"
_PUBLIC = ("kid", "kty", "crv", "x")


class _Row(Struct, frozen=True, kw_only=True):
    kid: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    d: str | None = None


class _File(Struct, frozen=True):
    keys: Annotated[tuple[_Row, ...], Meta(min_length=1)]


def load_signing_key(path: Path) -> SigningKey:
    """The key that signs now; a `SettingsError` names the file, never what is in it."""
    rows = _read(path)
    key = _key(rows[-1], path)
    if not key.is_private:
        raise SettingsError(f"`{path}`: its last key has no private half to sign with")
    return SigningKey(rows[-1].kid, key, _public(rows, path))


def load_public_keys(path: Path) -> PublicKeys:
    """Every key of a file that holds private halves or none, to check signatures with."""
    return _public(_read(path), path)


def make_checkpoint_keys(path: Path, now: datetime) -> str:
    """Write a file with one new key; its id. The file must not exist."""
    made = _new(now)
    _write(path, [made])
    return str(made["kid"])


def rotate_checkpoint_keys(path: Path, now: datetime) -> str:
    """Add a key that signs from now on, and take the private half of the one before; its id."""
    earlier = published(path)["keys"]
    made = _new(now)
    _write(path, [*earlier, made])
    return str(made["kid"])


def published(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The file's public halves, as a key set for those who check from outside."""
    rows = _read(path)
    _ = _public(rows, path)
    return {"keys": [{name: getattr(row, name) for name in _PUBLIC} for row in rows]}


def _new(now: datetime) -> Mapping[str, Any]:
    kid = f"{now:%Y-%m-%d}-{secrets.token_hex(4)}"
    return OKPKey.generate_key(CURVE, {"kid": kid}).as_dict(private=True)


def _read(path: Path) -> tuple[_Row, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).keys
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The fault may quote a key, so it is not passed on.
        raise SettingsError(f"`{path}`: is not a set of {CURVE} keys (JWKS)") from None


def _key(row: _Row, path: Path) -> OKPKey:
    said = {name: value for name, value in msgspec.structs.asdict(row).items() if value is not None}
    try:
        key = OKPKey.import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        key = None
    if key is None:
        raise SettingsError(f"`{path}`: `{row.kid}` is not an {CURVE} key")
    return key


def _public(rows: Iterable[_Row], path: Path) -> PublicKeys:
    keys: dict[str, OKPKey] = {}
    for row in rows:
        if row.kid in keys:
            raise SettingsError(f"`{path}`: `{row.kid}` is there twice")
        keys[row.kid] = _key(msgspec.structs.replace(row, d=None), path)
    return keys


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    text = msgspec.json.format(msgspec.json.encode({"keys": list(rows)}), indent=1)
    write_private(path, text.decode("utf-8") + "\n")
