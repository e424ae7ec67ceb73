"""The bundles in the shadow, in memory: who may put one there, and when it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.errors import PolicyInvalidError
from federation.flow import Outcome
from federation.model import Category
from federation.sharing.rulebook import RuleBook
from federation.sharing.shadow_book import ShadowBook, check_shadow, put_last
from federation.sharing.signatures import digest_of
from federation.storage.base import ShadowRow
from tests.federation.sharing.given import a_case
from tests.federation.sharing.sheet.given import a_body
from tests.federation.sharing.test_rulebook import (
    CLOSED,
    HERTS,
    LONDON,
    NOW,
    SIGNERS,
    a_row,
    enrolled,
    signed,
)


def body_of(version, *rules, owner=LONDON) -> bytes:
    body = a_body(*rules, owner=owner, agreements=({},))
    return body.replace(b'version = "3"', f'version = "{version}"'.encode(), 1)


def put(sequence, *rules, version="4", owner=LONDON, by=("ines",), body=None) -> ShadowRow:
    body = body or body_of(version, *rules, owner=owner)
    return ShadowRow(
        sequence=sequence,
        owner=owner,
        version=version,
        digest=digest_of(body),
        body=body,
        signatures=signed(body, *by),
        at=NOW,
        by="somebody",
    )


def taken(sequence, owner=LONDON) -> ShadowRow:
    return replace(put(sequence, owner=owner), body=None, signatures=())


def published_as(sequence, version, **given):
    body = body_of(version)
    return a_row(sequence, body=body, version=version, **given)


class Desk:
    """A rule book with London's third version in force, and what is beside it."""

    def __init__(self) -> None:
        self.book, self.shadow = RuleBook(enrolled, 0.0), ShadowBook(enrolled)
        self.publishes(a_row(1))

    def publishes(self, *rows, at=NOW) -> None:
        assert self.book.hear(rows, at, 0.0) == ()

    def hears(self, *rows, at=NOW):
        return self.shadow.hear(rows, self.book, at, 0.0)

    def there(self) -> list[str]:
        return [f"{one.sheet.head.owner} {one.sheet.head.version}" for one in self.shadow.now]


def outcome(rules, agreements):
    case = a_case(category=Category.RESULTS, agreements=agreements)
    return rules.decide(case).outcome


def test_what_is_put_there_is_ready_beside_what_decides_and_changes_none_of_it():
    """It would close, and nothing is closed."""
    desk = Desk()
    before = desk.book.now(0.0)
    assert desk.hears(put(1, CLOSED)) == ()
    (shadow,) = desk.shadow.now
    now = desk.book.now(0.0)
    assert (now.version, shadow.beside) == (before.version, before.version)
    assert outcome(now.rules, now.agreements) is Outcome.PERMIT
    assert outcome(shadow.rules, shadow.agreements) is Outcome.WITHHOLD


def test_one_signature_of_the_owner_s_own_is_enough_and_it_must_be_theirs():
    """It opens nothing; and nobody's rules are tried without them."""
    check_shadow(put(1), SIGNERS)
    for by in ((), ("joan",), ("joan", "june")):
        with pytest.raises(PolicyInvalidError):
            check_shadow(put(1, by=by), SIGNERS)
    with pytest.raises(PolicyInvalidError, match="nothing to put"):
        check_shadow(taken(1), SIGNERS)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (put(2, CLOSED, by=("joan",), version="5"), "answers for"),
        (replace(put(2, version="5"), body=body_of("5", CLOSED)), "not what was"),
        (replace(put(2, version="5"), owner=HERTS), "the body is"),
    ],
)
def test_what_does_not_hold_is_said_and_changes_nothing(row, why):
    """What was there before stays."""
    desk = Desk()
    desk.hears(put(1))
    (refused,) = desk.hears(row)
    assert why in refused.why
    assert desk.there() == [f"{LONDON} 4"]
    assert desk.shadow.sequence == 2


def test_another_of_the_owner_s_takes_its_place_and_other_owners_keep_theirs():
    """At most one of each."""
    desk = Desk()
    desk.hears(put(1), put(2, owner=HERTS, by=("bram",)), put(3, CLOSED, version="5"))
    assert desk.there() == [f"{HERTS} 4", f"{LONDON} 5"]
    desk.hears(taken(4))
    assert desk.there() == [f"{HERTS} 4"]


def test_it_leaves_when_it_is_published_and_when_a_higher_one_is():
    """A lower one leaves it there, for what it is to follow."""
    for version, left in (("3.5", [f"{LONDON} 4"]), ("4", []), ("4.1", [])):
        desk = Desk()
        desk.hears(put(1))
        desk.publishes(published_as(2, version))
        desk.hears()
        assert desk.there() == left, version


def test_it_leaves_when_what_is_published_begins_and_not_before():
    """Until then it is not in force, and there is something to compare."""
    desk, later = Desk(), NOW + timedelta(days=3)
    desk.hears(put(1))
    desk.publishes(published_as(2, "4", start=later))
    desk.hears()
    assert desk.there() == [f"{LONDON} 4"]
    desk.publishes(at=later)
    desk.hears(at=later)
    assert desk.there() == []


def test_what_was_published_and_taken_back_is_not_in_the_shadow_again():
    """Also for a gateway that hears of all of it at once."""
    rows = [published_as(2, "4"), replace(a_row(1), sequence=3)]
    desk = Desk()
    desk.hears(put(1))
    desk.publishes(*rows)
    desk.hears()
    assert desk.there() == []
    late = ShadowBook(enrolled)
    book = RuleBook(enrolled, 0.0)
    book.hear([a_row(1), *rows], NOW, 0.0)
    late.hear([put(1)], book, NOW, 0.0)
    assert late.now == ()


def test_it_is_made_ready_anew_when_what_decides_changes_and_only_then():
    """Beside another owner's new rules it is another."""
    desk = Desk()
    desk.hears(put(1))
    (first,) = desk.shadow.now
    desk.hears()
    assert desk.shadow.now == (first,)
    assert desk.shadow.now[0] is first
    desk.publishes(a_row(2, CLOSED, owner=HERTS))
    desk.hears()
    (second,) = desk.shadow.now
    assert second.beside == desk.book.now(0.0).version != first.beside


def test_while_the_book_asks_for_all_anew_nothing_is_made_ready():
    """A clock that is set back leaves it without its bundles, and they are no part of it then."""
    desk, later = Desk(), NOW + timedelta(days=1)
    desk.publishes(a_row(2, CLOSED, owner=HERTS, start=later), at=later)
    desk.book.hear([], NOW, 0.0)
    assert not desk.book.whole
    desk.hears(put(1))
    assert desk.shadow.now == ()
    desk.publishes(a_row(1), a_row(2, CLOSED, owner=HERTS, start=later))
    desk.hears()
    assert desk.there() == [f"{LONDON} 4"]


def test_the_last_word_of_an_owner_is_what_the_store_says_is_there():
    """Put, taken away, put again; of others nothing is changed."""
    rows = [
        put(1),
        put(2, owner=HERTS, by=("bram",)),
        taken(3),
        put(4, version="5"),
        taken(5, HERTS),
    ]
    assert put_last(rows) == {LONDON: rows[3]}
