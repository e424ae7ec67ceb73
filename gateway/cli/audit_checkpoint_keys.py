"""`watling audit keys`: the keys that checkpoints of the audit log are signed with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from federation.errors import SettingsError
from gateway.checkpoint_keys import make_checkpoint_keys, published, rotate_checkpoint_keys
from gateway.cli.audit_parts import FILE, stop

_FILE = click.argument("file", type=FILE)


@click.group("keys")
def checkpoint_keys() -> None:
    """Make and rotate the keys that sign where the log stands."""


@checkpoint_keys.command()
@_FILE
def make(file: Path) -> None:
    """Write a new file with one key."""
    if file.exists():
        stop(f"`{file}` is there already; `watling audit keys rotate` adds a key to it", 2)
    with _told():
        click.echo(f"{make_checkpoint_keys(file, _now())} signs")


@checkpoint_keys.command()
@_FILE
def rotate(file: Path) -> None:
    """Add a key that signs from now on; of the one before, its public half is kept alone.

    A running gateway signs with the earlier one until it is started again.
    """
    with _told():
        click.echo(f"{rotate_checkpoint_keys(file, _now())} signs from now on")


@checkpoint_keys.command()
@_FILE
def public(file: Path) -> None:
    """Print the public keys (JWKS): all that somebody needs who checks the log from outside."""
    with _told():
        click.echo(msgspec.json.format(msgspec.json.encode(published(file)), indent=1))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


@contextmanager
def _told() -> Iterator[None]:
    """A fault is one plain sentence."""
    try:
        yield
    except SettingsError as fault:
        stop(str(fault), 2)
    except OSError as fault:
        stop(f"the file cannot be written ({fault.strerror})", 2)
