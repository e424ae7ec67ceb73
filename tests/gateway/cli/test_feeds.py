"""Loading feeds by command: what is in force after, and what a faulty file leaves."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.files import (
    make_keys,
    node_names,
    write_network,
    write_relationships,
    write_settings,
)
from demo.place import Place
from federation.audit.done import FeedLoaded
from federation.audit.event import EventKind
from federation.model import SupersededNumber
from federation.nhs_number import NhsNumber
from federation.storage import open_storage
from gateway.cli import main
from gateway.keys import read_keys
from gateway.operators import operation
from tests.builders import NOW
from tests.gateway.cli.recorded import on_record

NUMBER, OTHER = NhsNumber("9990000018"), NhsNumber("9990000026")
NAMES = "number,kind,organisation,from\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.run.mkdir(parents=True)
    make_keys(made, NOW)
    write_network(made, dict.fromkeys(node_names(), "http://127.0.0.1:9/nobody"))
    write_relationships(made, date(2026, 7, 1))
    write_settings(made, host="127.0.0.1", port=0, tracing_url="http://127.0.0.1:9/")
    asyncio.run(superseded(made))
    return made


async def superseded(place: Place) -> None:
    storage = await open_storage(f"sqlite:///{place.database}")
    await storage.numbers.learn(SupersededNumber(old=OTHER, current=NUMBER, learned_at=NOW))
    await storage.close()


def run(place: Place, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(main, [*words, "--settings", str(place.settings)], input=said)


def shown(place: Place, kind: str, number: str = NUMBER) -> str:
    result = run(place, kind, "show", said=f"{number}\n")
    assert result.exit_code == 0, result.output
    assert number not in result.output
    return result.output


def test_a_feed_is_loaded_and_shown(place: Place):
    """From a file or from standard input; the feed's new rows in place of the old."""
    file = place.directory / "homes.csv"
    file.write_text(f"{NAMES}{NUMBER},RESIDENCE,Z99160,2026-06-01\n")
    first = run(place, "relationship", "load", str(file), "--feed", "homes")
    assert "RESIDENCE" in shown(place, "relationship")

    rows = f"{NAMES}{NUMBER},CASELOAD,Z99250,2026-06-01\n{OTHER},CASELOAD,Z99250,2026-06-01\n"
    second = run(place, "relationship", "load", "-", "--feed", "homes", said=rows)

    assert (first.output, second.output) == (
        "1 rows of the feed homes are in force\n",
        "2 rows of the feed homes are in force\n",
    )
    assert "RESIDENCE" not in shown(place, "relationship")
    # What is known under the earlier number is found by the one in use, and not the other way.
    assert shown(place, "relationship").count("CASELOAD") == 2
    assert shown(place, "relationship", OTHER).count("CASELOAD") == 1


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("consent", f"number,releases,from\n{NUMBER},FERTILITY,2026-01-01\n", "FERTILITY"),
        (
            "proxy",
            f"number,id,issuer,subject,basis,from\n{NUMBER},p-1,nhs-login,parent,PARENT,2026-01-01",
            "nhs-login parent",
        ),
        ("mark", f"number,kind\n{NUMBER},WATCHED\n", "WATCHED"),
    ],
)
def test_every_kind_of_feed_is_loaded_alike(place: Place, kind: str, text: str, told: str):
    """Consents, proxies and marks; an empty file takes the feed away."""
    assert shown(place, kind) == "nothing is known\n"

    run(place, kind, "load", "-", "--feed", "homes", said=text)
    assert told in shown(place, kind)

    emptied = run(place, kind, "load", "-", "--feed", "homes", said=text.splitlines()[0])
    assert emptied.exit_code == 0
    assert shown(place, kind) == "nothing is known\n"


def test_a_faulty_file_changes_nothing(place: Place):
    """Every faulty line is named, no number is, and what the feed said before stays."""
    good = f"{NUMBER},RESIDENCE,Z99160,2026-06-01\n"
    run(place, "relationship", "load", "-", "--feed", "homes", said=NAMES + good)
    file = place.directory / "homes.csv"
    file.write_text(
        f"{NAMES}{NUMBER},LODGER,Z99160,2026-06-01\n{good}9990000019,RESIDENCE,Z99160,2026-01-01"
    )

    refused = run(place, "relationship", "load", str(file), "--feed", "homes")

    assert refused.exit_code == 2
    assert refused.output == (
        f"`{file}`, line 2: `kind` is none of the kinds that there are\n"
        f"`{file}`, line 4: `number` must be an NHS number\n"
    )
    assert "RESIDENCE" in shown(place, "relationship")


@pytest.mark.parametrize("name", ["", "Homes", "a b", "a\n", "-a", "a" * 64, "a:b"])
def test_a_feed_has_a_plain_name(place: Place, name: str):
    """Anything else is refused before it is read."""
    refused = run(place, "mark", "load", "-", f"--feed={name}", said="number,kind\n")

    assert (refused.exit_code, refused.output) == (
        2,
        "a feed's name has small letters, digits and hyphens\n",
    )


def test_a_store_that_is_not_there_is_not_made(place: Place):
    """A mistyped place is an error, and no new database that no gateway reads."""
    place.database.unlink()

    refused = run(place, "mark", "load", "-", "--feed", "a", said="number,kind\n")

    assert refused.exit_code == 2
    assert "cannot be opened" in refused.output
    assert not place.database.exists()


def test_a_rotated_key_still_finds_people(place: Place):
    """With the old key on a later line; without it they are not found, and nothing names them."""
    run(place, "mark", "load", "-", "--feed", "a", said=f"number,kind\n{NUMBER},WATCHED\n")
    key = place.keys / "sharing.key"
    (old,) = read_keys(key)
    key.write_text("ab" * 32)
    assert shown(place, "mark") == "nothing is known\n"

    key.write_text(f"{'ab' * 32}\n{old.hex()}\n")
    assert "WATCHED" in shown(place, "mark")


@pytest.mark.parametrize("said", ["", "\n", "not a number\n", "9990000019\n"])
def test_showing_needs_a_number(place: Place, said: str):
    """On standard input; what was typed is not repeated."""
    refused = run(place, "mark", "show", said=said)

    assert (refused.exit_code, refused.output) == (
        2,
        "standard input must begin with an NHS number\n",
    )


# ── what stays on the record ─────────────────────────────────────────────────────────────────────


def test_a_load_is_on_the_record(place: Place):
    """One event each: which feed, of which bytes, what it changed; who did it is sealed."""
    stays, leaves, comes = (
        f"{NUMBER},{kind},Z99160,2026-06-01\n" for kind in ("RESIDENCE", "CASELOAD", "REFERRAL")
    )
    for rows in (stays + leaves, stays + comes):
        run(place, "relationship", "load", "-", "--feed", "homes", said=NAMES + rows)

    events = on_record(place)

    assert [event.plain.feed for event in events] == [
        FeedLoaded(
            feed="relationship:homes",
            digest=hashlib.sha256((NAMES + rows).encode()).hexdigest(),
            added=added,
            changed=0,
            removed=removed,
        )
        for rows, added, removed in ((stays + leaves, 2, 0), (stays + comes, 1, 1))
    ]
    for event in events:
        assert (event.plain.kind, event.plain.asker) == (EventKind.FEED_LOADED, None)
        assert event.sealed.subject == operation(NOW).operator
        assert event.writer == "demo.commands"
    with closing(sqlite3.connect(place.database)) as database:
        bodies = [body for (body,) in database.execute("SELECT body FROM audit_event")]
    assert not any(f'"{operation(NOW).operator}"'.encode() in body for body in bodies)


def test_what_cannot_be_on_the_record_is_not_loaded(place: Place):
    """A log that takes no event keeps the feed as it was, and the command says so."""
    with closing(sqlite3.connect(place.database)) as database, database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    refused = run(
        place, "mark", "load", "-", "--feed", "a", said=f"number,kind\n{NUMBER},WATCHED\n"
    )

    assert (refused.exit_code, refused.output) == (
        2,
        "nothing was loaded, because the audit log could not be written\n",
    )
    assert shown(place, "mark") == "nothing is known\n"


def test_a_load_is_read_back_from_the_log(place: Place):
    """By its id, as a view is: what, how much, and whose account it was."""
    run(place, "mark", "load", "-", "--feed", "a", said=f"number,kind\n{NUMBER},WATCHED\n")
    (event,) = on_record(place)

    read = CliRunner().invoke(
        main,
        ["audit", "view", event.plain.view_id, "--settings", str(place.settings)],
        env={"COLUMNS": "200"},
    )

    assert "mark:a: 1 added, 0 changed, 0 removed" in read.output
    assert operation(NOW).operator in read.output
