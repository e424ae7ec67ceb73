"""`watling token PERSONA`: a token of the demo's own issuer, for whoever asks as that persona."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from demo.personas import DeviceWord, personas
from demo.place import DEFAULT, Place


@click.command()
@click.argument("persona")
@click.option(
    "--device",
    type=click.Choice(["managed", "mobile", "shared"]),
    help="What the record is looked at with; what the persona uses if not said.",
)
@click.option("--person", help="Of a citizen or a proxy: the curated person whom they ask about.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT,
    show_default=True,
    help="Where the demo lies.",
)
def token(persona: str, device: DeviceWord | None, person: str | None, directory: Path) -> None:
    """Print a token of one of the demo's own issuers, valid for twelve hours."""
    known = personas()
    if persona not in known:
        _stop(f"there is no such persona; there are: {', '.join(known)}")
    place = Place(directory)
    if not (place.issuer.exists and place.people()):
        _stop("no demo has been made here yet: `watling demo start` makes one")
    if person is not None and known[persona].person is None:
        _stop("only a citizen or a proxy asks about a person of their own")
    if person is not None and person not in {one.slug for one in place.people()}:
        _stop("there is no such person; `watling demo people` shows whom there is")
    now = datetime.now(UTC)  # noqa: TID251 - a command is a composition root
    click.echo(place.token(known[persona], now, person=person, device=device))


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
