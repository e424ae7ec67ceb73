"""What the commands of `watling audit` share: which log and keys, how faults end, how things show.

Exit codes: 1 where the log is not as it was written, 2 where it or the keys cannot be opened.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.table import Table
from rich.text import Text

from federation.audit import AuditKeys
from federation.audit.archive import SUFFIX
from federation.errors import AuditBrokenError, AuditUnavailableError, SettingsError, StorageError
from federation.storage import Storage, open_storage
from gateway.audit_keys import load_audit_keys
from gateway.cli.chosen import chosen_settings

T = TypeVar("T")

FILE = click.Path(path_type=Path, dir_okay=False)
SETTINGS = click.option(
    "--settings",
    type=FILE,
    help="The settings file; without one, the environment's, or a demo's in this folder.",
)
STORAGE = click.option("--storage", metavar="URL", help="The store, instead of the settings'.")
ARCHIVES = click.option(
    "--archive",
    "archives",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    help="A folder of archives that belong to the log; may be given several times.",
)
KEYS = click.option("--audit-key", type=FILE, help="The key file, instead of the settings'.")


def find_log(
    settings: Path | None, storage: str | None, audit_key: Path | None
) -> tuple[str, AuditKeys | None]:
    """Which store and keys: as the options say, and as the settings say where they do not."""
    if storage is None or settings is not None:
        known = chosen_settings(settings)
        storage = storage or known.storage_url.reveal()
        audit_key = audit_key or known.audit_key_file
    return storage, load_audit_keys(audit_key) if audit_key else None


@asynccontextmanager
async def opened(url: str, *, read_only: bool = True) -> AsyncIterator[Storage]:
    """The stores of the log; read alone, nothing is made where there is none."""
    storage = await open_storage(url, read_only=read_only)
    try:
        yield storage
    finally:
        await storage.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it; a fault is one sentence and the end."""
    try:
        return asyncio.run(work)
    except AuditBrokenError as broken:
        stop(f"broken: {broken}", 1)
    except AuditUnavailableError:
        stop("nothing was done, because that could not be put on the record", 2)
    except (SettingsError, StorageError) as error:
        cause = f" ({error.__cause__})" if isinstance(error, StorageError) else ""
        stop(f"{error}{cause}", 2)


def stop(message: str, code: int) -> NoReturn:
    """Say so and end with this exit code."""
    click.echo(printable(message), err=True)
    sys.exit(code)


def make_table(*columns: str, title: str | None = None, show_header: bool = True) -> Table:
    """A table that cuts nothing short."""
    table = Table(title=title, show_header=show_header)
    for column in columns:
        # An id that is cut short would be no evidence.
        table.add_column(column, overflow="fold")
    return table


def to_text(value: str) -> Text:
    """A text that no part of which is taken for markup."""
    return Text(printable(value))


def printable(value: str) -> str:
    """The text without what a terminal would obey."""
    # What a node said may hold codes that a terminal would obey.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value
    )


def archives_in(folders: Iterable[Path]) -> tuple[Path, ...]:
    """The archives of these folders, in order of their names."""
    return tuple(path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}")))
