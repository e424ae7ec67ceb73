"""What the commands of this group have in common: plain errors, tables, and arguments."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from federation.errors import WatlingError
from federation.records.partial_date import LOCAL
from gateway.cli.audit_parts import printable

_WIDTH_OF_A_FILE = 140
BUNDLE = click.argument("bundle", type=click.Path(exists=True, path_type=Path), metavar="BUNDLE")
SETTINGS = click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The gateway's settings file; without one, WATLING_* variables alone.",
)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever is wrong with files or stores is said in its own words, and the command fails."""
    try:
        yield
    except WatlingError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """End with this, each line by itself."""
    for line in message.splitlines():
        click.echo(printable(f"watling: {line}"), err=True)
    sys.exit(1)


def now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


def today() -> date:
    """The day in the United Kingdom."""
    return now().astimezone(LOCAL).date()


def table(*columns: str) -> Table:
    """A table whose cells are never cut short."""
    made = Table(box=SIMPLE)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def show(what: Table) -> None:
    """Print it, as wide as the terminal or as a file can be."""
    narrow = Console()
    (narrow if narrow.is_terminal else Console(width=_WIDTH_OF_A_FILE)).print(what)
