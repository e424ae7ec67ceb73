"""`watling audit archive`, `purge` and `hold`, on a demo's own log."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.files import make_keys, write_settings
from demo.place import Place
from federation.audit import AuditTrail, Opened
from federation.audit.checkpointer import Checkpointer
from federation.audit.event import EventKind
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys
from gateway.checkpoint_keys import load_signing_key
from gateway.cli import main
from gateway.cli.audit_retention import _years_before
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.audit.values import Ticking, events
from tests.gateway.cli.recorded import on_record

LONG_AGO = datetime(2010, 3, 1, tzinfo=UTC)
FILE = "demo-000000000001-000000000003.jsonl.gz"


class Kept:
    """A demo whose gateway wrote two groups of three events in 2010."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder)
        self.place.run.mkdir(parents=True)
        self.archives = folder / "archives"
        self.archives.mkdir()
        make_keys(self.place, NOW)
        write_settings(self.place, host="127.0.0.1", port=0, tracing_url="http://127.0.0.1:9/")
        asyncio.run(self._write())

    async def _write(self) -> None:
        clock = Ticking()
        clock.now = LONG_AGO
        storage = await open_storage(f"sqlite:///{self.place.database}")
        keys = load_audit_keys(self.place.keys / "audit.toml")
        trail = await AuditTrail.open(storage.audit, "demo", keys, clock)
        checkpoints = await Checkpointer.open(
            trail,
            storage.keeping,
            load_signing_key(self.place.keys / "checkpoints.json"),
            self.place.checkpoints,
            clock,
            report_failure=lambda _: None,
        )
        for group in "ab":
            await trail.record(events(3, group))
            await checkpoints.sign_now()
        await checkpoints.aclose()
        await storage.close()

    def run(self, *words: str, said: str | None = None) -> Result:
        arguments = ["audit", *words, "--settings", str(self.place.settings)]
        return CliRunner().invoke(main, arguments, input=said, env={"COLUMNS": "200"})

    def archive(self) -> Result:
        return self.run("archive", "--before", "2011-01-01", "--to", str(self.archives))

    def in_archives(self, *words: str) -> Result:
        return self.run(*words, "--archive", str(self.archives))

    def done(self) -> list[Opened]:
        """What commands left on the record."""
        return [event for event in on_record(self.place) if event.writer == "demo.commands"]

    def kinds(self) -> list[EventKind]:
        return [event.plain.kind for event in self.done()]

    def tamper(self, statement: str) -> None:
        with closing(sqlite3.connect(self.place.database)) as database, database:
            database.execute(statement)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_events_are_archived_and_the_log_verifies(kept: Kept):
    """With the archive all of it, without one what was signed; the second time there is nothing."""
    first = kept.archive()
    assert (first.exit_code, first.output) == (0, f"{FILE}: events 1 to 3 of demo\n")

    with_archive, without = kept.in_archives("verify"), kept.run("verify")

    assert (with_archive.exit_code, without.exit_code) == (0, 0), with_archive.output
    assert with_archive.stdout.splitlines()[-1] == "7 events hold"
    assert "events up to 3 of writer 'demo' are archived" in without.stdout
    assert kept.archive().output == (
        "there is nothing to archive: no checkpoint but the newest is old enough\n"
    )
    assert kept.kinds() == [EventKind.AUDIT_ARCHIVED]


def test_a_view_is_read_from_an_archive(kept: Kept):
    """Where the archive is given."""
    kept.archive()

    assert kept.run("view", "a-2").exit_code == 1
    shown = kept.in_archives("view", "a-2")
    assert shown.exit_code == 0, shown.output
    assert "event 2 of demo" in shown.stdout


def test_archived_events_are_taken_out_too(kept: Kept):
    """Each once, where the archive is given, though the store may have some of them still."""
    export = ("export", "--format", "json", "--kind", "REFUSAL")
    before = kept.run(*export).stdout
    rows = "SELECT * FROM audit_event WHERE writer = 'demo' AND sequence > 1"
    kept.tamper(f"CREATE TABLE kept AS {rows}")
    kept.archive()

    without, all_of_it = kept.run(*export), kept.in_archives(*export)
    assert "3 events that were archived are not among them" in without.stderr
    assert (len(without.stdout.splitlines()), len(before.splitlines())) == (3, 6)
    assert (all_of_it.stdout, all_of_it.stderr) == (before, "6 events\n")

    kept.tamper("INSERT OR IGNORE INTO audit_event SELECT * FROM kept")
    assert kept.in_archives(*export).stdout == before


def test_another_file_in_place_of_an_archive_is_not_taken_out(kept: Kept):
    """Its events may be made up, in a chain that holds."""
    kept.archive()
    path = kept.archives / FILE
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    result = kept.in_archives("export", "--format", "json")
    assert result.exit_code == 1
    assert "is not the file that was signed" in result.stderr


def test_a_changed_archive_is_named(kept: Kept):
    """By the first event of it that cannot be read; a view is not shown from it either."""
    kept.archive()
    path = kept.archives / FILE
    path.write_bytes(path.read_bytes()[:-30])

    for words in (("verify",), ("view", "a-2")):
        result = kept.in_archives(*words)
        assert result.exit_code == 1
        assert "of writer 'demo' cannot be read in the archive" in result.stderr


def test_an_old_archive_is_purged(kept: Kept):
    """The chain verifies without it, and both are on the record."""
    kept.archive()

    purged = kept.in_archives("purge")

    assert (purged.exit_code, purged.output) == (0, f"{FILE}: deleted\n")
    assert list(kept.archives.iterdir()) == []
    verified = kept.in_archives("verify")
    assert verified.exit_code == 0, verified.output
    assert "are archived or purged, and were not all read" in verified.stdout
    assert kept.kinds() == [EventKind.AUDIT_ARCHIVED, EventKind.AUDIT_PURGED]
    assert kept.in_archives("purge").output == (
        "there is no archive of this log in these folders\n"
    )


def test_a_purge_has_its_years(kept: Kept):
    """A longer time keeps more; one that is shorter than the settings' is refused."""
    kept.archive()

    assert "too young" in kept.in_archives("purge", "--older-than", "200").output
    refused = kept.in_archives("purge", "--older-than", "7")
    assert (refused.exit_code, refused.stderr) == (
        2,
        "`audit_retention_years` is 8: nothing younger is deleted\n",
    )
    assert (kept.archives / FILE).exists()


def test_years_are_years():
    """Also from the 29th of February."""
    assert _years_before(datetime(2028, 2, 29, tzinfo=UTC), 8) == datetime(2020, 2, 29, tzinfo=UTC)
    assert _years_before(datetime(2028, 2, 29, tzinfo=UTC), 3) == datetime(2025, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--person"], f"{NUMBER}\n", id="person"),
        pytest.param(["--view", "a-1"], None, id="view"),
        pytest.param(["--since", "2010-02-01", "--until", "2010-04-01"], None, id="period"),
    ],
)
def test_what_is_held_is_not_purged(kept: Kept, words: list[str], said: str | None):
    """Until the hold is lifted; the number is nowhere in what is kept or printed of it."""
    kept.archive()
    placed = kept.run("hold", "add", *words, "--reference", "case 17/b", said=said)
    assert placed.exit_code == 0, placed.output
    id_ = placed.output.split()[0]

    held = kept.in_archives("purge")
    listed = kept.run("hold", "list")

    assert (held.exit_code, held.output) == (0, f"{FILE}: kept, it is held: {id_} (case 17/b)\n")
    assert id_ in listed.output
    assert NUMBER not in placed.output + held.output + listed.output
    lifted = kept.run("hold", "lift", id_)
    assert (lifted.exit_code, lifted.output) == (0, "it is held no more\n")
    assert kept.in_archives("purge").output == f"{FILE}: deleted\n"
    assert kept.kinds() == [
        EventKind.AUDIT_ARCHIVED,
        EventKind.HOLD_PLACED,
        EventKind.HOLD_LIFTED,
        EventKind.AUDIT_PURGED,
    ]
    assert kept.done()[1].sealed.number == (NUMBER if said else None)
    with closing(sqlite3.connect(kept.place.database)) as database:
        assert NUMBER.encode() not in "".join(database.iterdump()).encode()


def test_another_persons_hold_holds_nothing(kept: Kept):
    """Only whose events are there."""
    kept.archive()
    kept.run("hold", "add", "--person", "--reference", "case", said=f"{OTHER_NUMBER}\n")

    assert kept.in_archives("purge").output == f"{FILE}: deleted\n"


def test_a_hold_that_was_taken_out_of_the_store_is_missed(kept: Kept):
    """Nothing is purged until it is lifted by name, on the record."""
    kept.archive()
    id_ = kept.run("hold", "add", "--view", "a-1", "--reference", "case").output.split()[0]
    kept.tamper("DELETE FROM audit_hold")

    missed = kept.in_archives("purge")

    assert missed.exit_code == 1
    assert f"the hold '{id_}' was placed, and is not kept any more" in missed.stderr
    assert (kept.archives / FILE).exists()
    assert kept.run("hold", "lift", id_).exit_code == 0
    assert kept.in_archives("purge").output == f"{FILE}: deleted\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], None),
        (["--person", "--view", "a-1"], None),
        (["--person"], "9990000019\n"),
        (["--view", "a", "--since", "2010-01-01"], None),
        (["--view", "a", "--reference", f"about {NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}"], None),
        (["--view", "a", "--reference", "two\nlines"], None),
        (["--view", "a", "--reference", "x" * 201], None),
    ],
)
def test_a_hold_that_cannot_be(kept: Kept, words: list[str], said: str | None):
    """On nothing, on two things, on no number, or with a number in its reference."""
    given = words if "--reference" in words else [*words, "--reference", "case"]

    refused = kept.run("hold", "add", *given, said=said)

    assert refused.exit_code == 2
    assert kept.kinds() == []


def test_nothing_is_lifted_that_is_not_held(kept: Kept):
    """Neither an id that is none, nor one twice."""
    id_ = kept.run("hold", "add", "--view", "a-1", "--reference", "case").output.split()[0]
    assert kept.run("hold", "lift", id_).exit_code == 0

    for one in (id_, "h-404"):
        result = kept.run("hold", "lift", one)
        assert (result.exit_code, result.stderr) == (2, "there is no such hold in force\n")


FULL = "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END"


def test_what_cannot_be_on_the_record_is_not_done(kept: Kept):
    """Nothing moves, nothing is held or lifted, nothing is deleted."""
    held = kept.run("hold", "add", "--view", "b-1", "--reference", "case").output.split()[0]
    kept.archive()
    kept.tamper(FULL)

    for result in (
        kept.in_archives("purge"),
        kept.run("hold", "add", "--view", "a-1", "--reference", "case"),
        kept.run("hold", "lift", held),
    ):
        assert result.exit_code == 2
        assert "could not be put on the record" in result.stderr
    assert (kept.archives / FILE).exists()
    kept.tamper("DROP TRIGGER full")
    kept.tamper("DELETE FROM audit_segment")
    assert kept.run("hold", "list").output.count("case") == 1


def test_what_is_done_is_signed(kept: Kept):
    """Without a key of checkpoints nothing is archived, held or deleted."""
    text = kept.place.settings.read_text()
    kept.place.settings.write_text(
        "\n".join(line for line in text.splitlines() if "audit_checkpoint" not in line)
    )

    refused = kept.archive()

    assert (refused.exit_code, "`audit_checkpoint_key_file`" in refused.stderr) == (2, True)


def test_a_lost_checkpoint_file_is_told(kept: Kept):
    """The store's own checkpoints are checked without it."""
    kept.place.checkpoints.unlink()

    result = kept.run("verify")

    assert result.exit_code == 0
    assert f"the checkpoint file `{kept.place.checkpoints}` is not there" in result.stdout


def test_a_log_that_is_not_there_is_not_made(kept: Kept):
    """A mistyped place is an error."""
    kept.place.database.unlink()

    assert kept.archive().exit_code == 2
    assert not kept.place.database.exists()
