"""Files that are followed: a good change is taken over, a bad one changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from federation.errors import SettingsError
from federation.followed import Followed, follow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    return path


class Reports(list):
    def __call__(self, path: Path, reason: str) -> None:
        self.append((path, reason))


def followed(file: Path, reports: Reports) -> tuple[Followed[str], list[str]]:
    loads: list[str] = []

    def load() -> str:
        try:
            text = file.read_text()
        except OSError:
            raise SettingsError("cannot be read") from None
        loads.append(text)
        if text == "bad":
            raise SettingsError("is bad")
        return text

    return Followed(file, load, reports), loads


def replace(file: Path, text: str) -> None:
    """As an operator should: a whole file takes the place of another."""
    beside = file.with_name("beside")
    beside.write_text(text)
    beside.replace(file)


def remove(file: Path) -> None:
    file.unlink()


async def test_a_change_is_taken_over(file: Path) -> None:
    """What the file says now is what holds, and a file that did not change is not read again."""
    one, loads = followed(file, Reports())
    await one.refresh()
    replace(file, "two")
    assert one.now() == "one"
    await one.refresh()
    await one.refresh()
    assert (one.now(), loads) == ("two", ["one", "two"])


async def test_a_bad_file_changes_nothing_and_is_told_once(file: Path) -> None:
    """The last good one stays, until there is another good one."""
    reports = Reports()
    one, _ = followed(file, reports)
    replace(file, "bad")
    await one.refresh()
    await one.refresh()
    remove(file)
    await one.refresh()
    await one.refresh()
    assert one.now() == "one"
    assert reports == [(file, "is bad"), (file, "cannot be read")]
    replace(file, "three")
    await one.refresh()
    assert one.now() == "three"


def test_a_bad_file_stops_the_start(file: Path) -> None:
    """At the start there is no last good one."""
    file.write_text("bad")
    with pytest.raises(SettingsError):
        followed(file, Reports())


async def test_following_goes_on_until_it_is_cancelled() -> None:
    """Every file is looked at, again and again."""
    looked: list[int] = []
    enough = asyncio.Event()

    class Looking:
        def __init__(self, number: int) -> None:
            self.number = number

        async def refresh(self) -> None:
            looked.append(self.number)
            if len(looked) == 4:
                enough.set()

    task = asyncio.create_task(follow([Looking(1), Looking(2)], 0))
    await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert looked[:4] == [1, 2, 1, 2]


async def test_no_fault_of_a_file_ends_the_following(file: Path) -> None:
    """Whatever loading raises is told in words without a value, and the next good file is taken."""
    reports = Reports()
    loaded = [lambda: "one", lambda: int("secret"), lambda: "three"]
    one = Followed(file, lambda: loaded.pop(0)(), reports)  # noqa: PLW0108 - another each time
    replace(file, "two")
    await one.refresh()
    assert (one.now(), reports) == ("one", [(file, "cannot be taken (ValueError)")])
    replace(file, "three")
    await one.refresh()
    assert one.now() == "three"
