"""Events that left the store: the chain holds over archives and store, tampered with anywhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from msgspec.structs import replace

from federation.audit import Position, events_of_view
from federation.audit.archive import (
    Archive,
    Archived,
    check_archive,
    of_segments,
)
from federation.audit.chain import open_row
from federation.audit.checkpoint import of_rows
from federation.audit.event import EventKind
from federation.audit.signing import read, sign
from federation.errors import AuditBrokenError, AuditUnavailableError, StorageError
from federation.model import ViewId
from federation.storage import AuditRow, SegmentRow
from tests.federation.audit.kept import (
    COMMANDS,
    FIRST,
    KEY,
    LATER,
    WRITERS,
    KeptLog,
    an_archived_log,
    lines,
    three_groups,
)
from tests.federation.audit.values import KEYS, a_signing_key, disk_full, events


@pytest_asyncio.fixture
async def log(tmp_path: Path) -> KeptLog:
    return await three_groups(tmp_path)


def write(path: Path, given: list[bytes]) -> None:
    path.write_bytes(gzip.compress(b"".join(given), mtime=0))


# ── archiving ─────────────────────────────────────────────────────────────────────────────────────


async def test_old_events_move(log: KeptLog):
    """Up to the newest checkpoint that does not end the chain; the chain holds over both."""
    before = {row.sequence: row async for row in log.store.read("gateway-1")}

    moved = await log.archive(LATER)

    assert [(one.writer, one.first, one.last, one.file) for one in moved] == [
        ("gateway-1", 1, 6, FIRST),
        ("gateway-2", 1, 6, FIRST.replace("gateway-1", "gateway-2")),
    ]
    assert sorted(path.name for path in log.folder.iterdir()) == [one.file for one in moved]
    stored = await log.in_store()
    assert [at for at in stored if at[0] in WRITERS] == [
        (writer, sequence) for writer in WRITERS for sequence in (7, 8, 9)
    ]
    assert list(Archive(log.folder / FIRST).rows()) == [before[n] for n in range(1, 7)]
    found = await log.proofs(sealer=log.sealer)
    assert {writer: one.broken for writer, one in found.items()} == dict.fromkeys(
        (*WRITERS, COMMANDS)
    )
    assert found["gateway-1"].head == Position(9, before[9].hash)
    assert found["gateway-1"].unread == 0


async def test_the_store_alone_still_verifies(log: KeptLog):
    """What was signed of the archives stands for them, and that they were not read is said."""
    await log.archive(LATER)

    found = await log.proofs(archives=False)

    assert {name: (one.broken, one.head.sequence, one.unread) for name, one in found.items()} == {
        **dict.fromkeys(WRITERS, (None, 9, 6)),
        COMMANDS: (None, 2, 0),
    }


async def test_moving_is_on_the_record(log: KeptLog):
    """One event a file, before anything leaves the store."""
    moved = await log.archive(LATER)

    told = [open_row(row, log.sealer).plain async for row in log.store.read(COMMANDS)]
    assert [event.kind for event in told] == [EventKind.AUDIT_ARCHIVED] * 2
    assert [(one.segment.writer, one.segment.last) for one in told if one.segment] == [
        (one.writer, one.last) for one in moved
    ]


async def test_what_is_too_young_stays(log: KeptLog):
    """Only what was signed before the moment moves."""
    first, second, _ = of_rows(await log.keeping.checkpoints("gateway-1"), KEY.public)
    assert await log.archive(first.at) == []
    assert list(log.folder.iterdir()) == []

    assert [one.last for one in await log.archive(second.at)] == [3]


async def test_files_have_a_size(log: KeptLog):
    """As many events in each as are asked for, up to a checkpoint; the next goes on from there."""
    moved = await log.archive(LATER, events_a_file=3)

    mine = [(one.first, one.last) for one in moved if one.writer == "gateway-1"]
    assert mine == [(1, 3), (4, 6)]
    assert await log.broken() == {}


async def test_archiving_goes_on(log: KeptLog):
    """What was written since follows in a file of its own; the second time there is nothing."""
    await log.archive(LATER)
    assert [one.writer for one in await log.archive(LATER)] == []
    await log.write("gateway-1", events(2, "later"), events(1, "last"))

    moved = await log.archive(LATER)

    assert [(one.writer, one.first, one.last) for one in moved if one.writer in WRITERS] == [
        ("gateway-1", 7, 11)
    ]
    assert await log.broken() == {}


async def test_the_index_goes_too(log: KeptLog):
    """Nothing is left in it of what left the store."""
    await log.archive(LATER)

    places = {(one.writer, one.sequence) for one in log.store._index}
    assert places == set(await log.in_store())


async def test_a_view_is_found_in_an_archive(log: KeptLog):
    """By its id, where the archives are given; otherwise there is no such view."""
    await log.archive(LATER)
    view, paths = ViewId("gateway-1-a-2"), sorted(log.folder.iterdir())

    found = await events_of_view(log.store, view, KEYS, paths)

    assert [(one.writer, one.sequence) for one in found] == [("gateway-1", 2)]
    assert await events_of_view(log.store, view, KEYS) == ()


@pytest.mark.parametrize("sequence", range(1, 7))
async def test_a_log_that_does_not_hold_is_not_archived(log: KeptLog, sequence: int):
    """The event is named and stays where it is; what leaves a store must be what was written."""
    row = log.store._rows["gateway-1", sequence]
    log.store._rows["gateway-1", sequence] = replace(row, kind="VIEW")

    with pytest.raises(AuditBrokenError, match=f"event {sequence} of writer 'gateway-1'"):
        await log.archive(LATER)

    assert ("gateway-1", sequence) in await log.in_store()
    assert await log.keeping.segments() == ()


async def test_what_cannot_be_put_on_record_is_not_moved(log: KeptLog):
    """The file may be there; the events are still in the store, and the next run goes on."""
    log.store.failures.append(disk_full())
    with pytest.raises(AuditUnavailableError):
        await log.archive(LATER)
    assert len(await log.in_store()) == 18

    await log.archive(LATER)
    assert await log.broken() == {}


async def test_an_interrupted_run_is_finished(log: KeptLog):
    """What was archived and not taken out is told, hides nothing, and goes at the next run."""
    log.keeping.stopped = True
    with pytest.raises(StorageError):
        await log.archive(LATER)
    found = (await log.proofs())["gateway-1"]
    assert (found.broken, found.left_over, found.head.sequence) == (None, 6, 9)

    log.keeping.stopped = False
    await log.archive(LATER)
    assert (await log.proofs())["gateway-1"].left_over == 0
    assert await log.broken() == {}


async def test_a_folder_that_is_not_there(log: KeptLog):
    """Nothing has moved."""
    log.folder.rmdir()

    with pytest.raises(OSError, match="No such file"):
        await log.archive(LATER)

    assert len(await log.in_store()) == 18


# ── tampering ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stride", [13, pytest.param(1, marks=pytest.mark.long)])
async def test_every_byte_of_an_archive(tmp_path: Path, stride: int):
    """Flipped: it is found (at every thirteenth in the short run)."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    text = path.read_bytes()
    for place in range(0, len(text), stride):
        path.write_bytes(text[:place] + bytes((text[place] ^ 1,)) + text[place + 1 :])
        said = await log.broken()
        assert said.keys() == {"gateway-1"}, place
        assert "gateway-1" in said["gateway-1"]


@pytest.mark.parametrize("stride", [29, pytest.param(1, marks=pytest.mark.long)])
async def test_every_end_of_an_archive(tmp_path: Path, stride: int):
    """Cut off anywhere (at every 29th byte in the short run): it is found."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    text = path.read_bytes()
    for length in range(0, len(text), stride):
        path.write_bytes(text[:length])
        said = await log.broken()
        assert said.keys() == {"gateway-1"}, length


@pytest.mark.parametrize("stride", [97, pytest.param(1, marks=pytest.mark.long)])
async def test_every_byte_of_what_is_packed(tmp_path: Path, stride: int):
    """Flipped and packed again: the event is named (every 97th byte in the short run)."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    text = b"".join(whole)
    ends = [sum(map(len, whole[: n + 1])) for n in range(len(whole))]
    for place in range(0, len(text), stride):
        write(path, [text[:place] + bytes((text[place] ^ 1,)) + text[place + 1 :]])
        said = (await log.broken())["gateway-1"]
        number = next(n for n, end in enumerate(ends) if place < end)
        if 1 <= number <= 6:
            # Where its number was changed it is named by that, as it stands there.
            named = f"event {number} of writer 'gateway-1'" in said
            assert named or said.endswith("stands out of order"), (place, said)


@pytest.mark.parametrize("sequence", range(1, 7))
async def test_an_event_in_an_archive(tmp_path: Path, sequence: int):
    """Changed, dropped, doubled, swapped or cut off there: it is the one that is named."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    row = msgspec.json.decode(whole[sequence], type=AuditRow)
    changed = msgspec.json.encode(replace(row, kind="VIEW"), order="sorted") + b"\n"

    async def said() -> str:
        return (await log.broken())["gateway-1"]

    named = f"event {sequence} of writer 'gateway-1'"
    write(path, [*whole[:sequence], changed, *whole[sequence + 1 :]])
    assert await said() == f"{named} was changed"

    write(path, whole[:sequence] + whole[sequence + 1 :])
    assert (await said()).startswith(f"{named} is missing")

    write(path, whole[: sequence + 1] + whole[sequence:])
    assert await said() == f"{named} stands out of order"

    if sequence < 6:
        swapped = [*whole[:sequence], whole[sequence + 1], whole[sequence], *whole[sequence + 2 :]]
        write(path, swapped)
        assert (await said()).startswith(f"{named} is missing")

    write(path, whole[:sequence])
    assert (await said()).startswith(f"{named} cannot be read in")

    write(path, [*whole[:sequence], whole[sequence][:-9]])
    assert (await said()).startswith(f"{named} cannot be read in")


async def test_the_same_row_in_other_words(tmp_path: Path):
    """Some letters of base64 have bits that mean nothing; they are no place to write in."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    row = msgspec.json.decode(whole[2], type=AuditRow)
    for other in (
        whole[2].replace(b'"kind":', b'"kind": '),
        msgspec.json.encode(row, order="sorted")[:-1] + b',"more":1}\n',
    ):
        assert msgspec.json.decode(other, type=AuditRow) == row
        write(path, [*whole[:2], other, *whole[3:]])
        said = (await log.broken())["gateway-1"]
        assert said.startswith("event 2 of writer 'gateway-1' cannot be read in")


@pytest.mark.parametrize("other", [("gateway-1", 3), ("gateway-2", 6), ("gateway-1", 9)])
async def test_an_archive_ends_at_its_own_checkpoint(tmp_path: Path, other: tuple[str, int]):
    """A genuine one of another event is not enough, whoever looks at the file by itself."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    signed = {(row.writer, row.sequence): row.signed for row in await log.keeping.checkpoints()}
    assert check_archive(path, KEY.public, log.sealer).head.sequence == 6

    write(path, [*whole[:-1], msgspec.json.encode({"checkpoint": signed[other]}) + b"\n"])

    with pytest.raises(AuditBrokenError, match="does not end where its checkpoint was signed"):
        check_archive(path, KEY.public)


async def test_an_archive_in_the_place_of_another(tmp_path: Path):
    """A genuine one, of another writer or of another part of the chain."""
    log = await three_groups(tmp_path)
    await log.archive(LATER, events_a_file=3)
    one, two, other = (
        log.folder / f"{name}.jsonl.gz"
        for name in (
            "gateway-1-000000000001-000000000003",
            "gateway-1-000000000004-000000000006",
            "gateway-2-000000000001-000000000003",
        )
    )
    text = one.read_bytes()
    for stranger in (two, other):
        one.write_bytes(stranger.read_bytes())
        assert (await log.broken())["gateway-1"] == (
            f"event 1 of writer 'gateway-1' is missing: {one.name!r} is another archive"
        )
    one.write_bytes(text)
    assert await log.broken() == {}


@pytest.mark.parametrize("name", ["000000000001-000000000003", "000000000004-000000000006"])
async def test_an_archive_that_is_gone(tmp_path: Path, name: str):
    """Its first event is named."""
    log = await three_groups(tmp_path)
    await log.archive(LATER, events_a_file=3)
    path = log.folder / f"gateway-1-{name}.jsonl.gz"
    path.unlink()

    assert await log.broken() == {
        "gateway-1": f"event {int(name[:12])} of writer 'gateway-1' is missing: its archive"
        f" {path.name!r} is not there"
    }


async def test_a_store_that_forgot_an_archive(tmp_path: Path):
    """The chain does not begin where it must, whether or not the archives are read."""
    log = await three_groups(tmp_path)
    await log.archive(LATER, events_a_file=3)
    del log.keeping._segments["gateway-1", 3]
    for archives in (True, False):
        said = (await log.broken(archives=archives))["gateway-1"]
        assert said.startswith("event 1 of writer 'gateway-1' is missing")

    del log.keeping._segments["gateway-1", 6]
    assert await log.broken() == {"gateway-1": "event 1 of writer 'gateway-1' is missing"}


async def test_what_is_said_of_an_archive_is_signed(tmp_path: Path):
    """Nobody drops events and says that they are archived, nor moves what was said elsewhere."""
    log = await three_groups(tmp_path)
    await log.archive(LATER)
    row = (await log.keeping.segments())[0]
    forged = read_unsigned(row)
    for other in (
        replace(row, signed=forged),
        replace(row, last=7),
        replace(row, writer="gateway-2"),
        replace(row, signed=row.signed[:-8]),
    ):
        with pytest.raises(AuditBrokenError):
            of_segments([other], KEY.public)


def read_unsigned(row: SegmentRow) -> str:
    """The same words, signed by somebody else."""
    return sign(read(Archived, row.signed, KEY.public), a_signing_key())


async def test_a_name_leads_nowhere_else(tmp_path: Path):
    """A file name with a path in it is looked for in the folder alone."""
    log = await an_archived_log(tmp_path)
    row = (await log.keeping.segments())[0]
    said = replace(read(Archived, row.signed, KEY.public), file=f"../archives/{FIRST}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (found,) = of_segments([replace(row, signed=sign(said, KEY))], KEY.public, [elsewhere])

    assert found.path is None


async def test_events_written_to_one_archive_only_match_their_writer(tmp_path: Path):
    """A row of another writer inside an archive ends what can be read of it."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    row = msgspec.json.decode(whole[3], type=AuditRow)
    whole[3] = msgspec.json.encode(replace(row, writer="gateway-2"), order="sorted") + b"\n"
    write(path, whole)

    assert (await log.broken())["gateway-1"].startswith("event 3 of writer 'gateway-1' cannot")
