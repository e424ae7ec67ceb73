"""`watling token PERSONA`: a token of the demo's own issuer, for whoever asks as that persona."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from demo.personas import personas
from demo.place import DEFAULT, Place


@click.command()
@click.argument("persona")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT,
    show_default=True,
    help="Where the demo lies.",
)
def token(persona: str, directory: Path) -> None:
    """Print a token of the demo's own issuer, valid for twelve hours."""
    known = personas()
    if persona not in known:
        _stop(f"there is no such persona; there are: {', '.join(known)}")
    place = Place(directory)
    if not (place.issuer.exists and place.people()):
        _stop("no demo has been made here yet: `watling demo start` makes one")
    now = datetime.now(UTC)  # noqa: TID251 - a command is a composition root
    click.echo(place.token(known[persona], now))


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
