"""`watling relationship|consent|proxy|mark`: load a feed, or show what ties somebody to whom.

Numbers stand in files and on standard input, never in a command, which a shell would remember.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from federation.errors import (
    AuditUnavailableError,
    InvalidNhsNumberError,
    SettingsError,
    StorageError,
)
from federation.feeds import Feed, read_feed
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.storage import PersonKeys, Storage, Told, open_storage
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.keys import read_keys
from gateway.operators import commands_trail, load_feed
from gateway.settings import Settings

T = TypeVar("T")

_HELD = {
    "relationship": "relationships",
    "consent": "consents",
    "proxy": "proxies",
    "mark": "marks",
}
"""By kind of feed: the field of `Held` where its facts are."""
_SETTINGS = click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file; without one, the environment's, or a demo's in this folder.",
)


def _commands(kind: str, help_: str) -> click.Group:
    group = click.Group(kind, help=help_)

    @group.command("load")
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
    @click.option("--feed", required=True, help="The feed's name, in small letters.")
    @_SETTINGS
    def load(file: Path, feed: str, settings: Path | None) -> None:
        """Load FILE in place of all that this feed said before; `-` is CSV on standard input.

        A file with any fault is refused whole, and each faulty line is named.
        """
        source = sys.stdin.buffer.read() if str(file) == "-" else file
        count = _run(_load(kind, feed, source, settings))
        click.echo(f"{count} rows of the feed {feed} are in force")

    @group.command("show")
    @_SETTINGS
    def show(settings: Path | None) -> None:
        """Read an NHS number from standard input and show what is known of that person."""
        _print(_run(_known(kind, sys.stdin.readline(), settings)))

    return group


relationship = _commands("relationship", "Who cares for whom.")
consent = _commands("consent", "Who agreed that something kept back is shown.")
proxy = _commands("proxy", "Who may act for whom.")
mark = _commands("mark", "Watch lists, and employers' lists of their staff and kin.")


# ── loading ──────────────────────────────────────────────────────────────────────────────────────


async def _load(kind: str, name: str, source: Path | bytes, chosen: Path | None) -> int:
    settings = chosen_settings(chosen)
    feed: Feed = read_feed(kind, name, source, PersonKeys(*read_keys(settings.sharing_key_file)))
    async with (
        _opened(settings, read_only=False) as storage,
        commands_trail(settings, storage, now) as trail,
    ):
        await load_feed(feed, storage.sharing, trail, now())
    return len(feed.rows)


# ── showing ──────────────────────────────────────────────────────────────────────────────────────


async def _known(kind: str, line: str, chosen: Path | None) -> tuple[Told, ...]:
    settings = chosen_settings(chosen)
    keys = PersonKeys(*read_keys(settings.sharing_key_file))
    try:
        number: NhsNumber = parse_nhs_number(line.strip())
    except InvalidNhsNumberError:
        raise SettingsError("standard input must begin with an NHS number") from None
    async with _opened(settings, read_only=True) as storage:
        numbers = (number, *await storage.numbers.superseded_by(number))
        found: tuple[Told, ...] = getattr(
            await storage.sharing.about(keys.sought(numbers)), _HELD[kind]
        )
    return found


def _print(facts: tuple[Told, ...]) -> None:
    if not facts:
        click.echo("nothing is known")
    for fact in facts:
        said = {name: getattr(fact, name) for name in fact.__struct_fields__ if name != "id"}
        click.echo(
            ", ".join(
                f"{name.removesuffix('_at')} {_shown(value)}"
                for name, value in said.items()
                if value is not None
            )
        )


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\x1f", " ")


# ── the store ────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _opened(settings: Settings, *, read_only: bool) -> AsyncIterator[Storage]:
    url, keys = settings.storage_url.reveal(), read_keys(settings.sharing_key_file)
    # First for reading: a mistyped place is an error, and no new database that nobody asks.
    storage = await open_storage(url, read_only=True, sharing_keys=keys)
    if not read_only:
        await storage.close()
        storage = await open_storage(url, sharing_keys=keys)
    try:
        yield storage
    finally:
        await storage.close()


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except AuditUnavailableError:
        _stop("nothing was loaded, because the audit log could not be written")
    except (SettingsError, StorageError) as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)
