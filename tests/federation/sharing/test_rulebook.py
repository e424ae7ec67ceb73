"""The rules in memory: what decides when, who signed it, and what a broken bundle changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.authority import RulesState
from federation.errors import PolicyInvalidError
from federation.flow import Outcome
from federation.model import Category
from federation.sharing.rulebook import RuleBook, rules_state
from federation.sharing.signatures import Signer, check_signatures, digest_of, sign
from federation.storage.base import BundleRow
from tests.federation.sharing.given import a_case
from tests.federation.sharing.sheet.given import a_body

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
LONDON, HERTS = "node:london-care-record", "node:herts-west-essex"
KEYS = {name: ECKey.generate_key("P-256") for name in ("ines", "bram", "joan", "twin")}
SIGNERS = {
    "ines": Signer(id="ines", name="Ines", owners=frozenset((LONDON,)), key=KEYS["ines"]),
    "bram": Signer(id="bram", name="Bram", owners=frozenset((HERTS,)), key=KEYS["bram"]),
    "joan": Signer(id="joan", name="Joan", owners=frozenset(("*",)), key=KEYS["joan"]),
    "june": Signer(id="june", name="June", owners=frozenset(("*",)), key=KEYS["twin"]),
    "same-key": Signer(id="same-key", name="X", owners=frozenset(("*",)), key=KEYS["ines"]),
    "same-name": Signer(id="same-name", name="Ines", owners=frozenset(("*",)), key=KEYS["twin"]),
}


def enrolled(_owner):
    """Whoever may sign for anybody: who may for whom, each signer says."""
    return SIGNERS


CLOSED = {"id": "closed", "categories": ["RESULTS"]}


def signed(body, *names):
    return tuple(sign(body, name, SIGNERS[name].key) for name in names)


def a_row(sequence, *rules, owner=LONDON, by=None, start=NOW, body=None, **changed):
    body = body or a_body(*rules, owner=owner, agreements=({},))
    own = {LONDON: "ines", HERTS: "bram"}[owner]
    given = {
        "sequence": sequence,
        "owner": owner,
        "version": "3",
        "digest": digest_of(body),
        "body": body,
        "signatures": signed(body, *(by or (own, "joan"))),
        "effective_from": start,
        "published_at": NOW,
        "published_by": "somebody",
    }
    return BundleRow(**(given | changed))


def outcome(book, category=Category.RESULTS):
    now = book.now(0.0)
    return now.rules.decide(a_case(category=category, agreements=now.agreements)).outcome


def test_a_publication_decides_and_the_next_takes_its_place():
    """An agreement opens, a rule narrows, and of each owner the last word holds."""
    book = RuleBook(enrolled, 0.0)
    assert outcome(book) is Outcome.NOT_ASKED
    assert book.hear([a_row(1)], NOW, 0.0) == ()
    assert outcome(book) is Outcome.PERMIT
    before = book.now(0.0)
    assert book.hear([a_row(2, CLOSED)], NOW, 0.0) == ()
    assert outcome(book) is Outcome.WITHHOLD
    assert book.now(0.0).version != before.version
    assert before.rules.decide(a_case(agreements=before.agreements)).outcome is Outcome.PERMIT
    assert book.hear([a_row(3)], NOW, 0.0) == ()
    assert outcome(book) is Outcome.PERMIT


def test_what_was_overtaken_is_not_kept():
    """A book holds what is in force and what is to come, however much was published before."""
    book = RuleBook(enrolled, 0.0)
    to_come = a_row(7, start=NOW + timedelta(days=1))
    rows = [*map(a_row, range(1, 6)), a_row(6, owner=HERTS), to_come]
    assert book.hear(rows, NOW, 0.0) == ()
    assert [one.row.sequence for one in book._published] == [6, 5, 7]
    book.hear([], NOW + timedelta(days=1), 0.0)
    assert [one.row.sequence for one in book._published] == [6, 7]


def test_a_clock_that_is_set_back_brings_back_what_was_in_force():
    """Everything is told again, and until then what decided goes on deciding."""
    book = RuleBook(enrolled, 0.0)
    rows = [a_row(1), a_row(2, CLOSED, start=NOW + timedelta(days=1))]
    book.hear(rows, NOW + timedelta(days=2), 0.0)
    assert (outcome(book), book.sequence) == (Outcome.WITHHOLD, 2)
    assert book.hear([], NOW, 0.0) == ()
    assert (outcome(book), book.sequence) == (Outcome.WITHHOLD, 0)
    assert book.hear(rows, NOW, 0.0) == ()
    assert (outcome(book), book.sequence) == (Outcome.PERMIT, 2)


def test_what_begins_later_begins_by_itself():
    """A bundle with a day to come decides from then on, without another publication."""
    book = RuleBook(enrolled, 0.0)
    later = NOW + timedelta(hours=1)
    book.hear([a_row(1), a_row(2, CLOSED, start=later)], NOW, 0.0)
    assert outcome(book) is Outcome.PERMIT
    book.hear([], later - timedelta(seconds=1), 0.0)
    assert outcome(book) is Outcome.PERMIT
    book.hear([], later, 0.0)
    assert outcome(book) is Outcome.WITHHOLD


BROKEN = [
    ("one signature", {"by": ("ines",)}),
    ("twice the same", {"by": ("ines", "ines")}),
    ("two names, one key", {"by": ("ines", "same-key")}),
    ("two keys, one name", {"by": ("ines", "same-name")}),
    ("nobody of the owner's", {"by": ("joan", "june")}),
    ("somebody of another owner's", {"by": ("ines", "bram")}),
    ("no signature", {"signatures": ()}),
    ("rubbish", {"signatures": ("rubbish", "a.b.c")}),
    ("another body's", {"signatures": signed(b"other", "ines", "joan")}),
    ("another digest", {"digest": "0" * 64}),
    ("another version", {"version": "4"}),
    ("another owner", {"owner": HERTS, "body": a_body(owner=LONDON)}),
    ("not a bundle", {"body": b"nonsense"}),
    ("a rule that is none", {"body": a_body({"template": "nope"})}),
]


@pytest.mark.parametrize(("why", "changed"), BROKEN)
def test_what_does_not_hold_is_refused_and_changes_nothing(why, changed):
    """The old bundle stays, another owner's decides as ever, and the operators are told why."""
    book = RuleBook(enrolled, 0.0)
    book.hear([a_row(1, CLOSED), a_row(2, owner=HERTS)], NOW, 0.0)
    before = book.now(0.0)
    (refused,) = book.hear([a_row(3, **changed)], NOW, 0.0)
    assert refused.sequence == 3
    assert refused.why
    assert book.now(0.0) == before, why
    assert book.sequence == 3


def test_a_signature_by_another_algorithm_does_not_hold():
    """Nobody signs with a shared secret or with nothing."""
    body = a_body()
    key = KEYS["ines"]
    other = jws.serialize_compact({"alg": "ES256", "kid": "ines"}, b'{"digest":"x"}', key)
    for one in (other, f"eyJhbGciOiJub25lIn0.{other.split('.')[1]}."):
        with pytest.raises(PolicyInvalidError):
            check_signatures(body, LONDON, (one, *signed(body, "joan")), SIGNERS, NOW)


STATES = [
    (0, RulesState.CURRENT),
    (30, RulesState.CURRENT),
    (31, RulesState.LAST_KNOWN),
    (15 * 60 - 1, RulesState.LAST_KNOWN),
    (15 * 60, RulesState.EMERGENCY_SET),
    (255 * 60 - 1, RulesState.EMERGENCY_SET),
    (255 * 60, RulesState.NONE),
]


@pytest.mark.parametrize(("silent", "expected"), STATES)
def test_rules_grow_old_while_their_store_is_silent(silent, expected):
    """Last known for a quarter of an hour, emergencies for four hours, then nothing."""
    assert rules_state(timedelta(seconds=silent)) is expected
    book = RuleBook(enrolled, 100.0)
    book.hear([a_row(1)], NOW, 200.0)
    assert book.now(200.0 + silent).state is expected
    book.hear([], NOW, 200.0 + silent)
    assert book.now(200.0 + silent).state is RulesState.CURRENT


def test_two_rules_of_one_id_keep_nobody_elses_bundle_out():
    """One owner's fault that shows only when rules are put together is theirs alone."""
    twice = (
        f'@id("{LONDON}/x") @reason("because")'
        ' forbid (principal, action == Action::"see", resource) when { principal.role == "R0001" };'
    )
    body = a_body(agreements=({},), more='cedar = """\n' + f"{twice}\n{twice}\n" + '"""')
    book = RuleBook(enrolled, 0.0)
    refused = book.hear([a_row(1, body=body), a_row(2, owner=HERTS)], NOW, 5.0)
    assert [one.sequence for one in refused] == [1]
    assert [one.row.owner for one in book.now(5.0).bundles] == [HERTS]


@pytest.mark.parametrize(("days", "holds"), [(-1, True), (0, False), (1, False)])
def test_who_has_ceased_to_sign_signed_what_was_published_before(days, holds):
    """Somebody who leaves opens no earlier bundle again, and vouches for no new one."""
    left = {**SIGNERS, "joan": replace(SIGNERS["joan"], until=NOW)}
    book = RuleBook(lambda _owner: left, 0.0)
    row = a_row(1, CLOSED, published_at=NOW + timedelta(days=days))
    assert [one.sequence for one in book.hear([row], NOW, 0.0)] == ([] if holds else [1])
