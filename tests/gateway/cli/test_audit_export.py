"""`watling audit export` on a real file: what goes out, and that it is on the record first."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import fhirkit
import pytest
from click.testing import CliRunner, Result

from federation.audit import AuditTrail
from federation.audit.done import AuditExported
from federation.audit.event import EventKind
from federation.model import SupersededNumber
from federation.nhs_number import NhsNumber
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.audit.every_kind import every_kind
from tests.federation.audit.values import Ticking, an_event
from tests.gateway.cli.recorded import events_of
from tests.gateway.cli.test_audit import Log

BEFORE = len(every_kind()) + 1
EARLIER = NhsNumber("9990000093")


class Exports(Log):
    """A log with an event of every kind, and one about somebody else."""

    @property
    def settings(self) -> Path:
        return self.folder / "watling.toml"

    def export(self, *words: str, said: str = "") -> Result:
        command = ["audit", "export", *words, "--settings", str(self.settings)]
        return CliRunner().invoke(main, command, input=said, catch_exceptions=False)

    def lines(self, *words: str, said: str = "") -> list[dict]:
        done = self.export("--format", "json", *words, said=said)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> Exports:
    made = Exports(tmp_path)
    make_audit_keys(made.keys, "2026-11")
    made.write_settings(made.settings)

    async def write() -> None:
        storage = await open_storage(made.url)
        keys = load_audit_keys(made.keys)
        trail = await AuditTrail.open(storage.audit, "gateway-1", keys, Ticking())
        await trail.record((*every_kind(), an_event("another", OTHER_NUMBER)))
        await trail.aclose()
        await storage.close()

    asyncio.run(write())
    return made


def kinds(lines: list[dict]) -> set[str]:
    return {line["plain"]["kind"] for line in lines}


@pytest.mark.parametrize("form", ["fhir", "csv", "json"])
def test_everything_goes_out_in_every_form(log: Exports, form: str) -> None:
    """All events, and the export's own among them: it is written first."""
    done = log.export("--format", form)
    assert (done.exit_code, done.stderr) == (0, f"{BEFORE + 1} events\n")
    if form == "csv":
        assert len(list(csv.DictReader(io.StringIO(done.stdout)))) == BEFORE + 1
        return
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == BEFORE + 1
    if form == "fhir":
        assert [issue for one in told for issue in fhirkit.validate(one)] == []


def test_an_export_is_on_the_record(log: Exports) -> None:
    """By whom, in which form, of what; whose events is sealed."""
    choice = ["--since", "2026-11-01", "--kind", "VIEW", "--node", "milton-keynes"]
    log.export("--format", "csv", "--person", "--identities", *choice, said=f"{NUMBER}\n")
    event = events_of(load_settings(log.settings, {}))[-1]
    assert event.writer == "gateway-1.commands"
    assert event.plain.kind is EventKind.AUDIT_EXPORTED
    assert event.plain.exported == AuditExported(
        form="csv",
        identities=True,
        node="milton-keynes",
        since=date(2026, 11, 1),
        kinds=("VIEW",),
    )
    assert event.plain.asker is None
    assert event.sealed.number == NUMBER
    assert event.sealed.subject


def test_nothing_goes_out_that_cannot_be_put_on_the_record(log: Exports) -> None:
    """Exit code 2, no output, and no file."""
    log.tamper(
        "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    out = log.folder / "events.csv"
    for words in ((), ("--out", str(out))):
        done = log.export("--format", "csv", *words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "could not be put on the record" in done.stderr
    assert not out.exists()


def test_one_person_s_events(log: Exports) -> None:
    """By the number in use, or an earlier one; another's are not among them."""
    of_one = log.lines("--person", "--identities", said=f"{NUMBER}\n")
    assert {line["whom"]["value"] for line in of_one} == {NUMBER}
    of_another = log.lines("--person", "--identities", said=f"{OTHER_NUMBER}\n")
    assert kinds(of_another) == {"REFUSAL", "AUDIT_EXPORTED"}


def test_one_person_s_events_by_an_earlier_number(log: Exports) -> None:
    """Whoever knows the person by that one gets the same."""

    async def supersede() -> None:
        storage = await open_storage(log.url)
        known = SupersededNumber(old=EARLIER, current=NUMBER, learned_at=NOW)
        await storage.numbers.learn(known)
        await storage.close()

    assert kinds(log.lines("--person", said=f"{EARLIER}\n")) == {"AUDIT_EXPORTED"}
    asyncio.run(supersede())
    by_earlier = kinds(log.lines("--person", said=f"{EARLIER}\n"))
    assert by_earlier == kinds(log.lines("--person", said=f"{NUMBER}\n")) > {"VIEW"}


def test_a_number_that_is_none(log: Exports) -> None:
    """Exit code 2; what was typed is not repeated, and nothing was written down."""
    done = log.export("--format", "json", "--person", said="999 000 0019\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "standard input must begin with an NHS number" in done.stderr
    assert "0019" not in done.output
    with closing(sqlite3.connect(log.file)) as database:
        (count,) = database.execute("SELECT count(*) FROM audit_event").fetchone()
    assert count == BEFORE


def test_by_kind_organisation_node_and_day(log: Exports) -> None:
    """Each narrows what the others let through."""
    assert kinds(log.lines("--kind", "VIEW", "--kind", "INCIDENT")) == {"VIEW", "INCIDENT"}
    assert log.lines("--organisation", "RAL") == []
    assert "FEED_LOADED" not in kinds(log.lines("--organisation", "RRV"))
    calls = log.lines("--node", "milton-keynes", "--kind", "NODE_CALL")
    assert [line["plain"]["nodes"] for line in calls] == [["milton-keynes"]]
    assert log.lines("--until", "2026-10-04", "--kind", "VIEW") == []
    assert len(log.lines("--until", "2026-10-05", "--kind", "VIEW")) == 1


def test_a_file_is_new_and_for_its_owner_alone(log: Exports) -> None:
    """And one that exists is left as it is, with nothing on the record."""
    out = log.folder / "events.ndjson"
    done = log.export("--format", "fhir", "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(out.read_text().splitlines()) == BEFORE + 1

    out.write_text("mine")
    assert log.export("--format", "fhir", "--out", str(out)).exit_code == 2
    assert out.read_text() == "mine"


def test_a_log_that_is_broken_gives_no_file(log: Exports) -> None:
    """Exit code 1, naming the event."""
    log.tamper("UPDATE audit_event SET body = replace(body, 'R0050', 'R8000') WHERE sequence = 3")
    out = log.folder / "events.csv"
    done = log.export("--format", "csv", "--out", str(out))
    assert done.exit_code == 1
    assert "event 3 of writer 'gateway-1' was changed" in done.stderr
    assert not out.exists()


def test_a_place_that_is_not_there_is_not_made(log: Exports, tmp_path: Path) -> None:
    """Exit code 2."""
    log.file.rename(tmp_path / "elsewhere.db")
    assert log.export("--format", "csv").exit_code == 2
    assert not log.file.exists()


def test_the_view_of_an_export_says_what_it_was(log: Exports) -> None:
    """`watling audit view` names form and choice."""
    log.export("--format", "csv", "--identities")
    event = events_of(load_settings(log.settings, {}))[-1]
    shown = log.run("view", event.plain.view_id)
    assert "csv, with identities" in shown.stdout
