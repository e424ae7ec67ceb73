"""`watling audit export`: takes events out of the log, in a form that others read.

Goes through the whole chain and not by its index, so that nothing is left out that the index lacks,
one event at a time. That it was done is on the record before the first event goes out. A number is
read from standard input, never from the command, which a shell would remember.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from msgspec import Struct

from federation.audit import Opened, Sealer
from federation.audit.archive import Segment, of_segments
from federation.audit.chain import open_row
from federation.audit.done import AuditExported
from federation.audit.event import EventKind
from federation.audit.export import FORMS, Names
from federation.audit.operations import audit_exported
from federation.audit.wanted import Wanted
from federation.audit.with_archives import rows_with
from federation.errors import InvalidNhsNumberError, SettingsError
from federation.identify import KnownNumbers
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.storage import Storage
from federation.storage.base import AuditRow
from gateway.audit_keys import load_audit_keys
from gateway.checkpoint_keys import load_public_keys
from gateway.cli.audit_parts import ARCHIVES, FILE, SETTINGS, opened, run
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.operators import commands_trail, operation
from gateway.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])


class Asked(Struct, frozen=True, kw_only=True):
    """What an operator wants: which events, in which form, where to."""

    wanted: Wanted
    person: NhsNumber | None
    form: str
    identities: bool
    out: Path | None
    archives: tuple[Path, ...]


@click.command("export")
@click.option("--format", "form", type=click.Choice(sorted(FORMS)), required=True)
@click.option(
    "--person", is_flag=True, help="Of one person; the number is read from standard input."
)
@click.option("--organisation", metavar="CODE", help="Of staff of this organisation.")
@click.option("--node", metavar="ID", help="In which this node was asked, or which are about it.")
@click.option("--since", type=_DAY, help="Asked for on this day or later.")
@click.option("--until", type=_DAY, help="Asked for on this day or earlier.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in EventKind])
)
@click.option(
    "--identities",
    is_flag=True,
    help="With numbers, names and all else that is sealed; otherwise people have pseudonyms.",
)
@click.option("--out", type=FILE, help="A new file, in place of standard output.")
@ARCHIVES
@SETTINGS
def export_log(
    form: str,
    organisation: str | None,
    node: str | None,
    since: datetime | None,
    until: datetime | None,
    kinds: tuple[str, ...],
    out: Path | None,
    archives: tuple[Path, ...],
    settings: Path | None,
    *,
    person: bool,
    identities: bool,
) -> None:
    """Take events out of the log: FHIR AuditEvents (NDJSON), CSV, or JSON lines.

    That this was done, and with which choice, is on the record first.
    """
    number = run(_number()) if person else None
    asked = Asked(
        wanted=Wanted(
            since=since.date() if since else None,
            until=until.date() if until else None,
            organisation=organisation,
            node=node,
            kinds=frozenset(map(EventKind, kinds)) or None,
        ),
        person=number,
        form=form,
        identities=identities,
        out=out,
        archives=archives,
    )
    count = run(_export(asked, settings))
    click.echo(f"{count} events", err=True)


async def _number() -> NhsNumber:
    if sys.stdin.isatty():
        click.echo("NHS number: ", nl=False, err=True)
    try:
        return parse_nhs_number(sys.stdin.readline().strip())
    except InvalidNhsNumberError:
        raise SettingsError("standard input must begin with an NHS number") from None


async def _export(asked: Asked, chosen: Path | None) -> int:
    settings = chosen_settings(chosen)
    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    form = FORMS[asked.form](Names(sealer, identities=asked.identities), settings.gateway_id)
    url = settings.storage_url.reveal()
    async with opened(url):
        pass  # A log that is not there is refused, and not made.
    async with opened(url, read_only=False) as storage:
        wanted = await _whole(asked, storage)
        segments = await _segments(asked, settings, storage)
        with _written_to(asked.out) as file:
            await _put_on_record(asked, settings, storage)
            file.write(form.head)
            count = 0
            async for event in _events(rows_with(storage.audit, segments), wanted, sealer):
                file.write(form.line(event))
                count += 1
        missing = sum(one.said.last - one.said.first + 1 for one in segments if one.path is None)
        if missing:
            click.echo(f"{missing} events that were archived are not among them", err=True)
    return count


async def _segments(asked: Asked, settings: Settings, storage: Storage) -> tuple[Segment, ...]:
    """What was archived, each with its file where that is in one of the folders."""
    rows, key = await storage.keeping.segments(), settings.audit_checkpoint_key_file
    return of_segments(rows, load_public_keys(key) if key else None, asked.archives)


async def _whole(asked: Asked, storage: Storage) -> Wanted:
    """With every number that the person is known by."""
    if asked.person is None:
        return asked.wanted
    known = KnownNumbers(storage.numbers, now)
    await known.load()
    persons = known.all_of(known.in_use(asked.person)) | {asked.person}
    fields = {name: getattr(asked.wanted, name) for name in Wanted.__struct_fields__}
    return Wanted(**fields | {"persons": persons})


async def _put_on_record(asked: Asked, settings: Settings, storage: Storage) -> None:
    wanted = asked.wanted
    exported = AuditExported(
        form=asked.form,
        identities=asked.identities,
        organisation=wanted.organisation,
        node=wanted.node,
        since=wanted.since,
        until=wanted.until,
        kinds=tuple(sorted(wanted.kinds)) if wanted.kinds else None,
    )
    async with commands_trail(settings, storage, now) as trail:
        await trail.record((audit_exported(operation(now()), exported, asked.person),))


async def _events(
    rows: AsyncIterator[AuditRow], wanted: Wanted, sealer: Sealer
) -> AsyncIterator[Opened]:
    async for row in rows:
        if wanted.may_hold(row):
            event = open_row(row, sealer)
            if wanted.means(event):
                yield event


@contextmanager
def _written_to(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a new file for its owner's eyes alone, which is whole or not there."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise SettingsError(f"`{out}`: cannot be made ({error.strerror})") from None
    try:
        with file:
            yield file
    except OSError as error:
        out.unlink()
        raise SettingsError(f"`{out}`: cannot be written ({error.strerror})") from None
    except BaseException:
        out.unlink()
        raise
