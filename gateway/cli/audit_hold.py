"""`watling audit hold`: what no archive may be deleted of, and until when."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct
from rich.console import Console

from federation.audit import Opened, find
from federation.audit.clues import kind
from federation.audit.done import HoldNamed
from federation.audit.event import EventKind
from federation.audit.holds import Hold, Lifted, keyed, of_holds
from federation.audit.operations import hold_lifted, hold_placed
from federation.audit.signing import sign
from federation.errors import InvalidNhsNumberError, SettingsError
from federation.model import ViewId
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.storage import HoldRow
from gateway.checkpoints import signing_key
from gateway.cli.audit_parts import SETTINGS, make_table, opened, run, to_text
from gateway.cli.audit_upkeep import Kept, log_to_change
from gateway.cli.chosen import chosen_settings

_DATE = click.DateTime(["%Y-%m-%d"])


class _On(Struct, frozen=True, kw_only=True):
    """What is to be held, but for a person's number; nothing given is a person."""

    reference: str
    view: ViewId | None
    since: datetime | None
    until: datetime | None


@click.group()
def hold() -> None:
    """Keep a person's events, a view's or a period's from ever being deleted."""


@hold.command()
@click.option("--person", is_flag=True, help="A person; the number is asked for, or piped in.")
@click.option("--view", metavar="ID", help="A view.")
@click.option("--since", type=_DATE, help="A period, from this day on.")
@click.option("--until", type=_DATE, help="A period, before this day.")
@click.option("--reference", required=True, help="Where the reason is written down; no names.")
@SETTINGS
def add(
    *,
    person: bool,
    view: str | None,
    since: datetime | None,
    until: datetime | None,
    reference: str,
    settings: Path | None,
) -> None:
    """Place a hold on a person, on a view or on a period.

    A person's number is never an argument, which a shell would remember.
    """
    period = since is not None or until is not None
    if [person, view is not None, period].count(True) != 1:
        raise click.UsageError("hold one of --person, --view, or --since and --until")
    number = _number() if person else None
    on = _On(
        reference=_reference(reference),
        view=ViewId(view) if view is not None else None,
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) if until else None,
    )
    click.echo(f"{run(_add(on, number, settings))} is held")


@hold.command("list")
@SETTINGS
def list_holds(settings: Path | None) -> None:
    """Show every hold, lifted or not."""
    table = make_table("hold", "on", "reference", "placed", "lifted")
    for one, lifted in run(_holds(settings)):
        ended = lifted.at.isoformat() if lifted else ""
        row = (one.id, _on(one), one.reference, one.placed_at.isoformat(), ended)
        table.add_row(*map(to_text, row))
    Console().print(table)


@hold.command()
@click.argument("hold_id")
@SETTINGS
def lift(hold_id: str, settings: Path | None) -> None:
    """Lift a hold."""
    run(_lift(hold_id, settings))
    click.echo("it is held no more")


def _number() -> NhsNumber:
    if sys.stdin.isatty():
        line = click.prompt("NHS number", hide_input=True)
    else:
        line = sys.stdin.readline()
    try:
        return parse_nhs_number(line.strip())
    except InvalidNhsNumberError:
        raise click.UsageError("what was given is no NHS number") from None


def _reference(text: str) -> str:
    # It is kept in clear.
    if not text.isprintable() or len(text) > 200 or re.search(r"(\d[ -]?){10}", text):  # noqa: PLR2004 - as `Line` of the settings
        raise click.UsageError("a reference is one line of at most 200 letters, and no number")
    return text


def _on(one: Hold) -> str:
    if one.person:
        return "a person"
    if one.view is not None:
        return f"view {one.view}"
    since = one.since.date().isoformat() if one.since else "the beginning"
    return f"from {since} until {one.until.date().isoformat() if one.until else 'the end'}"


async def _add(on: _On, number: NhsNumber | None, chosen: Path | None) -> str:
    async with log_to_change(chosen) as log:
        upkeep = log.upkeep
        operation = upkeep.operation()
        said = Hold(
            id=operation.id,
            reference=on.reference,
            placed_at=operation.at,
            person=await _person(log, number) if number else (),
            view=on.view,
            since=on.since,
            until=on.until,
        )
        await upkeep.trail.record((hold_placed(operation, _named(said), number),))
        await upkeep.keeping.add_hold(HoldRow(id=said.id, signed=sign(said, upkeep.key)))
        return said.id


def _named(one: Hold) -> HoldNamed:
    return HoldNamed(
        id=one.id,
        reference=one.reference,
        held_view=one.view,
        since=one.since,
        until=one.until,
    )


async def _person(log: Kept, number: NhsNumber) -> tuple[str, ...]:
    earlier = await log.storage.numbers.superseded_by(number)
    return keyed((number, *earlier), log.upkeep.sealer)


async def _holds(chosen: Path | None) -> list[tuple[Hold, Lifted | None]]:
    settings = chosen_settings(chosen)
    key = signing_key(settings)
    async with opened(settings.storage_url.reveal()) as storage:
        found = of_holds(await storage.keeping.holds(), key.public if key else None)
    return sorted(found.values(), key=lambda pair: pair[0].placed_at)


async def _lift(hold_id: str, chosen: Path | None) -> None:
    async with log_to_change(chosen) as log:
        upkeep = log.upkeep
        kept = of_holds(await upkeep.keeping.holds(), upkeep.key.public)
        in_force = hold_id in kept and kept[hold_id][1] is None
        if not in_force and hold_id not in await placed_and_gone(log, kept):
            raise SettingsError("there is no such hold in force")
        named = _named(kept[hold_id][0]) if in_force else HoldNamed(id=hold_id, reference="")
        operation = upkeep.operation()
        await upkeep.trail.record((hold_lifted(operation, named),))
        if in_force:
            proof = sign(Lifted(id=hold_id, at=operation.at), upkeep.key)
            await upkeep.keeping.lift_hold(hold_id, proof)


async def placed_and_gone(log: Kept, kept: Collection[str]) -> list[str]:
    """Holds that the log says were placed and not lifted, and that are not kept any more."""
    placed, lifted = [
        [event.plain.hold.id async for event in _events(log, of) if event.plain.hold]
        for of in (EventKind.HOLD_PLACED, EventKind.HOLD_LIFTED)
    ]
    return [id_ for id_ in placed if id_ not in lifted and id_ not in kept]


def _events(log: Kept, of: EventKind) -> AsyncIterator[Opened]:
    return find(log.storage.audit, log.upkeep.sealer, [kind(of)])
