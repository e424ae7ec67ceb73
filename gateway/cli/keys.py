"""`watling keys`: keys that vouch for requesters, and keys that people sign with.

Writes the files alone. Running gateways look at theirs again within seconds; no restart is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from federation.errors import SettingsError
from federation.joining.signing import thumbprint
from gateway.key_pair import make_pair
from gateway.requester_keys import (
    LEAD,
    drop_requester_key,
    load_requester_keys,
    make_requester_keys,
    rotate_requester_keys,
)

_MINUTE = 60.0
_PATH = click.Path(path_type=Path, dir_okay=False)
_FILE = click.argument("file", type=_PATH)


@click.group()
def keys() -> None:
    """Make keys: those that vouch for requesters at nodes, and rotate them; those that sign."""


@keys.command()
@_FILE
def make(file: Path) -> None:
    """Write a new file with one key, which signs at once."""
    if file.exists():
        _stop(f"`{file}` is there already; `watling keys rotate` adds a key to it")
    with _told():
        click.echo(f"{make_requester_keys(file, _now())} signs from now on")


@keys.command()
@click.argument("private_file", type=_PATH)
@click.argument("public_file", type=_PATH)
def pair(private_file: Path, public_file: Path) -> None:
    """Make a pair of keys: the private one signs and stays with you, the public one is enrolled.

    For a region, whose descriptor names it by its thumbprint, and for whoever signs sharing rules.
    """
    with _told():
        made = make_pair(private_file, public_file)
    click.echo(f"{private_file} signs, and stays with you; {public_file} is enrolled")
    click.echo(f"its thumbprint, as a descriptor names it: {thumbprint(made)}")


@keys.command()
@_FILE
@click.option(
    "--in-minutes",
    type=click.FloatRange(0, 7 * 24 * 60),
    default=LEAD.total_seconds() / _MINUTE,
    show_default=True,
    help="When the new key begins to sign; until then it is published.",
)
def rotate(file: Path, in_minutes: float) -> None:
    """Add a key that signs in a while, and drop those that no token needs any more.

    Less than the default only where a key was lost: a node that keeps a copy of the published keys
    has to fetch them for the first token of the new one.
    """
    now = _now()
    with _told():
        kid = rotate_requester_keys(file, now, timedelta(minutes=in_minutes))
        begins = now + timedelta(minutes=in_minutes)
        click.echo(f"{kid} is published now and signs from {begins:%Y-%m-%d %H:%M:%S} UTC on")


@keys.command()
@_FILE
@click.argument("kid")
def drop(file: Path, kid: str) -> None:
    """Take a key out at once, because somebody else may have it.

    Nodes go on believing it until they fetch the published keys again, at the latest after the time
    that these may be kept.
    """
    with _told():
        drop_requester_key(file, kid)
        click.echo(f"{kid} signs no more")


@keys.command("list")
@_FILE
def list_keys(file: Path) -> None:
    """Show every key of a file, and what it is for just now."""
    now = _now()
    with _told():
        ring = load_requester_keys(file)
    signs, published = ring.signing(now).kid, {one.kid for one in ring.published(now)}
    table = Table("key", "signs from (UTC)", "now")
    for one in ring.keys:
        state = "waits" if one.signs_from > now else "verifies"
        state = state if one.kid in published else "is not needed any more"
        begins = f"{one.signs_from.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(one.kid, begins, "signs" if one.kid == signs else state)
    Console().print(table)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


@contextmanager
def _told() -> Iterator[None]:
    """A fault is one plain sentence."""
    try:
        yield
    except SettingsError as fault:
        _stop(str(fault))
    except OSError as fault:
        _stop(f"the file cannot be written ({fault.strerror})")


def _stop(message: str) -> None:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
