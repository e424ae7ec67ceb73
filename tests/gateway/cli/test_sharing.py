"""`watling sharing`: the tutorial of the docs as it is typed, and what is refused on the way."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.files import make_keys, node_names, write_network, write_settings
from demo.place import Place
from demo.signing import private_key
from federation.audit.done import RulesChanged
from federation.audit.event import EventKind
from federation.storage import open_storage
from gateway.cli import main
from gateway.operators import operation
from gateway.settings import load_settings
from tests.gateway.cli.recorded import on_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TUTORIAL = (Path(__file__).parents[3] / "docs" / "sharing.md").read_text()
FILES = dict(
    zip(
        ("mine.toml", "cases.toml"),
        re.findall(r"```toml\n(.*?)```", TUTORIAL, re.DOTALL),
        strict=True,
    )
)
COMMANDS = re.findall(r"^\$ watling (.*)$", TUTORIAL, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tutorial's files, two signers' keys, and the settings of a gateway."""
    place = Place(tmp_path / "demo")
    place.run.mkdir(parents=True)
    make_keys(place, NOW)
    write_network(place, dict.fromkeys(node_names(), "http://127.0.0.1:9/nobody"))
    write_settings(place, host="127.0.0.1", port=0, tracing_url="http://127.0.0.1:9/")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    for name, signer in (("suki", "suki-harland"), ("joan", "joan-petrie")):
        key = tmp_path / f"{name}.private.json"
        key.write_bytes(private_key(place, signer).read_bytes())
    (tmp_path / "watling.toml").write_bytes(place.settings.read_bytes())
    monkeypatch.chdir(tmp_path)
    asyncio.run(_begin(place))
    return tmp_path


async def _begin(place: Place) -> None:
    """The store of a gateway that has run; nobody has looked at anybody."""
    await (await open_storage(load_settings(place.settings, {}).storage_url.reveal())).close()


def watling(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def said(line: str) -> Result:
    return watling(*line.split())


@pytest.mark.usefixtures("desk")
def test_the_tutorial_s_commands_work():
    """As the page has them: from check to list; there is nothing before it."""
    for line in COMMANDS[:-1]:
        done = said(line)
        assert done.exit_code == 0, (line, done.output)
    assert "node:milton-keynes" in done.output
    rolled = said(COMMANDS[-1])
    assert rolled.exit_code == 1
    assert "nothing before version 2" in rolled.output


def test_rolling_back_publishes_the_earlier_body_anew(desk: Path):
    """The version before decides again, with the signatures that it had."""
    for line in COMMANDS[:-1]:
        said(line)
    (desk / "mine.toml").write_text(FILES["mine.toml"].replace('version = "2"', 'version = "3"'))
    stale = said("sharing publish mine.toml --settings watling.toml")
    assert stale.exit_code == 1
    assert "signed something else than these bytes" in stale.output
    for line in COMMANDS[2:-1]:
        assert said(line).exit_code == 0
    rolled = said(COMMANDS[-1])
    assert "version 2 once more" in rolled.output
    listed = said("sharing list --settings watling.toml").output
    assert re.findall(r"milton-keynes\s+(\d)", listed) == ["2", "3", "2"]


def test_what_is_published_is_on_the_record(desk: Path):
    """Each publication and each rollback, by owner, version and digest; a refused one is none."""
    second = FILES["mine.toml"].replace('version = "2"', 'version = "3"')
    for text in (FILES["mine.toml"], second):
        (desk / "mine.toml").write_text(text)
        assert [said(line).exit_code for line in COMMANDS[2:-1]] == [0] * len(COMMANDS[2:-1])
    assert said("sharing publish mine.toml --settings watling.toml").exit_code == 1
    assert said(COMMANDS[-1]).exit_code == 0

    events = [one for one in on_record(Place(desk / "demo")) if one.plain.opened is None]

    assert [(event.plain.kind, event.plain.rules) for event in events] == [
        (
            kind,
            RulesChanged(
                owner="node:milton-keynes",
                version=version,
                digest=sha256(text.encode()).hexdigest(),
            ),
        )
        for kind, version, text in (
            (EventKind.RULES_PUBLISHED, "2", FILES["mine.toml"]),
            (EventKind.RULES_PUBLISHED, "3", second),
            (EventKind.RULES_ROLLED_BACK, "2", FILES["mine.toml"]),
        )
    ]
    assert {event.sealed.subject for event in events} == {operation(NOW).operator}


def test_what_cannot_be_on_the_record_is_not_published(desk: Path):
    """A log that takes no event keeps the rules as they were."""
    for line in COMMANDS[:-1]:
        said(line)
    with closing(sqlite3.connect(Place(desk / "demo").database)) as database, database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    (desk / "mine.toml").write_text(FILES["mine.toml"].replace('version = "2"', 'version = "3"'))

    done = [said(line).exit_code for line in COMMANDS[2:-1]]

    assert 1 in done
    listed = said("sharing list --settings watling.toml").output
    assert re.findall(r"milton-keynes\s+(\d)", listed) == ["2"]


def test_a_replay_is_on_the_record_before_it_shows_anything(desk: Path):
    """By whose account; and where it cannot be written, nothing is shown."""
    (replay,) = [line for line in COMMANDS if "replay" in line]
    for line in COMMANDS[: COMMANDS.index(replay) + 1]:
        assert said(line).exit_code == 0
    place = Place(desk / "demo")
    (event,) = [one for one in on_record(place) if one.plain.opened is not None]
    assert (event.plain.opened and event.plain.opened.command) == "sharing replay"
    assert event.sealed.subject == operation(NOW).operator
    with closing(sqlite3.connect(place.database)) as database, database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    again = said(replay)
    assert (again.exit_code, again.stdout) == (1, "")


@pytest.mark.usefixtures("desk")
def test_a_version_is_published_once():
    """Nothing that was published is ever changed: the number must be higher."""
    for line in COMMANDS[:-1]:
        said(line)
    again = said("sharing publish mine.toml --settings watling.toml")
    assert again.exit_code == 1
    assert "not higher than 2" in again.output


@pytest.mark.usefixtures("desk")
def test_one_signature_is_not_enough():
    """What nobody else has read is not published."""
    said("sharing sign mine.toml --key suki.private.json --as suki-harland")
    refused = said("sharing publish mine.toml --settings watling.toml")
    assert refused.exit_code == 1
    assert "2 different people" in refused.output


def test_every_fault_is_told_and_nothing_is_signed(desk: Path):
    """A bundle with faults is refused with all of them, by check and by sign."""
    text = FILES["mine.toml"].replace("SEXUAL_HEALTH", "sexual").replace('"mobile"', '"Mobile"')
    (desk / "mine.toml").write_text(text)
    checked = said("sharing check mine.toml")
    assert checked.exit_code == 1
    assert len(checked.output.splitlines()) == 2
    refused = said("sharing sign mine.toml --key suki.private.json --as suki-harland")
    assert refused.exit_code == 1
    assert not list(desk.glob("*.jws"))


def test_what_does_not_come_out_as_expected_fails(desk: Path):
    """A differing case is marked, and the command fails."""
    text = FILES["cases.toml"].replace('expected = "withhold"', 'expected = "permit"')
    (desk / "cases.toml").write_text(text)
    tried = said("sharing test mine.toml cases.toml")
    assert tried.exit_code == 1
    assert "NO" in tried.output
    assert "2 cases, 1 not as expected" in tried.output


@pytest.mark.usefixtures("desk")
def test_a_decision_is_explained_by_the_rules_that_made_it():
    """Each with its layer, version, reason and what it does; a refusal of the whole too."""
    done = said("sharing explain mine.toml cases.toml")
    assert done.exit_code == 0
    opened, kept = done.output.split("but nothing of the clinic: withhold")
    assert "a London consultant sees results: permit" in opened
    assert "milton-keynes-to-london@1" in opened
    assert "node:milton-keynes/clinic" not in opened
    assert "node:milton-keynes/clinic" in kept
    assert "the clinic promises confidence" in kept
    assert "L2" in kept
    assert "code NOT_PERMITTED" in kept
    assert "node:milton-keynes version 2" in kept


@pytest.mark.usefixtures("desk")
def test_a_case_that_nobody_wrote_is_not_explained():
    """A name that is mistyped fails, and says which file it was looked for in."""
    done = watling("sharing", "explain", "mine.toml", "cases.toml", "--case", "no such case")
    assert done.exit_code == 1
    assert "no case is called `no such case`" in done.output


def test_a_matrix_page_needs_nothing_else(desk: Path):
    """One file without scripts or addresses, with letters beside the colours."""
    assert said("sharing matrix mine.toml london --html matrix.html").exit_code == 0
    page = (desk / "matrix.html").read_text()
    assert "<script" not in page
    assert "http" not in page
    assert page.count(">P</td>") == 16
    assert page.count(">-</td>") == 52


def test_papers_show_themselves_when_they_are_out_of_date(desk: Path):
    """They name the bundles that they were written from, and another version makes them stale."""
    for line in COMMANDS[:-1]:
        said(line)
    assert said("sharing papers papers --settings watling.toml").exit_code == 0
    page = (desk / "papers" / "who-shares-what.md").read_text()
    assert "the clinic promises confidence" in page
    assert said("sharing papers papers --check --settings watling.toml").exit_code == 0
    (desk / "mine.toml").write_text(FILES["mine.toml"].replace('version = "2"', 'version = "3"'))
    for line in COMMANDS[2:-1]:
        said(line)
    stale = said("sharing papers papers --check --settings watling.toml")
    assert stale.exit_code == 1
    assert "does not say what decides now" in stale.output


def test_papers_are_pages_that_need_nothing_else(desk: Path):
    """For a web site or a printer; words of a bundle stay words there, whatever they look like."""
    odd = FILES["mine.toml"].replace("the clinic", "<script>x</script> ![a](http://b) the clinic")
    (desk / "mine.toml").write_text(odd)
    for line in COMMANDS[2:-1]:
        assert said(line).exit_code == 0
    assert said("sharing papers papers --settings watling.toml").exit_code == 0
    page = (desk / "papers" / "who-shares-what.html").read_text()
    assert "<title>Who shares what with whom</title>" in page
    assert "the clinic promises confidence" in page
    assert "<table>" in page
    for active in ("<script", "<img", "<a "):
        assert active not in page
    assert {one.suffix for one in (desk / "papers").iterdir()} == {".md", ".html"}
