"""Archives that are deleted in time, with a proof, and what is held from it."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, Sealer
from federation.audit.archive import (
    Archive,
    Purged,
    check_archive,
    digest_of,
    of_segments,
)
from federation.audit.chain import open_row
from federation.audit.event import EventKind
from federation.audit.holds import Hold, Holding, earlier_numbers, keyed, of_holds
from federation.audit.retention import Fate
from federation.audit.signing import read, sign
from federation.errors import AuditBrokenError, AuditUnavailableError
from federation.model import SupersededNumber, ViewId
from federation.storage import HoldRow
from tests.builders import KEY as AUDIT_KEY
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.audit.kept import (
    COMMANDS,
    FIRST,
    KEY,
    LATER,
    an_archived_log,
    lines,
)
from tests.federation.audit.values import a_signing_key, disk_full


def a_hold(**given: Any) -> Hold:
    return Hold(id="h-1", reference="case 1", placed_at=NOW, **given)


async def test_an_old_archive_is_deleted_with_a_proof(tmp_path: Path):
    """The chain still holds over the gap, and what was there is signed: which, heads, when."""
    log = await an_archived_log(tmp_path)
    said = [one.said for one in of_segments(await log.keeping.segments(), KEY.public)]

    looked = await log.purge(LATER)

    assert [(one.file, one.fate) for one in looked] == [(one.file, Fate.PURGED) for one in said]
    assert list(log.folder.iterdir()) == []
    assert await log.broken() == {}
    rows = await log.keeping.segments()
    proof = read(Purged, rows[0].purged or "", KEY.public)
    assert (proof.writer, proof.first, proof.last) == ("gateway-1", 1, 6)
    assert (proof.hash, proof.previous, proof.digest) == (
        said[0].hash,
        said[0].previous,
        said[0].digest,
    )
    assert said[0].at == proof.archived_at < proof.at
    told = [open_row(row, log.sealer).plain.kind async for row in log.store.read(COMMANDS)]
    assert told[2:] == [EventKind.AUDIT_PURGED] * 2


async def test_a_young_archive_stays(tmp_path: Path):
    """By its newest event, or its checkpoint where that is newer."""
    log = await an_archived_log(tmp_path)
    found = check_archive(log.folder / FIRST, KEY.public)

    assert {one.fate for one in await log.purge(found.newest)} == {Fate.TOO_YOUNG}
    after = await log.purge(found.newest + timedelta(microseconds=1))
    assert [one.fate for one in after] == [Fate.PURGED, Fate.TOO_YOUNG]


@pytest.mark.parametrize(
    ("given", "held"),
    [
        pytest.param({"view": ViewId("gateway-1-a-1")}, [Fate.HELD, Fate.PURGED], id="a view"),
        pytest.param({"view": ViewId("gateway-1-c-1")}, [Fate.PURGED] * 2, id="one in the store"),
        pytest.param({"since": NOW}, [Fate.HELD] * 2, id="since"),
        pytest.param({"until": LATER}, [Fate.HELD] * 2, id="until"),
        pytest.param({"since": LATER}, [Fate.PURGED] * 2, id="a later period"),
        pytest.param({"until": NOW}, [Fate.PURGED] * 2, id="an earlier period"),
        pytest.param({"person": NUMBER}, [Fate.HELD] * 2, id="a person"),
        pytest.param({"person": OTHER_NUMBER}, [Fate.PURGED] * 2, id="another person"),
    ],
)
async def test_what_is_held_stays(tmp_path: Path, given: dict[str, Any], held: list[Fate]):
    """One held event keeps its whole archive."""
    log = await an_archived_log(tmp_path)
    if number := given.get("person"):
        given = {"person": keyed((number,), log.sealer)}

    looked = await log.purge(LATER, a_hold(**given))

    assert [one.fate for one in looked] == held
    assert all(one.why == "h-1 (case 1)" for one in looked if one.fate is Fate.HELD)
    assert len(list(log.folder.iterdir())) == held.count(Fate.HELD)


async def test_one_hold_among_several(tmp_path: Path):
    """Any of them holds."""
    log = await an_archived_log(tmp_path)
    other = keyed((OTHER_NUMBER,), log.sealer)

    looked = await log.purge(LATER, a_hold(person=other), a_hold(view=ViewId("gateway-2-b-3")))

    assert [one.fate for one in looked] == [Fate.PURGED, Fate.HELD]


async def test_a_person_is_held_over_numbers_and_keys(tmp_path: Path):
    """Under an earlier number, under a later one, and after the audit key was rotated."""
    log = await an_archived_log(tmp_path)
    (row, *_) = Archive(log.folder / FIRST).rows()
    rotated = Sealer(AuditKeys(current="2027", by_id={"2027": bytes(32), "2026-11": AUDIT_KEY}))
    on = {
        "earlier number": (keyed((OTHER_NUMBER, NUMBER), log.sealer), {}),
        "later number": (keyed((OTHER_NUMBER,), log.sealer), {NUMBER: (OTHER_NUMBER,)}),
        "before the rotation": (keyed((NUMBER,), log.sealer), {}),
        "after the rotation": (keyed((NUMBER,), rotated), {}),
    }
    for name, (person, earlier) in on.items():
        assert Holding([a_hold(person=person)], rotated, earlier).holds(row), name
    other = keyed((OTHER_NUMBER,), rotated)
    assert Holding([a_hold(person=other)], rotated, {}).holds(row) is None


def test_earlier_numbers_over_several_changes():
    """Every later number knows every earlier one; a circle ends."""
    a, b, c = NUMBER, OTHER_NUMBER, type(NUMBER)("9990000042")

    def changed(old, current):
        return SupersededNumber(old=old, current=current, learned_at=NOW)

    assert earlier_numbers([changed(a, b), changed(b, c)]) == {b: (a,), c: (a, b)}
    assert earlier_numbers([changed(a, b), changed(b, a)]) == {b: (a,), a: (b,)}


async def test_a_broken_archive_is_never_deleted(tmp_path: Path):
    """Whatever is wrong with it; the other one goes."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    whole = lines(path)
    packed = path.read_bytes()
    for given in (
        packed[:-1],
        gzip.compress(b"".join(whole), 1, mtime=0),
        gzip.compress(b"".join([*whole[:-1], whole[-1].replace(b".", b".A", 1)]), mtime=0),
        gzip.compress(b"".join([*whole[:3], whole[-1]]), mtime=0),
        gzip.compress(b"".join([*whole, whole[-1]]), mtime=0),
        gzip.compress(whole[0] + whole[-1], mtime=0),
        b"",
    ):
        path.write_bytes(given)
        looked = {one.file: one for one in await log.purge(LATER)}
        assert looked[FIRST].fate is Fate.BROKEN
        assert path.exists()
    assert digest_of(path)


async def test_a_purge_that_was_interrupted_is_finished(tmp_path: Path):
    """The proof is there and so is the file: it goes, and nothing is proved twice."""
    log = await an_archived_log(tmp_path)
    path = log.folder / FIRST
    text = path.read_bytes()
    await log.purge(LATER)
    path.write_bytes(text)

    assert [one.fate for one in await log.purge(LATER)] == [Fate.PURGED]
    assert not path.exists()
    assert await log.broken() == {}


async def test_what_is_not_on_the_record_is_not_deleted(tmp_path: Path):
    """The archive stays."""
    log = await an_archived_log(tmp_path)
    log.store.failures.append(disk_full())
    with pytest.raises(AuditUnavailableError):
        await log.purge(LATER)

    assert len(list(log.folder.iterdir())) == 2
    assert [row.purged for row in await log.keeping.segments()] == [None, None]


def test_a_hold_is_signed():
    """Neither narrowed nor lifted by whoever may write to the store."""
    hold = a_hold(view=ViewId("v"))
    good = HoldRow(id="h-1", signed=sign(hold, KEY))
    assert of_holds([good], KEY.public) == {"h-1": (hold, None)}
    for row in (
        replace(good, id="h-2"),
        replace(good, signed=sign(hold, a_signing_key())),
        replace(good, lifted=good.signed),
    ):
        with pytest.raises(AuditBrokenError):
            of_holds([row], KEY.public)
