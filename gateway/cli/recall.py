"""`watling recall`: calls an item of a node back, and says how its recalls stand.

Beside a running gateway or without one, in the commands' chain: each step is on the record before
it counts. Broken off, it is run again, and goes on. Exit codes: 0, 1 where the log is not as it was
written, 2 where nothing could be done or put on the record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console

from federation.access.recall import Recaller, foreseen
from federation.audit import EventKind, Opened, Sealer
from federation.audit.archive import Archive, of_segments
from federation.audit.chain import open_row
from federation.audit.done import LogOpened
from federation.audit.operations import log_opened
from federation.audit.recalls import RecallOf
from federation.deeds import LONGEST_IDEMPOTENCY_KEY, Recall, RecallReason
from federation.errors import ConflictError, SettingsError
from federation.model import Node
from federation.records.partial_date import LOCAL
from federation.storage import Storage
from gateway.audit_keys import load_audit_keys
from gateway.checkpoints import signing_key
from gateway.cli.audit_parts import (
    ARCHIVES,
    SETTINGS,
    archives_in,
    make_table,
    opened,
    run,
    to_text,
)
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.joining.past import node_of_log
from gateway.operators import commands_trail, operation

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = frozenset((EventKind.VIEW, EventKind.SECOND_LOOK))


class _Log(Struct, frozen=True, kw_only=True):
    """An open log, the node that is meant, and the archives that are looked into."""

    storage: Storage
    recaller: Recaller
    node: Node
    archives: tuple[Path, ...]
    unread: tuple[str, ...]


class _Wanted(Struct, frozen=True, kw_only=True):
    source_id: str
    reason: RecallReason
    version: str | None
    key: str | None
    note: str | None
    since: date | None
    dry: bool


class _Said(Struct, frozen=True, kw_only=True):
    recalls: tuple[Recall, ...]
    unread: tuple[str, ...]


@click.command()
@click.option("--node", required=True, metavar="ID", help="The node whose item it is.")
@click.option("--source-id", metavar="ID", help="The item's id at its source.")
@click.option("--version", metavar="VERSION", help="The version meant; without it, every one.")
@click.option("--reason", type=click.Choice([one.value for one in RecallReason]))
@click.option("--since", type=_DAY, help="Looks of this day or later.")
@click.option("--note", help="Why, in words: kept sealed in the log and told to nobody.")
@click.option(
    "--key",
    metavar="KEY",
    help="Another recall of the same item, for looks since the first; nobody is told twice.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be told, and tell nobody.")
@click.option("--status", is_flag=True, help="Say how the node's recalls stand, and do nothing.")
@ARCHIVES
@SETTINGS
def recall(
    node: str,
    source_id: str | None,
    version: str | None,
    reason: str | None,
    since: datetime | None,
    note: str | None,
    key: str | None,
    archives: tuple[Path, ...],
    settings: Path | None,
    *,
    dry: bool,
    status: bool,
) -> None:
    """Tell whoever was shown an item that its source has corrected or withdrawn it.

    Or that it was another person's. Run again it goes on, and says how many have read it.
    """
    if status:
        said = run(_status(node, archives, settings))
    elif not source_id or reason is None:
        raise click.UsageError("`--source-id ID` and `--reason` say what is called back, and why")
    elif key is not None and not 0 < len(key) <= LONGEST_IDEMPOTENCY_KEY:
        raise click.UsageError(f"`--key` has 1 to {LONGEST_IDEMPOTENCY_KEY} letters")
    else:
        wanted = _Wanted(
            source_id=source_id,
            reason=RecallReason(reason),
            version=version,
            key=key,
            note=note,
            since=since.date() if since else None,
            dry=dry,
        )
        said = run(_recall(node, wanted, archives, settings))
    _show(said, dry=dry)


def _show(said: _Said, *, dry: bool) -> None:
    table = make_table(
        "item", "version", "why", "since", "looks", "viewers", "told", "others", "read"
    )
    for one in said.recalls:
        counts = (one.views, one.viewers, one.notified, one.others, one.acknowledged)
        began = f"{one.began_at:%Y-%m-%d %H:%M}"
        row = (one.source_id, one.version or "any", one.reason, began, *map(str, counts))
        table.add_row(*map(to_text, row))
    Console().print(table)
    if dry:
        click.echo("nobody was told")
    if any(one.others for one in said.recalls):
        click.echo(
            "others: looks of people themselves and of proxies, whom the region must write to"
        )
    for stretch in said.unread:
        click.echo(f"not looked into: {stretch}")


async def _status(node: str, archives: tuple[Path, ...], chosen: Path | None) -> _Said:
    async with _log(node, archives, chosen) as log:
        what = LogOpened(command="recall --status", node=node)
        await log.recaller.trail.record((log_opened(operation(now()), what),))
        known = await log.recaller.known(log.node.id)
        recalls = [await log.recaller.stands(*each) for each in known.values()]
        return _Said(recalls=tuple(recalls), unread=log.unread)


async def _recall(
    node: str, wanted: _Wanted, archives: tuple[Path, ...], chosen: Path | None
) -> _Said:
    async with _log(node, archives, chosen) as log:
        by, recaller = operation(now()), log.recaller
        what = RecallOf(
            node=log.node.id,
            source_id=wanted.source_id,
            version=wanted.version,
            reason=wanted.reason,
            key=wanted.key,
        )
        since = datetime.combine(wanted.since, time.min, tzinfo=LOCAL) if wanted.since else None
        try:
            if wanted.dry:
                opened_for = LogOpened(command="recall --dry-run", node=node, since=wanted.since)
                await recaller.trail.record((log_opened(by, opened_for),))
                begun = await recaller.plan(by, what, log.node, by.at)
            else:
                begun = await recaller.begin(by, what, log.node, by.at, wanted.note)
        except ConflictError:
            raise SettingsError("`--key` stands for another recall of this node") from None
        await begun.through(since=since, most=None, dry=wanted.dry)
        await begun.of(_archived(log, since), dry=wanted.dry)
        stands = await recaller.stands(what, begun.named)
        if wanted.dry:
            stands = foreseen(stands, begun.found)
        return _Said(recalls=(replace(stands, unread=len(log.unread)),), unread=log.unread)


async def _archived(log: _Log, since: datetime | None) -> AsyncIterator[Opened]:
    for path in log.archives:
        for row in Archive(path).rows():
            if row.kind in _SHOWN and (since is None or row.at >= since):
                event = open_row(row, log.recaller.sealer)
                if log.node.id in event.plain.nodes:
                    yield event


@asynccontextmanager
async def _log(node: str, archives: Iterable[Path], chosen: Path | None) -> AsyncIterator[_Log]:
    settings = chosen_settings(chosen)
    url = settings.storage_url.reveal()
    folders = tuple(archives)
    async with opened(url) as storage:  # A log that is not there is refused, and not made.
        meant = await node_of_log(storage.joining, settings, node)
    async with (
        opened(url, read_only=False) as storage,
        commands_trail(settings, storage, now) as trail,
    ):
        key = signing_key(settings)
        segments = of_segments(
            await storage.keeping.segments(), key.public if key else None, folders
        )
        recaller = Recaller(
            store=storage.audit,
            sealer=Sealer(load_audit_keys(settings.audit_key_file)),
            trail=trail,
        )
        yield _Log(
            storage=storage,
            recaller=recaller,
            node=meant,
            archives=archives_in(folders),
            unread=tuple(
                f"events {one.said.first} to {one.said.last} of {one.said.writer}, which are"
                f" {'deleted' if one.purged else 'archived'}"
                for one in segments
                if one.path is None
            ),
        )
