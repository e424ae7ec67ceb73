"""Where a chain stood, signed: on schedule, at the end, in the store and in the file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from federation.audit import AuditTrail
from federation.audit.checkpoint import (
    Checkpoint,
    append_line,
    of_lines,
    of_rows,
    read_lines,
)
from federation.audit.checkpointer import Checkpointer
from federation.audit.signing import SigningKey, read, sign
from federation.errors import AuditBrokenError, SettingsError, StorageError
from federation.storage import CheckpointRow
from federation.storage.memory import MemoryAudit, MemoryKeeping
from tests.builders import NOW
from tests.federation.audit.values import Ticking, a_signing_key, a_trail, an_event, events

KEY = a_signing_key()
SAID = Checkpoint(writer="gateway-1", sequence=3, hash="ab" * 32, events=3, at=NOW)


class Kept:
    """A chain with what signs it."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryAudit()
        self.keeping = MemoryKeeping(self.store)
        self.file = folder / "checkpoints.jsonl"
        self.failures: list[BaseException] = []

    async def open(self, key: SigningKey = KEY) -> tuple[AuditTrail, Checkpointer]:
        trail = await a_trail(self.store)
        opened = await Checkpointer.open(
            trail, self.keeping, key, self.file, Ticking(), report_failure=self.failures.append
        )
        return trail, opened

    def in_file(self) -> list[tuple[int, int]]:
        found = of_lines(read_lines(self.file), KEY.public)
        return [(said.sequence, said.events) for said in found]

    async def in_store(self) -> list[tuple[int, int]]:
        found = of_rows(await self.keeping.checkpoints(), KEY.public)
        return [(said.sequence, said.events) for said in found]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


async def test_the_end_is_signed(kept: Kept):
    """Closing signs the last event, also one that still waited, in both places."""
    trail, checkpoints = await kept.open()
    waiting = asyncio.gather(*(trail.record((one,)) for one in events(3)))
    await asyncio.sleep(0)
    await checkpoints.aclose()
    await waiting

    (said,) = of_lines(read_lines(kept.file), KEY.public)
    last = await kept.store.last("gateway-1")
    assert last is not None
    assert (said.writer, said.sequence, said.events) == ("gateway-1", 3, 3)
    assert said.position.hash == last.hash
    assert await kept.in_store() == kept.in_file() == [(3, 3)]


async def test_it_is_signed_on_schedule(kept: Kept):
    """Each time that the pause is over, if anything was written since."""
    trail, checkpoints = await kept.open()
    turns: asyncio.Queue[None] = asyncio.Queue()
    begun: asyncio.Queue[float] = asyncio.Queue()

    async def pause(seconds: float) -> None:
        begun.put_nowait(seconds)
        await turns.get()

    checkpoints.start(3600, pause)
    assert await begun.get() == 3600
    for count in (2, 0, 1):
        await trail.record(events(count))
        turns.put_nowait(None)
        await begun.get()

    assert kept.in_file() == await kept.in_store() == [(2, 2), (3, 1)]
    await checkpoints.aclose()
    assert kept.in_file() == [(2, 2), (3, 1)]


async def test_it_goes_on_after_a_restart(kept: Kept):
    """The next checkpoint counts from the one before."""
    for count in (2, 3):
        trail, checkpoints = await kept.open()
        await trail.record(events(count))
        await checkpoints.aclose()

    assert kept.in_file() == await kept.in_store() == [(2, 2), (5, 3)]


async def test_what_one_place_lacks_is_given_to_it(kept: Kept):
    """A lost file is written anew from the store, and what the store lacks comes from the file."""
    trail, checkpoints = await kept.open()
    for one in events(2):
        await trail.record((one,))
        await checkpoints.sign_now()
    await checkpoints.aclose()

    kept.keeping = MemoryKeeping(kept.store)
    await (await kept.open())[1].aclose()
    assert await kept.in_store() == [(1, 1), (2, 1)]

    kept.file.unlink()
    await (await kept.open())[1].aclose()
    assert kept.in_file() == [(1, 1), (2, 1)]


async def test_a_chain_that_was_cut_off_is_not_written_on(kept: Kept):
    """What the checkpoint stands on is gone: to go on would write over the gap."""
    trail, checkpoints = await kept.open()
    await trail.record(events(3))
    await checkpoints.aclose()
    del kept.store._rows["gateway-1", 3]

    with pytest.raises(AuditBrokenError, match=r"ends at event 2 .* stands at event 3"):
        await kept.open()

    # Nor where somebody else wrote on in its place.
    other = await a_trail(kept.store)
    await other.record((an_event("other"),))
    await other.aclose()
    with pytest.raises(AuditBrokenError, match="not as it was signed"):
        await kept.open()


async def test_a_forged_checkpoint_stops_the_start(kept: Kept):
    """Signed by a key of the same name that is another."""
    append_line(kept.file, sign(SAID, a_signing_key()))

    with pytest.raises(AuditBrokenError, match="a checkpoint of the checkpoint file"):
        await kept.open()


async def test_other_writers_lines_are_not_its_own(kept: Kept):
    """Several writers of one machine share a file."""
    append_line(kept.file, sign(replace(SAID, writer="gateway-1.commands"), KEY))

    trail, checkpoints = await kept.open()
    await trail.record(events(1))
    await checkpoints.aclose()

    assert kept.in_file() == [(3, 3), (1, 1)]
    assert await kept.in_store() == [(1, 1)]


async def test_a_file_that_cannot_be_written(kept: Kept):
    """Is reported, and the next checkpoint covers what this one would have."""
    trail, checkpoints = await kept.open()
    kept.file.mkdir()
    await trail.record(events(2))
    await checkpoints.sign_now()
    assert [type(one) for one in kept.failures] == [IsADirectoryError]

    kept.file.rmdir()
    await trail.record(events(1))
    await checkpoints.aclose()
    assert kept.in_file() == await kept.in_store() == [(3, 3)]


async def test_a_store_that_cannot_be_written(kept: Kept):
    """Is reported, and given what it lacks at the next checkpoint, whether or not there is more."""

    class Full(MemoryKeeping):
        full = True

        async def add_checkpoint(self, row: CheckpointRow) -> None:
            if self.full:
                raise StorageError("full")
            await super().add_checkpoint(row)

    kept.keeping = full = Full(kept.store)
    trail, checkpoints = await kept.open()
    await trail.record(events(2))
    await checkpoints.sign_now()
    assert (kept.in_file(), await kept.in_store(), len(kept.failures)) == ([(2, 2)], [], 1)

    full.full = False
    await checkpoints.sign_now()
    assert kept.in_file() == await kept.in_store() == [(2, 2)]
    await checkpoints.aclose()


async def test_rotated_keys(kept: Kept):
    """What the earlier key signed is still read, and the new one signs from then on."""
    trail, checkpoints = await kept.open()
    await trail.record(events(1))
    await checkpoints.aclose()
    fresh = a_signing_key("next")
    both = SigningKey(fresh.kid, fresh.key, {**KEY.public, **fresh.public})

    trail, checkpoints = await kept.open(both)
    await trail.record(events(1))
    await checkpoints.aclose()

    found = of_lines(read_lines(kept.file), both.public)
    assert [(one.sequence, one.events) for one in found] == [(1, 1), (2, 1)]
    with pytest.raises(SettingsError, match=r"`?'next'`? is needed"):
        of_lines(read_lines(kept.file), KEY.public)


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def test_a_half_written_line_is_told_and_swallows_nothing(tmp_path: Path):
    """Wherever a crash cut it: the lines before it are read, and so is the one after it."""
    file = tmp_path / "checkpoints.jsonl"
    append_line(file, "one")
    whole = len(file.read_bytes())
    append_line(file, "two")
    text = file.read_bytes()
    for length in range(whole + 1, len(text) - 1):
        file.write_bytes(text[:length])
        append_line(file, "three")

        lines = read_lines(file)

        assert (lines.signed, lines.unreadable) == (("one", "three"), (2,)), length
    # Only its end is missing: the line is whole.
    file.write_bytes(text[:-1])
    append_line(file, "three")
    assert read_lines(file).signed == ("one", "two", "three")


def test_the_file_is_its_owners_alone(tmp_path: Path):
    """As the store is."""
    file = tmp_path / "checkpoints.jsonl"
    append_line(file, "one")

    assert file.stat().st_mode & 0o777 == 0o600


# ── what is signed ────────────────────────────────────────────────────────────────────────────────


def test_no_letter_of_a_signed_text_can_be_changed():
    """At every place: either it does not read, or it is what was signed."""
    signed = sign(SAID, KEY)
    for place in range(len(signed)):
        changed = signed[:place] + ("A" if signed[place] != "A" else "B") + signed[place + 1 :]
        try:
            said = read(Checkpoint, changed, KEY.public)
        except (AuditBrokenError, SettingsError):
            continue
        # The last letter of base64 has bits that mean nothing.
        assert said == SAID
        assert place in {signed.index(".") - 1, signed.rindex(".") - 1, len(signed) - 1}


@pytest.mark.parametrize("signed", ["", "a.b", "a.b.c", "é.b.c", "...."])
def test_what_is_no_signed_text(signed: str):
    """Is refused, with and without keys."""
    for keys in (None, KEY.public):
        with pytest.raises(AuditBrokenError):
            read(Checkpoint, signed, keys)


class Lookalike(Checkpoint, frozen=True, kw_only=True):
    typ: ClassVar[str] = "watling-lookalike+jws"


def test_one_kind_never_passes_for_another():
    """The same words, signed with the same key as something else, are not what is asked for."""
    other = Lookalike(writer="gateway-1", sequence=3, hash="ab" * 32, events=3, at=NOW)
    for keys in (None, KEY.public):
        with pytest.raises(AuditBrokenError):
            read(Checkpoint, sign(other, KEY), keys)


def test_without_keys_it_is_read_and_not_believed():
    """So that an end that was lost shows to whoever holds no keys at all."""
    assert read(Checkpoint, sign(SAID, a_signing_key("other")), None) == SAID


def test_a_row_of_another_event():
    """A genuine checkpoint in the place of another is found."""
    signed = sign(SAID, KEY)
    for row in (
        CheckpointRow(writer="gateway-2", sequence=3, signed=signed),
        CheckpointRow(writer="gateway-1", sequence=2, signed=signed),
    ):
        with pytest.raises(AuditBrokenError, match="one of another event"):
            of_rows([row], KEY.public)
