"""What the commands about nodes have in common."""

from __future__ import annotations

from pathlib import Path

import click

from federation.errors import SettingsError
from gateway.cli.sharing.terminal import SETTINGS, fail, now, plain_errors, show, table

__all__ = [
    "DESCRIPTOR",
    "NODE",
    "SETTINGS",
    "fail",
    "now",
    "plain_errors",
    "read_bytes",
    "show",
    "signed_file",
    "table",
    "write_bytes",
]

DESCRIPTOR = click.argument(
    "descriptor", type=click.Path(exists=True, path_type=Path, dir_okay=False)
)
NODE = click.argument("node", metavar="NODE")


def signed_file(descriptor: Path) -> Path:
    """Where a descriptor's signature lies."""
    return descriptor.with_name(f"{descriptor.name}.jws")


def read_bytes(path: Path) -> bytes:
    """A file; raises `SettingsError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None


def write_bytes(path: Path, body: bytes) -> None:
    """A file, whole; raises `SettingsError`."""
    try:
        path.write_bytes(body)
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be written ({error.strerror})") from None
