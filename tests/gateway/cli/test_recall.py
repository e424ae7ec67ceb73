"""`watling recall`: on the record, with archives, and plain about what it did not look into."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from demo.files import write_network
from federation.audit import AuditEvent
from federation.audit.event import EventKind
from federation.audit.seen import ItemShown, SectionShown
from federation.model import Category, ViewId
from gateway.cli import main
from tests.federation.audit.values import the_question, the_view
from tests.gateway.cli.test_audit_retention import LONG_AGO, Kept

NODE, ITEM = "herts-west-essex", "item-1"
WHAT = ("--node", NODE, "--source-id", ITEM, "--reason", "CORRECTED")
WHOLE = "events 1 to 3 of demo"


def a_look(id_: str, at=LONG_AGO) -> AuditEvent:
    view = the_view(the_question(view_id=ViewId(id_), asked_at=at))[0]
    line = (ItemShown(NODE, ITEM, "1"),)
    shown = (SectionShown(category=Category.ALLERGIES, lines=(line,)),)
    return AuditEvent(
        plain=replace(view.plain, nodes=(NODE,)), sealed=replace(view.sealed, shown=shown)
    )


class Recalling(Kept):
    """Whose gateway showed an item in 2010, which was archived, and once since."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "tests.gateway.cli.test_audit_retention.events",
            lambda many, group: [a_look(f"{group}-{one}") for one in range(many)],
        )
        super().__init__(folder)
        write_network(self.place, defaultdict(lambda: "http://127.0.0.1:9/"))

    def recall(self, *words: str) -> Result:
        arguments = ["recall", *words, "--settings", str(self.place.settings)]
        return CliRunner().invoke(main, arguments, env={"COLUMNS": "200"})

    def counts(self, *words: str) -> list[str]:
        done = self.recall(*words)
        assert done.exit_code == 0, done.output
        row = next(line for line in done.output.splitlines() if "CORRECTED" in line)
        return [word.strip() for word in row.strip("│ ").split("│")][-5:]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recalling:
    return Recalling(tmp_path, monkeypatch)


def test_what_is_archived_is_named_or_read(kept: Recalling):
    """Without the archive it says so; with it those looks are told as well, and nobody twice."""
    assert kept.archive().exit_code == 0
    without = kept.recall(*WHAT)
    assert f"not looked into: {WHOLE}, which are archived" in without.output
    assert kept.counts(*WHAT) == ["3", "1", "3", "0", "0"]
    whole = (*WHAT, "--archive", str(kept.archives))
    assert kept.counts(*whole) == ["6", "1", "6", "0", "0"]
    assert kept.counts(*whole) == ["6", "1", "6", "0", "0"]
    assert "not looked into" not in kept.recall(*whole).output
    views = [one.plain.view_id for one in kept.done() if one.plain.kind == "RECALL_NOTICE"]
    assert sorted(views) == [f"{group}-{one}" for group in "ab" for one in range(3)]


def test_a_dry_run_tells_nobody(kept: Recalling):
    """It counts as it would, and leaves that somebody looked."""
    assert kept.counts(*WHAT, "--dry-run") == ["6", "1", "6", "0", "0"]
    assert kept.kinds() == [EventKind.LOG_OPENED]
    assert "CORRECTED" not in kept.recall("--node", NODE, "--status").output


def test_every_run_is_on_the_record_first(kept: Recalling):
    """By the account on the machine; what cannot be recorded is not done."""
    kept.recall(*WHAT, "--note", "found by the laboratory")
    first, *others = kept.done()
    assert first.plain.kind is EventKind.RECALLED
    assert (first.plain.asker, first.sealed.reason) == (None, "found by the laboratory")
    assert {one.plain.kind for one in others} == {EventKind.RECALL_NOTICE}
    kept.tamper(
        "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    for words in (WHAT, (*WHAT, "--dry-run"), ("--node", NODE, "--status")):
        refused = kept.recall(*words)
        assert (refused.exit_code, refused.stdout) == (2, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--node", NODE), "`--source-id ID` and `--reason` say what is called back"),
        (("--node", "nobody", *WHAT[2:]), "names a node that is not in the network"),
        ((*WHAT, "--key", ""), "`--key` has 1 to 128 letters"),
        ((*WHAT[:3], "other", *WHAT[4:], "--key", "k"), "`--key` stands for another recall"),
    ],
)
def test_what_is_not_clear_is_refused(kept: Recalling, words: tuple[str, ...], said: str):
    """In plain words, and nobody is told."""
    kept.recall(*WHAT, "--key", "k", "--since", "2020-01-01")
    done = kept.recall(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert EventKind.RECALL_NOTICE not in kept.kinds()
