"""The key file of the audit trail: which keys there are, and which one seals new events.

    # audit-keys.toml: to rotate, add a key, name it as current and restart; earlier ones stay
    current = "2026-11"

    [keys]
    2026-11 = "64 hexadecimal digits"

A lost key makes what it sealed unreadable for ever; the chain can still be verified without it.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from federation.audit import AuditKeys
from federation.errors import SettingsError

_KEY_BYTES = 32

KeyId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,32}$")]
HexKey = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}$")]


class _KeyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: KeyId
    keys: dict[KeyId, HexKey]


def load_audit_keys(path: Path) -> AuditKeys:
    """The keys of a file; a `SettingsError` names the file and never repeats what is in it."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("ascii")), _KeyFile)
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError):
        raise SettingsError(
            f"`{path}`: needs `current`, a key's id, and a table `keys` of 64 hexadecimal digits"
            " by id"
        ) from None
    if found.current not in found.keys:
        raise SettingsError(f"`{path}`: `current` is not among `keys`")
    by_id = {key_id: bytes.fromhex(digits) for key_id, digits in found.keys.items()}
    return AuditKeys(current=found.current, by_id=by_id)


def make_audit_keys(path: Path, key_id: str) -> None:
    """Write a file with one new key, for its owner's eyes alone; a file that exists is an error."""
    text = f'current = "{key_id}"\n\n[keys]\n{key_id} = "{secrets.token_hex(_KEY_BYTES)}"\n'
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
