"""`watling sharing shadow`, `unshadow`, `shadow-day`: who may, what is said, what is recorded."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from demo.place import Place
from federation.audit import AuditTrail, shadow_rules_event
from federation.audit.done import RulesChanged
from federation.audit.event import EventKind
from federation.errors import ErrorCode
from federation.flow import DecidedAgain
from federation.model import Category
from federation.status import SourceCode, SourceState
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import LONDON, NOW, NUMBER, a_reference, a_requester
from tests.federation.audit.values import the_question
from tests.gateway.cli.recorded import on_record
from tests.gateway.cli.test_audit import Log
from tests.gateway.cli.test_sharing import FILES, desk, said

__all__ = ["desk"]

OWNER = "node:milton-keynes"
SIGNS = [
    f"sharing sign mine.toml --key {name}.private.json --as {signer}"
    for name, signer in (("suki", "suki-harland"), ("joan", "joan-petrie"))
]
SHADOW = "sharing shadow mine.toml --settings watling.toml"
UNSHADOW = f"sharing unshadow {OWNER} --settings watling.toml"
PUBLISH = "sharing publish mine.toml --settings watling.toml"
LIST = "sharing list --settings watling.toml"


def version(number: str) -> None:
    Path("mine.toml").write_text(
        FILES["mine.toml"].replace('version = "2"', f'version = "{number}"')
    )
    for one in Path().glob("mine.toml.*.jws"):
        one.unlink()


def told_of(place: Place) -> list[tuple[EventKind, str]]:
    events = [one.plain for one in on_record(place) if one.plain.rules is not None]
    return [(one.kind, one.rules.version) for one in events if one.rules]


def test_one_signature_of_their_own_puts_a_bundle_there_and_it_is_listed(desk: Path):
    """On the record first, by owner, version and digest; and it is no publication."""
    assert said(SHADOW).exit_code == 1
    assert said(SIGNS[0]).exit_code == 0
    done = said(SHADOW)
    assert (done.exit_code, done.output) == (0, f"{OWNER} version 2 is in the shadow\n")
    listed = said(LIST).output
    assert "in the shadow" in listed
    assert sha256(FILES["mine.toml"].encode()).hexdigest()[:16] in listed
    (event,) = on_record(Place(desk / "demo"))
    assert event.plain.kind is EventKind.RULES_PUT_IN_SHADOW
    assert event.plain.rules == RulesChanged(
        owner=OWNER, version="2", digest=sha256(FILES["mine.toml"].encode()).hexdigest()
    )
    assert event.sealed.number is None


def test_the_network_s_own_signature_is_not_the_owner_s(desk: Path):
    """Whose rules they are has to want them tried."""
    assert said(SIGNS[1]).exit_code == 0
    refused = said(SHADOW)
    assert refused.exit_code == 1
    assert "answers for" in refused.output
    assert told_of(Place(desk / "demo")) == []


def test_it_is_taken_away_once_and_nothing_is_to_be_taken_then(desk: Path):
    """Both are on the record."""
    said(SIGNS[0])
    said(SHADOW)
    done = said(UNSHADOW)
    assert (done.exit_code, done.output) == (0, f"{OWNER} version 2 is in the shadow no more\n")
    assert "in the shadow" not in said(LIST).output
    again = said(UNSHADOW)
    assert again.exit_code == 1
    assert f"`{OWNER}` has nothing in the shadow" in again.output
    assert told_of(Place(desk / "demo")) == [
        (EventKind.RULES_PUT_IN_SHADOW, "2"),
        (EventKind.RULES_TAKEN_FROM_SHADOW, "2"),
    ]


@pytest.mark.usefixtures("desk")
def test_what_is_published_is_in_the_shadow_no_more_and_cannot_be_put_there():
    """Nor can a version below; a higher one can."""
    said(SIGNS[0])
    said(SHADOW)
    said(SIGNS[1])
    assert said(PUBLISH).exit_code == 0
    assert "in the shadow" not in said(LIST).output
    refused = said(SHADOW)
    assert refused.exit_code == 1
    assert "version 2 is not higher than 2" in refused.output
    version("3")
    said(SIGNS[0])
    assert said(SHADOW).exit_code == 0
    assert f"{OWNER}" in said(LIST).output.rpartition("in the shadow")[2]


def test_what_cannot_be_on_the_record_is_not_put_there(desk: Path):
    """A log that takes no event leaves the shadow as it is."""
    said(SIGNS[0])
    with closing(sqlite3.connect(Place(desk / "demo").database)) as database, database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    assert said(SHADOW).exit_code == 1
    assert "in the shadow" not in said(LIST).output


# ── the page ──────────────────────────────────────────────────────────────────────────────────────

RULES = RulesChanged(owner=f"node:{LONDON.id}", version="3", digest="ab" * 32)
CLOSED = DecidedAgain(
    node=LONDON.id,
    category=Category.RESULTS,
    state=SourceState.FRESH,
    code=None,
    would_state=SourceState.WITHHELD,
    would_code=SourceCode.NOT_PERMITTED,
    fewer=2,
    directions=("closes",),
    because=(f"node:{LONDON.id}/<b>closed</b>",),
)
OPENED = DecidedAgain(
    node=LONDON.id,
    category=Category.ALLERGIES,
    state=SourceState.WITHHELD,
    code=SourceCode.NOT_PERMITTED,
    would_state=None,
    would_code=None,
    directions=("opens",),
    because=(f"without node:{LONDON.id}/kept",),
)
ALIKE = DecidedAgain(
    node=LONDON.id,
    category=Category.RESULTS,
    state=SourceState.FRESH,
    code=None,
    would_state=SourceState.FRESH,
    would_code=None,
    shared=5,
)


@pytest.fixture
def office(tmp_path: Path) -> Log:
    """A log of three looks that London's rules in the shadow were asked about."""
    office = Log(tmp_path)
    make_audit_keys(office.keys, "2026-11")
    office.write_settings(tmp_path / "watling.toml")
    asyncio.run(_fill(office))
    return office


async def _fill(office: Log) -> None:
    settings = load_settings(office.folder / "watling.toml", {})
    store = await open_storage(settings.storage_url.reveal())
    trail = await AuditTrail.open(
        store.audit, "shadow", load_audit_keys(settings.audit_key_file), lambda: NOW
    )
    for parts, error, took, left_out in (
        ((CLOSED, OPENED), None, 250, 0),
        ((ALIKE,), None, 90, 2),
        ((CLOSED,), ErrorCode.FORBIDDEN, 4000, 0),
    ):
        event = shadow_rules_event(
            the_question(), a_reference(), RULES, "rules 2", parts, error, took, left_out
        )
        await trail.record((event,))
    await trail.aclose()
    await store.close()


def day_of(office: Log, *words: str):
    given = ["sharing", "shadow-day", *words, "--settings", str(office.folder / "watling.toml")]
    return CliRunner().invoke(main, given, env={"COLUMNS": "160"})


DAY = ("--day", "2026-10-05")


def test_a_day_as_table_page_and_json(office: Log, tmp_path: Path):
    """Shared both ways, more, fewer, by which rules, what was left out, and how quick it was."""
    page, counts = tmp_path / "day.html", tmp_path / "day.json"
    result = day_of(office, RULES.owner, *DAY, "--html", str(page), "--json", str(counts))
    assert result.exit_code == 0, result.output
    assert "3 looks decided again, 2 otherwise, 2 left out" in result.output
    assert "1 refused whole: FORBIDDEN" in result.output
    assert "ALLERGIES: opens (1), by without node:london-care-record/kept (1)" in result.output
    (bundle,) = msgspec.json.decode(counts.read_bytes())["bundles"]
    allergies, results = bundle.pop("categories")
    assert bundle == {
        "version": "3",
        "sha256": RULES.digest,
        "looks": 3,
        "differing": 2,
        "leftOut": 2,
        "refused": {"FORBIDDEN": 1},
        "microseconds": {"p50": 250, "p95": 4000, "p99": 4000},
    }
    assert results == {
        "category": "RESULTS",
        "rows": 3,
        "differing": 2,
        "shared": 5,
        "more": 0,
        "fewer": 4,
        "otherwise": 0,
        "unasked": 0,
        "directions": {"closes": 2},
        "because": {CLOSED.because[0]: 2},
        "turned": {"FRESH > WITHHELD NOT_PERMITTED": 2},
    }
    assert (allergies["unasked"], allergies["turned"]) == (
        1,
        {"WITHHELD NOT_PERMITTED > would have been asked": 1},
    )
    shown = page.read_text()
    assert f"{RULES.owner}: rules in the shadow on 2026-10-05" in shown
    assert "&lt;b&gt;closed" in shown
    assert "<script" not in shown
    for secret in (NUMBER, a_requester().subject, "Fernsby"):
        assert secret not in result.output + shown + counts.read_text()


def test_another_day_and_another_owner_have_nothing(office: Log, tmp_path: Path):
    """No counts are made up, and the page says so."""
    page = tmp_path / "day.html"
    for words in ((RULES.owner, "--day", "2026-10-04"), ("organisation:RRV", *DAY)):
        result = day_of(office, *words, "--html", str(page))
        assert result.exit_code == 0, result.output
        assert "had nothing in the shadow" in result.output
        assert "Nothing was in the shadow" in page.read_text()


def test_that_somebody_read_it_is_on_the_record(office: Log):
    """As whatever opens the log is, before it is shown."""
    day_of(office, RULES.owner, *DAY)
    report = CliRunner().invoke(
        main, ["audit", "report", "--settings", str(office.folder / "watling.toml")]
    )
    assert "LOG_OPENED" in report.output
