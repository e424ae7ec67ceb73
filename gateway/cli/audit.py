"""`watling audit`: whether the log holds, and what was on the screen that day.

Reads the store, beside a running gateway or without one, and writes nothing but that it was read
(`audit_opened.py`) and, for `reindex`, the index beside the chain; `verify` shows nothing of
anybody, and writes nothing. Exit codes: 0, 1 where the chain is broken or there is no such view, 2
where the log or the keys cannot be opened, or it cannot be put on the record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from federation.audit import Opened, events_of_view, reindex
from federation.audit.done import LogOpened
from federation.audit.event import Plain
from federation.audit.find import Reindexed
from federation.audit.form import named
from federation.audit.seen import ItemShown, SectionShown
from federation.model import ViewId
from gateway.cli.audit_checkpoint_keys import checkpoint_keys
from gateway.cli.audit_export import export_log
from gateway.cli.audit_hold import hold
from gateway.cli.audit_opened import log_to_open
from gateway.cli.audit_parts import (
    ARCHIVES,
    KEYS,
    SETTINGS,
    STORAGE,
    archives_in,
    make_table,
    run,
    stop,
    to_text,
)
from gateway.cli.audit_receipt import receipt
from gateway.cli.audit_report import report, reviews
from gateway.cli.audit_retention import archive_log, purge_log
from gateway.cli.audit_verify import verify_log


@click.group()
def audit() -> None:
    """Verify the audit log, read from it, take events out of it, or make its index anew."""


audit.add_command(checkpoint_keys)
audit.add_command(export_log)
audit.add_command(receipt)
audit.add_command(report)
audit.add_command(reviews)
audit.add_command(verify_log)
audit.add_command(archive_log)
audit.add_command(purge_log)
audit.add_command(hold)


@audit.command("view")
@click.argument("view_id")
@SETTINGS
@STORAGE
@KEYS
@ARCHIVES
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_view(
    view_id: str,
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Show what was on the screen: who looked, when, why, and each source, item and version."""
    # An id is ASCII; bytes that are no text at all could not even be looked for.
    found = (
        run(_view(ViewId(view_id), settings, storage, audit_key, archives))
        if view_id.isascii()
        else ()
    )
    if not found:
        stop("there is no such view in the audit log", 1)
    if as_json:
        said = {"viewId": view_id, "events": [named(event) for event in found]}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
        return
    console = Console()
    for event in found:
        for part in _page(event):
            console.print(part)


@audit.command("reindex")
@SETTINGS
@STORAGE
@KEYS
def make_index(settings: Path | None, storage: str | None, audit_key: Path | None) -> None:
    """Add what the index of the log lacks, and say how much that was.

    By the index events are found for a person, for an officer, for a region. Run this once after an
    upgrade from a release that had none, and whenever there is doubt that it is whole.
    """
    done = run(_reindex(settings, storage, audit_key))
    click.echo(f"{done.events} events; the index lacked {done.entries} entries")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


async def _reindex(settings: Path | None, storage: str | None, audit_key: Path | None) -> Reindexed:
    async with log_to_open(settings, storage, audit_key) as log:
        await log.tell(LogOpened(command="audit reindex"))
        return await reindex(log.stores.audit, log.sealer)


async def _view(
    view_id: ViewId,
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
) -> tuple[Opened, ...]:
    async with log_to_open(settings, storage, audit_key) as log:
        found = await events_of_view(log.stores.audit, view_id, log.keys, archives_in(archives))
        if found:
            number = next((one.sealed.number for one in found if one.sealed.number), None)
            await log.tell(LogOpened(command="audit view", opened_view=view_id), number)
        return found


# ── showing ──────────────────────────────────────────────────────────────────────────────────────


def _page(event: Opened) -> Iterator[Table]:
    plain, sealed = event.plain, event.sealed
    yield _facts(event)
    if plain.rows:
        table = make_table("source", "category", "state", "code", title="sources")
        for row in plain.rows:
            table.add_row(*map(to_text, (row.node, row.category, row.state, row.code or "")))
        yield table
    if any(section.lines for section in sealed.shown):
        yield _items(sealed.shown)
    if sealed.withheld:
        table = make_table("source", "category", "items", title="withheld")
        for count in sealed.withheld:
            table.add_row(*map(to_text, (count.node, count.category, str(count.items))))
        yield table


def _facts(event: Opened) -> Table:
    table = make_table("", "", title=event.plain.kind.value, show_header=False)
    for name, value in _named_facts(event):
        if value:
            table.add_row(name, to_text(value))
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
    yield "recall", _joined((plain.recall.id, plain.recall.reason)) if plain.recall else ""
    if declared := plain.relationship:
        yield "relationship", f"{declared.id}, until {declared.ends_at.isoformat()}"
    if objection := plain.objection:
        whom = objection.organisation or "every organisation"
        what = (objection.node or "every source", objection.category or "every category", whom)
        yield "objection", _joined((objection.effect, objection.id, *what))
        yield "in an emergency too", "yes" if objection.in_emergency else "no"
    if reviewed := plain.review:
        yield "found", _joined((reviewed.outcome, f"for {reviewed.to}"))
        yield "of", f"event {reviewed.of.sequence} of {reviewed.of.writer}"
    yield from _operation_facts(plain)
    yield "in their words", sealed.reason or ""
    yield "an objection is on file", "yes" if sealed.objected else ""
    yield "to be told", _joined(f"{alert.to} by {alert.due.isoformat()}" for alert in plain.alerts)


def _operation_facts(plain: Plain) -> Iterator[tuple[str, str]]:
    if feed := plain.feed:
        counts = f"{feed.added} added, {feed.changed} changed, {feed.removed} removed"
        yield "feed", f"{feed.feed}: {counts}"
        yield "SHA-256", feed.digest
    if plain.failures:
        yield "refused", _joined(f"{one.count} {one.fault}" for one in plain.failures)
    if rules := plain.rules:
        yield "rules of", f"{rules.owner} version {rules.version}"
        yield "SHA-256", rules.digest
    if out := plain.exported:
        yield "exported", _joined((out.form, "with identities" if out.identities else ""))
    if read_by := plain.opened:
        yield "shown by", _joined((read_by.command, read_by.opened_view))
    if segment := plain.segment:
        yield "events", f"{segment.first} to {segment.last} of {segment.writer}"
        yield "last event's hash", segment.hash
    if hold := plain.hold:
        period = (each.isoformat() for each in (hold.since, hold.until) if each)
        yield "hold", _joined((hold.id, hold.reference, hold.held_view, *period))
    if read := plain.log_read:
        yield "entries shown", str(read.entries)
    if receipt_of := plain.receipt:
        yield "receipt of", receipt_of.month
        yield "SHA-256", receipt_of.digest


def _asked_under(number: str | None) -> str | None:
    return f"asked for under {number}" if number else None


def _items(sections: Iterable[SectionShown]) -> Table:
    table = make_table(
        "category", "line", "source", "item", "version", "emptied", title="on the screen"
    )
    for section in sections:
        for number, line in enumerate(section.lines, start=1):
            for item in line:
                table.add_row(to_text(section.category), str(number), *_item(item))
    return table


def _item(item: ItemShown) -> Iterator[Text]:
    yield to_text(item.node or "merged")
    yield from map(to_text, (item.source_id, item.version, _joined(item.redacted)))


def _joined(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)
