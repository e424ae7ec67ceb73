"""`watling audit`: whether the log holds, and what was on the screen that day.

Reads the store, beside a running gateway or without one, and writes nothing but, for `reindex`, the
index beside the chain. Exit codes: 0, 1 where the chain is broken or there is no such view, 2 where
the log or the keys cannot be opened.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from federation.audit import (
    AuditKeys,
    Opened,
    Position,
    Sealer,
    events_of_view,
    reindex,
    verify,
)
from federation.audit.event import ItemShown, SectionShown
from federation.audit.find import Reindexed
from federation.errors import AuditBrokenError, SettingsError, StorageError
from federation.model import ViewId
from federation.storage import AuditStore, open_storage
from gateway.audit_keys import load_audit_keys
from gateway.cli.chosen import chosen_settings

T = TypeVar("T")

_CUT_OFF = (
    "events that were cut off the end cannot be told from the log alone: compare the number and"
    " hash of the newest with what was noted before"
)

_FILE = click.Path(path_type=Path, dir_okay=False)
_SETTINGS = click.option(
    "--settings",
    type=_FILE,
    help="The settings file; without one, the environment's, or a demo's in this folder.",
)
_STORAGE = click.option("--storage", metavar="URL", help="The store, instead of the settings'.")
_KEYS = click.option("--audit-key", type=_FILE, help="The key file, instead of the settings'.")


@click.group()
def audit() -> None:
    """Verify the audit log, read a view back from it, or make its index anew."""


@audit.command("verify")
@_SETTINGS
@_STORAGE
@_KEYS
def verify_log(settings: Path | None, storage: str | None, audit_key: Path | None) -> None:
    """Say whether every event is as it was written, and name the first that is not.

    With `--storage` alone the hashes are checked; the key file adds the seals, which also find a
    log that somebody hashed anew.
    """
    heads, sealed = _run(_verify(settings, storage, audit_key))
    table = _table("writer", "events", "newest event's hash")
    for writer, head in heads.items():
        table.add_row(_text(writer), str(head.sequence), head.hash.hex())
    Console().print(table)
    click.echo(f"{sum(head.sequence for head in heads.values())} events hold")
    if not sealed:
        click.echo("their seals were not checked: no key file was given")
    click.echo(_CUT_OFF)


@audit.command("view")
@click.argument("view_id")
@_SETTINGS
@_STORAGE
@_KEYS
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_view(
    view_id: str,
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show what was on the screen: who looked, when, why, and each source, item and version."""
    # An id is ASCII; bytes that are no text at all could not even be looked for.
    found = _run(_view(ViewId(view_id), settings, storage, audit_key)) if view_id.isascii() else ()
    if not found:
        _stop("there is no such view in the audit log", 1)
    if as_json:
        named = {"viewId": view_id, "events": [_named(event) for event in found]}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(named), indent=2) + b"\n")
        return
    console = Console()
    for event in found:
        for part in _page(event):
            console.print(part)


@audit.command("reindex")
@_SETTINGS
@_STORAGE
@_KEYS
def make_index(settings: Path | None, storage: str | None, audit_key: Path | None) -> None:
    """Add what the index of the log lacks, and say how much that was.

    By the index events are found for a person, for an officer, for a region. Run this once after an
    upgrade from a release that had none, and whenever there is doubt that it is whole.
    """
    done = _run(_reindex(settings, storage, audit_key))
    click.echo(f"{done.events} events; the index lacked {done.entries} entries")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


async def _verify(
    settings: Path | None, storage: str | None, audit_key: Path | None
) -> tuple[dict[str, Position], bool]:
    url, keys = _where(settings, storage, audit_key)
    async with _opened(url) as store:
        sealer = Sealer(keys) if keys else None
        return await verify(store.read(), sealer), sealer is not None


async def _reindex(settings: Path | None, storage: str | None, audit_key: Path | None) -> Reindexed:
    url, keys = _where(settings, storage, audit_key)
    if keys is None:
        raise SettingsError("the index cannot be made without `--audit-key`")
    async with _opened(url):
        pass  # A file that is not there is refused, as everywhere else here, and not made.
    async with _opened(url, read_only=False) as store:
        return await reindex(store, Sealer(keys))


async def _view(
    view_id: ViewId, settings: Path | None, storage: str | None, audit_key: Path | None
) -> tuple[Opened, ...]:
    url, keys = _where(settings, storage, audit_key)
    if keys is None:
        raise SettingsError("a view cannot be read without `--audit-key`")
    async with _opened(url) as store:
        return await events_of_view(store, view_id, keys)


def _where(
    settings: Path | None, storage: str | None, audit_key: Path | None
) -> tuple[str, AuditKeys | None]:
    """Which store and keys: as the options say, and as the settings say where they do not."""
    if storage is None or settings is not None:
        known = chosen_settings(settings)
        storage = storage or known.storage_url.reveal()
        audit_key = audit_key or known.audit_key_file
    return storage, load_audit_keys(audit_key) if audit_key else None


@asynccontextmanager
async def _opened(url: str, *, read_only: bool = True) -> AsyncIterator[AuditStore]:
    storage = await open_storage(url, read_only=read_only)
    try:
        yield storage.audit
    finally:
        await storage.close()


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except AuditBrokenError as broken:
        _stop(f"broken: {broken}", 1)
    except (SettingsError, StorageError) as error:
        cause = f" ({error.__cause__})" if isinstance(error, StorageError) else ""
        _stop(f"{error}{cause}", 2)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(_printable(message), err=True)
    sys.exit(code)


# ── showing ──────────────────────────────────────────────────────────────────────────────────────


def _page(event: Opened) -> Iterator[Table]:
    plain, sealed = event.plain, event.sealed
    yield _facts(event)
    if plain.rows:
        table = _table("source", "category", "state", "code", title="sources")
        for row in plain.rows:
            table.add_row(*map(_text, (row.node, row.category, row.state, row.code or "")))
        yield table
    if any(section.lines for section in sealed.shown):
        yield _items(sealed.shown)
    if sealed.withheld:
        table = _table("source", "category", "items", title="withheld")
        for count in sealed.withheld:
            table.add_row(*map(_text, (count.node, count.category, str(count.items))))
        yield table


def _facts(event: Opened) -> Table:
    table = _table("", "", title=event.plain.kind.value, show_header=False)
    for name, value in _named_facts(event):
        if value:
            table.add_row(name, _text(value))
    return table


def _named_facts(event: Opened) -> Iterator[tuple[str, str]]:
    plain, sealed, asker = event.plain, event.sealed, event.plain.asker
    yield "asked for", plain.at.isoformat()
    yield "written", f"{event.written_at.isoformat()}, event {event.sequence} of {event.writer}"
    yield "who", _joined((sealed.name, sealed.subject, sealed.issuer or None))
    if asker:
        yield "acting as", _joined((asker.kind, asker.role, asker.organisation, asker.region))
    yield "why", plain.purpose or ""
    yield "whose record", _joined((sealed.number, _asked_under(sealed.asked_number)))
    yield "details confirmed", "yes" if plain.confirmed else "no"
    yield "launched", (plain.vouched_by or "by nobody known") if plain.launched else ""
    yield "evidence", _joined(f"{one.kind} ({one.source})" for one in plain.evidence)
    yield "identity", plain.identity or ""
    yield "asked of", _joined(plain.nodes)
    yield "categories", _joined(plain.categories)
    if plain.coverage:
        yield "coverage", f"{plain.coverage.state}: {plain.coverage.headline}"
    if plain.outcome:
        failed = _joined((plain.outcome.state, plain.outcome.code, plain.outcome.origin))
        yield "outcome", failed or f"{plain.outcome.records} records"
    yield "error", _joined((plain.deed, plain.error))
    yield from _deed_facts(event)
    yield "incident", _joined((plain.incident, plain.detail))
    yield "rules", plain.rules_version or ""
    yield "agreements", _joined(f"{one.id} {one.version}" for one in plain.agreements)


def _deed_facts(event: Opened) -> Iterator[tuple[str, str]]:
    plain, sealed = event.plain, event.sealed
    if grant := plain.grant:
        scope = (*(grant.nodes or ("every source",)), *(grant.categories or ("every category",)))
        yield "emergency access", _joined((grant.id, grant.reason_code))
        yield "lasting until", grant.expires_at.isoformat()
        yield "reaching", _joined(scope)
    yield "emergency access", plain.grant_id or ""
    if declared := plain.relationship:
        yield "relationship", f"{declared.id}, until {declared.ends_at.isoformat()}"
    if objection := plain.objection:
        whom = objection.organisation or "every organisation"
        what = (objection.node or "every source", objection.category or "every category", whom)
        yield "objection", _joined((objection.effect, objection.id, *what))
        yield "in an emergency too", "yes" if objection.in_emergency else "no"
    if feed := plain.feed:
        counts = f"{feed.added} added, {feed.changed} changed, {feed.removed} removed"
        yield "feed", f"{feed.feed}: {counts}"
        yield "SHA-256", feed.digest
    if rules := plain.rules:
        yield "rules of", f"{rules.owner} version {rules.version}"
        yield "SHA-256", rules.digest
    yield "in their words", sealed.reason or ""
    yield "an objection is on file", "yes" if sealed.objected else ""
    yield "to be told", _joined(f"{alert.to} by {alert.due.isoformat()}" for alert in plain.alerts)


def _asked_under(number: str | None) -> str | None:
    return f"asked for under {number}" if number else None


def _items(sections: Iterable[SectionShown]) -> Table:
    table = _table(
        "category", "line", "source", "item", "version", "emptied", title="on the screen"
    )
    for section in sections:
        for number, line in enumerate(section.lines, start=1):
            for item in line:
                table.add_row(_text(section.category), str(number), *_item(item))
    return table


def _table(*columns: str, title: str | None = None, show_header: bool = True) -> Table:
    table = Table(title=title, show_header=show_header)
    for column in columns:
        # An id that is cut short would be no evidence.
        table.add_column(column, overflow="fold")
    return table


def _item(item: ItemShown) -> Iterator[Text]:
    yield _text(item.node or "merged")
    yield from map(_text, (item.source_id, item.version, _joined(item.redacted)))


def _joined(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)


def _text(value: str) -> Text:
    return Text(_printable(value))


def _printable(value: str) -> str:
    # What a node said may hold codes that a terminal would obey.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value
    )


def _named(value: Any) -> Any:
    """As JSON with a name for everything, also where the log keeps columns without names."""
    if isinstance(value, msgspec.Struct):
        named = {name: _named(getattr(value, name)) for name in value.__struct_fields__}
        return {_camel(name): each for name, each in named.items() if each not in (None, [])}
    return [_named(each) for each in value] if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
