"""What is SQLite's own: the file, its mode and durability, reading beside a writer."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.authority import Consent, Mark, MarkKind, Proxy, ProxyBasis
from federation.errors import SettingsError, StorageError
from federation.model import OdsCode
from federation.nhs_number import NhsNumber
from federation.storage import PersonKey, PersonKeys, open_storage
from tests.builders import NOW
from tests.federation.storage.conftest import KEY
from tests.federation.storage.test_contract import A, B, C, a_row, superseded
from tests.federation.storage.test_launches import a_launch
from tests.federation.storage.test_sharing import granted, objected, related

PERSON = PersonKey(bytes(range(32)))


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT name FROM sqlite_master")}


async def test_a_new_file_is_opened_by_several_at_once(tmp_path: Path):
    """SQLite makes nobody wait who gives a file its mode beside another; we do."""
    for number in range(5):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        opened = await asyncio.gather(*(open_storage(url) for _ in range(6)))
        for one in opened:
            await one.close()


async def test_files_are_their_owners_alone(tmp_path: Path):
    """The database and what SQLite keeps beside it have mode 0600, also where it was wider."""
    path = tmp_path / "watling.db"
    path.touch(0o644)
    storage = await open_storage(f"sqlite:///{path}")
    await storage.audit.append((a_row(1),))

    modes = modes_in(tmp_path)
    await storage.close()

    assert modes == dict.fromkeys(("watling.db", "watling.db-wal", "watling.db-shm"), 0o600)


async def test_closing_folds_the_log_into_the_file(tmp_path: Path):
    """After a clean end one file holds everything."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    await storage.audit.append((a_row(1),))
    await storage.close()

    assert list(modes_in(tmp_path)) == ["watling.db"]


async def test_writes_are_durable(tmp_path: Path):
    """The writing connection has a write-ahead log and syncs at every commit."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    found = {}

    def ask(connection):
        for pragma in ("journal_mode", "synchronous", "busy_timeout"):
            found[pragma] = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()

    await storage.audit._writer.transact(ask)  # type: ignore[attr-defined]  # SQL's own
    await storage.close()

    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000}


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path):
    """Opening a database a second time changes nothing in it."""
    for expected in ([], [1]):
        storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
        assert [row.sequence async for row in storage.audit.read()] == expected
        if not expected:
            await storage.audit.append((a_row(1),))
        await storage.close()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://user:hunter2@db/watling", id="unknown scheme"),
        pytest.param("watling.db", id="no scheme"),
        pytest.param("sqlite", id="scheme alone"),
        pytest.param("sqlite://", id="no file"),
        pytest.param("sqlite:///", id="empty file"),
        pytest.param("sqlite://host/watling.db", id="a host"),
        pytest.param("sqlite:///watling.db?mode=memory", id="a query"),
    ],
)
async def test_a_url_that_is_none_is_refused(url: str):
    """Anything but a known scheme and a file is a settings error, which does not repeat the URL."""
    with pytest.raises(SettingsError) as caught:
        await open_storage(url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_file_that_cannot_be_a_database(tmp_path: Path, read_only: bool):
    """A folder, a missing folder and another sort of file are errors that name the path."""
    other = tmp_path / "letter.txt"
    other.write_text("this is a letter and no database, however long it may go on" * 100)
    for path in (tmp_path, tmp_path / "missing" / "watling.db", other):
        with pytest.raises(SettingsError, match="cannot be opened") as caught:
            await open_storage(f"sqlite:///{path}", read_only=read_only)
        assert str(path) in str(caught.value)


async def test_a_path_may_hold_any_letter(tmp_path: Path):
    """Letters that mean something in URLs mean nothing in a file's name."""
    folder = tmp_path / "a b%20#c&d"
    folder.mkdir()
    storage = await open_storage(f"sqlite:///{folder}/watling.db")
    await storage.close()

    assert list(modes_in(folder)) == ["watling.db"]


async def test_reading_makes_nothing(tmp_path: Path):
    """A mistyped path is an error for a reader, and no new file."""
    with pytest.raises(SettingsError):
        await open_storage(f"sqlite:///{tmp_path}/watling.db", read_only=True)

    assert modes_in(tmp_path) == {}


async def test_reading_beside_a_writer(tmp_path: Path):
    """A reader sees what was committed, while the writer goes on, and cannot write itself."""
    url = f"sqlite:///{tmp_path}/watling.db"
    writing = await open_storage(url)
    await writing.audit.append((a_row(1),))
    reading = await open_storage(url, read_only=True)

    await writing.audit.append((a_row(2),))
    seen = [row.sequence async for row in reading.audit.read()]
    with pytest.raises(StorageError):
        await reading.audit.append((a_row(3),))

    await reading.close()
    await writing.audit.append((a_row(3),))
    await writing.close()
    assert seen == [1, 2]


async def test_a_reader_refuses_another_releases_database(tmp_path: Path):
    """Tables that are not as this release has them are not guessed at."""
    path = tmp_path / "watling.db"
    sqlite3.connect(path).close()
    path.touch()

    with pytest.raises(SettingsError, match="another release"):
        await open_storage(f"sqlite:///{path}", read_only=True)


async def test_a_damaged_database_is_a_storage_error(tmp_path: Path):
    """A table that is gone while the gateway runs is an error of the store, reading and writing."""
    path = tmp_path / "watling.db"
    storage = await open_storage(f"sqlite:///{path}")
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE audit_event")
        database.execute("DROP TABLE superseded_number")
    database.close()

    for work in (
        storage.audit.last("gateway-1"),
        storage.audit.append((a_row(1),)),
        storage.numbers.superseded_by(A),
        storage.numbers.learn(superseded(A, B)),
    ):
        with pytest.raises(StorageError):
            await work
    await storage.close()


async def test_a_column_of_another_type_reads_as_nothing(tmp_path: Path):
    """An instant that somebody replaced by a text is None, for the audit chain to complain of."""
    path = tmp_path / "watling.db"
    storage = await open_storage(f"sqlite:///{path}")
    await storage.audit.append((a_row(1), a_row(2), a_row(3)))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE audit_event SET at = 'noon' WHERE sequence = 1")
        database.execute("UPDATE audit_event SET at = 9223372036854775807 WHERE sequence = 2")
    database.close()

    found = [row.at async for row in storage.audit.read()]
    await storage.close()

    assert found == [None, None, a_row(3).at]


async def test_a_cancelled_caller_breaks_nothing_off(tmp_path: Path):
    """The transaction of a caller who went away is finished, and the next one finds order."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    task = asyncio.create_task(storage.numbers.learn(superseded(A, C)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await storage.numbers.learn(superseded(B, C))
    found = await storage.numbers.superseded_by(C)
    await storage.close()

    assert found == (A, B)


async def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path):
    """SQLite keeps a transaction open whose commit it refused; the next caller finds a new one."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")

    def refused_at_commit(connection: sa.Connection) -> None:
        # The constraint is deferred, so that nothing is amiss before the commit.
        for statement in (
            "CREATE TABLE a (b PRIMARY KEY, c REFERENCES a (b) DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO a VALUES (1, 2)",
        ):
            connection.exec_driver_sql(statement)

    writer = storage.audit._writer  # type: ignore[attr-defined]  # SQL's own
    # Past SQLAlchemy, which would begin a transaction, in which the setting has no effect.
    pooled = writer._engine.raw_connection()
    pooled.driver_connection.execute("PRAGMA foreign_keys = ON").close()
    pooled.close()
    with pytest.raises(sa.exc.DBAPIError):
        await writer.transact(refused_at_commit)
    await storage.audit.append((a_row(1),))
    found = [row.sequence async for row in storage.audit.read()]
    await storage.close()

    assert found == [1]


async def test_a_store_that_was_closed_takes_nothing_more(tmp_path: Path):
    """Writing after the end is an error of the store, and closing twice is none."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    await storage.audit.append((a_row(1),))
    await storage.close()
    await storage.close()

    with pytest.raises(StorageError):
        await storage.audit.append((a_row(2),))


async def test_opening_at_the_same_time_migrates_once(tmp_path: Path):
    """Several processes may start on one new database."""
    url = f"sqlite:///{tmp_path}/watling.db"

    opened = await asyncio.gather(*(open_storage(url) for _ in range(4)))
    for storage in opened:
        await storage.close()

    assert "audit_event" in tables(tmp_path / "watling.db")


# ── the sharing store ────────────────────────────────────────────────────────────────────────────


async def test_sharing_needs_its_key(tmp_path: Path):
    """A store that was opened without it refuses to read and to write; the others work."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    for work in (
        storage.sharing.relate(PERSON, (related("r1"),)),
        storage.sharing.load_feed("homes", [(PERSON, related("r1"))]),
        storage.sharing.object(PERSON, objected("o1")),
        storage.sharing.grant(PERSON, granted("g1"), None),
        storage.sharing.grant(PERSON, granted("g1"), "key"),
        storage.sharing.about((PERSON,)),
        storage.sharing.withdraw((PERSON,), objected("o1"), NOW),
        storage.sharing.end_grant("g1", "a", NOW),
        anext(storage.sharing.objections()),
    ):
        with pytest.raises(StorageError, match="without its key"):
            await work
    await storage.audit.append((a_row(1),))
    await storage.close()


async def test_another_key_opens_nothing(tmp_path: Path):
    """What was written under a key that is gone is an error, never an empty answer."""
    url = f"sqlite:///{tmp_path}/watling.db"
    storage = await open_storage(url, sharing_keys=(KEY,))
    await storage.sharing.object(PERSON, objected("o1"))
    await storage.close()

    storage = await open_storage(url, sharing_keys=(bytes(32), KEY))
    assert (await storage.sharing.about((PERSON,))).objections == (objected("o1"),)
    await storage.close()

    storage = await open_storage(url, sharing_keys=(bytes(32),))
    with pytest.raises(StorageError):
        await storage.sharing.about((PERSON,))
    await storage.close()


async def test_a_request_is_known_again_after_its_key_was_rotated(tmp_path: Path):
    """A request that is sent twice while the key changes still makes one grant."""
    url = f"sqlite:///{tmp_path}/watling.db"
    for keys, id_ in (((KEY,), "g1"), ((bytes(32), KEY), "g2")):
        storage = await open_storage(url, sharing_keys=keys)
        assert (await storage.sharing.grant(PERSON, granted(id_), "key")).id == "g1"
        await storage.close()


@pytest.mark.parametrize(
    "tampering",
    [
        pytest.param("UPDATE told_fact SET person_key = zeroblob(32)", id="another person's"),
        pytest.param("UPDATE told_fact SET id = 'r2'", id="another id"),
        pytest.param("UPDATE told_fact SET sort = 'MARK'", id="another sort"),
        pytest.param("UPDATE told_fact SET sort = 'NONE'", id="no sort"),
        pytest.param("UPDATE told_fact SET feed = 'homes'", id="another feed"),
        pytest.param("UPDATE told_fact SET body = zeroblob(40)", id="another body"),
        pytest.param("UPDATE told_fact SET body = ''", id="no body"),
        pytest.param("UPDATE told_fact SET body = 17", id="no bytes"),
    ],
)
async def test_a_row_that_was_tampered_with_is_an_error(tmp_path: Path, tampering: str):
    """Whoever may write to the file cannot tie a person to anybody; they only break the row."""
    path = tmp_path / "watling.db"
    storage = await open_storage(f"sqlite:///{path}", sharing_keys=(KEY,))
    await storage.sharing.relate(PERSON, (related("r1"),))
    with sqlite3.connect(path) as database:
        database.execute(tampering)
    database.close()

    with pytest.raises(StorageError):
        await storage.sharing.about((PERSON, PersonKey(bytes(32))))
    await storage.close()


async def test_a_copy_of_the_file_names_nobody(tmp_path: Path):
    """Nothing that a fact says stands in the file in clear: who, where, why, or for whom."""
    number = NhsNumber("9990000018")
    path = tmp_path / "watling.db"
    person = PersonKeys(KEY).of(number)
    authority = f"issuer\x1fsubject-17\x1fCITIZEN\x1f\x1f\x1f{number}"
    storage = await open_storage(f"sqlite:///{path}", sharing_keys=(KEY,))
    told = related("r1", subject="issuer\x1fsubject-17", evidence="job-17")
    await storage.sharing.relate(person, (told,))
    await storage.sharing.load_feed("homes", [(person, told)])
    await storage.sharing.mark(
        person, Mark(id="m1", kind=MarkKind.OWN_RECORD, subject="issuer\x1fsubject-17")
    )
    await storage.sharing.allow_proxy(
        person,
        Proxy(id="p1", subject="issuer\x1fsubject-17", basis=ProxyBasis.PARENT, begins_at=NOW),
    )
    await storage.sharing.consent(person, Consent(id="c1", releases="FERTILITY", recorded_at=NOW))
    await storage.sharing.object(person, objected("o1", organisation=OdsCode("RRV")))
    await storage.sharing.withdraw((person,), objected("w", organisation=OdsCode("RRV")), NOW)
    await storage.sharing.object(person, objected("o2", organisation=OdsCode("RRV")))
    await storage.sharing.grant(person, granted("g1", authority=authority), "idempotency-17")
    await storage.sharing.end_grant("g1", authority, NOW)
    held = contents(tmp_path)
    await storage.close()
    held += contents(tmp_path)

    for said in (
        number,
        "subject-17",
        "job-17",
        "idempotency-17",
        "RRV",
        "FERTILITY",
        "ADMISSION",
        "OWN_RECORD",
        "PARENT",
        "RISK_TO_LIFE",
    ):
        assert said.encode() not in held, said
    assert person in held


async def test_what_was_taken_leaves_no_content_behind(tmp_path: Path):
    """A launch that was taken is known by its digests, until it expires."""
    path = tmp_path / "watling.db"
    storage = await open_storage(f"sqlite:///{path}")
    await storage.launches.put(a_launch(1), NOW)
    await storage.launches.take(a_launch(1).handle_digest, NOW)
    await storage.close()

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT sealed FROM launch").fetchall() == [(None,)]
