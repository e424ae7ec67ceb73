"""Key files that hold 64 hexadecimal digits, or several lines of them.

`audit_keys.py` reads the audit trail's own kind.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from federation.errors import SettingsError

KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """The 32 bytes of a key file; raises `SettingsError`, which never repeats what is in it."""
    keys = read_keys(path)
    if len(keys) > 1:
        raise SettingsError(f"`{path}`: a key is 64 hexadecimal digits")
    return keys[0]


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The keys of a file with one a line, the current one first; raises as `read_key` does."""
    try:
        keys = tuple(map(bytes.fromhex, path.read_text("ascii").split()))
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(f"`{path}`: a key is 64 hexadecimal digits")
    return keys


def make_key(path: Path) -> None:
    """Write a new random key, for its owner's eyes alone; a file that exists is an error."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
