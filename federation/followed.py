"""Files that change while the gateway runs: looked at every two seconds, taken whole or not at all.

A suspended organisation or a member of staff who has left must not wait for a restart. A file that
is gone or has a fault changes nothing: the last good one stays in force, and the operators are told
once. What a file holds is for whoever loads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from federation.errors import SettingsError

LOOK_SECONDS = 2.0
T = TypeVar("T")


class Refreshed(Protocol):
    """Something that looks again."""

    async def refresh(self) -> None:
        """Take over what has changed, if it is good."""


class Followed(Generic[T]):
    """What `load` makes of a file, now; only when it is made it raises `SettingsError`.

    `report` is told of a change that could not be taken, by the file's path and with the reason.
    What `load` reads beside the file is named in `with_it`: all of them are one.
    """

    def __init__(
        self,
        path: Path,
        load: Callable[[], T],
        report: Callable[[Path, str], None],
        *,
        with_it: Iterable[Path] = (),
    ) -> None:
        self._paths = (path, *with_it)
        self._load = load
        self._report = report
        self._seen = _marks(self._paths)
        self._value = load()

    def now(self) -> T:
        """What the last good file said."""
        return self._value

    async def refresh(self) -> None:
        mark = await asyncio.to_thread(_marks, self._paths)
        if mark == self._seen:
            return
        changed = next(
            path for path, new, old in zip(self._paths, mark, self._seen, strict=True) if new != old
        )
        self._seen = mark
        try:
            # Invariant: one assignment, so that nobody sees half of a change.
            self._value = await asyncio.to_thread(self._load)
        except SettingsError as fault:
            self._report(changed, str(fault))
        except Exception as fault:  # noqa: BLE001 - nothing in one file may end the following of all
            self._report(changed, f"cannot be taken ({type(fault).__name__})")


async def follow(files: Iterable[Refreshed], seconds: float = LOOK_SECONDS) -> None:
    """Refresh them for ever; ends by being cancelled."""
    several = tuple(files)
    while True:
        await asyncio.sleep(seconds)
        for file in several:
            await file.refresh()


def _marks(paths: Iterable[Path]) -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(_mark(path) for path in paths)


def _mark(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
