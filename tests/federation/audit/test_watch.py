"""Which look is flagged, and who is told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, Sealer, refusal_event
from federation.audit.event import Flag
from federation.audit.watch import Watch, WatchLimits, flagged
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    Grant,
    MarkKind,
    Relationship,
    RelationshipKind,
)
from federation.errors import ErrorCode
from federation.flow import Facts, Window
from federation.model import Category, NodeId, OdsCode, RequesterKind
from federation.nhs_number import NhsNumber
from federation.sharing.obligations import ObligationCode, obligation
from tests.builders import NOW, a_question, a_requester

KEY = bytes(range(32))
ANNA = NhsNumber("9990000042")
GRANT = Grant(
    id="g",
    authority="a",
    reason_code=EmergencyReason.RISK_TO_LIFE,
    begins_at=NOW,
    expires_at=NOW + timedelta(hours=4),
)
REVIEWED = (obligation(ObligationCode.AUDIT_REVIEW),)
NODES = (NodeId("london-care-record"),)
BOTH, OURS = 2, 1


def relationship(source: EvidenceSource) -> Relationship:
    return Relationship(
        id="r",
        kind=RelationshipKind.SELF_DECLARED,
        source=source,
        organisation=OdsCode("RRV"),
        begins_at=NOW,
    )


OWN_WORD = relationship(EvidenceSource.SELF)
FED = relationship(EvidenceSource.FEED)


def watch(**limits: Any) -> Watch:
    return Watch(Sealer(AuditKeys("1", {"1": KEY})), WatchLimits(**{"self_declared": 1.0} | limits))


def facts(**more: Any) -> Facts:
    return Facts(at=NOW, nodes=(), agreements={}, rules_version="1", **more)


TABLE = [
    # what is known,                                        told of, restricted, flags, to how many
    ({}, (), False, (), 0),
    ({"grants": (GRANT,)}, REVIEWED, False, (Flag.EMERGENCY_ACCESS,), BOTH),
    ({"relationships": (OWN_WORD,)}, (), False, (Flag.SELF_DECLARED,), OURS),
    ({"relationships": (OWN_WORD, FED)}, (), False, (), 0),
    ({"relationships": (FED,)}, (), False, (), 0),
    ({"marks": frozenset((MarkKind.FAMILY,))}, REVIEWED, False, (Flag.FAMILY,), OURS),
    ({"marks": frozenset((MarkKind.OWN_RECORD,))}, (), False, (Flag.OWN_RECORD,), OURS),
    ({"marks": frozenset((MarkKind.WATCHED,))}, REVIEWED, False, (Flag.WATCHED,), BOTH),
    ({"marks": frozenset((MarkKind.COERCED, MarkKind.UNLISTED))}, (), False, (), 0),
    ({}, (), True, (Flag.RESTRICTED,), BOTH),
    ({}, REVIEWED, False, (Flag.RULE,), BOTH),
    ({"grants": (GRANT,)}, (), True, (Flag.EMERGENCY_ACCESS, Flag.RESTRICTED), BOTH),
]


@pytest.mark.parametrize(("known", "obligations", "restricted", "flags", "told"), TABLE)
def test_which_look_is_flagged_to_whom(known, obligations, restricted, flags, told):
    """Each risk has its flag; nodes are told of what they would have to answer for."""
    question = a_question()
    assert flags == watch().of_view(
        question, ANNA, facts(**known), obligations, restricted=restricted
    )
    event = flagged(refusal_event(question, ErrorCode.FORBIDDEN), flags, question.requester, NODES)
    assert event.sealed.flags == flags
    ours = f"organisation:{question.requester.organisation.ods_code}"
    assert [one.to for one in event.plain.alerts] == [ours, f"node:{NODES[0]}"][:told]
    assert all(one.due == NOW + timedelta(days=1) for one in event.plain.alerts)


@pytest.mark.parametrize("kind", [RequesterKind.CITIZEN, RequesterKind.PROXY])
def test_people_are_not_watched(kind):
    """What people do with their own record, or for somebody, waits for no officer."""
    requester = replace(a_requester(), kind=kind)
    question = replace(a_question(), requester=requester)
    known = facts(grants=(GRANT,), marks=frozenset((MarkKind.WATCHED,)))
    assert watch().of_view(question, ANNA, known, REVIEWED, restricted=True) == ()
    for _ in range(20):
        assert watch().of_refusal(requester, NOW, {MarkKind.WATCHED}) == ()


def drawn(among: Watch, count: int = 400) -> list[int]:
    question = a_question()
    known = facts(relationships=(OWN_WORD,))
    return [
        one
        for one in range(count)
        if among.of_view(question, NhsNumber(f"{one:010}"), known, (), restricted=False)
    ]


def test_looks_on_ones_own_word_are_sampled():
    """A fraction is drawn, the same whoever draws it, and none or all where that is set."""
    sample = drawn(watch(self_declared=0.2, people_an_hour=1000))
    assert 50 <= len(sample) <= 110
    assert sample == drawn(watch(self_declared=0.2, people_an_hour=1000))
    assert drawn(watch(self_declared=0.0, people_an_hour=1000)) == []
    assert len(drawn(watch(self_declared=1.0, people_an_hour=1000))) == 400


def test_another_key_draws_another_sample():
    """Nobody without the key can tell which look is drawn."""
    other = Watch(
        Sealer(AuditKeys("1", {"1": bytes(32)})),
        WatchLimits(self_declared=0.2, people_an_hour=1000),
    )
    assert drawn(other) != drawn(watch(self_declared=0.2, people_an_hour=1000))


def looks(among: Watch, people, *, role: str = "R8000", minutes: float = 0) -> list[int]:
    requester = replace(a_requester(), role=role)
    question = replace(a_question(), requester=requester, asked_at=NOW + timedelta(minutes=minutes))
    return [
        one
        for one in people
        if Flag.MANY_PEOPLE
        in among.of_view(question, NhsNumber(f"{one:010}"), facts(), (), restricted=False)
    ]


def test_far_more_people_than_usual():
    """The first person beyond the usual is flagged, then one of every so many more."""
    assert looks(watch(people_an_hour=10), range(35)) == [10, 20, 30]


def test_the_same_people_again_are_no_more():
    """Coming back to people is not looking at more of them."""
    among = watch(people_an_hour=10)
    assert looks(among, [*range(10)] * 3) == []
    assert looks(among, [10]) == [10]
    assert looks(among, [10, 0, 5]) == []


def test_people_of_an_hour_ago_do_not_count():
    """The hour moves on."""
    among = watch(people_an_hour=10)
    assert looks(among, range(10)) == []
    assert looks(among, range(10, 20), minutes=60) == []
    assert looks(among, [20], minutes=60) == [20]


def test_the_role_has_its_own_usual():
    """A role's own number goes before everybody's."""
    among = watch(people_an_hour=10, people_an_hour_by_role={"R0260": 20})
    assert looks(among, range(21), role="R0260") == [20]
    assert looks(watch(people_an_hour=10, people_an_hour_by_role={"R0260": 20}), range(11)) == [10]


def test_what_is_counted_is_bounded():
    """Neither many people nor many who look make it grow without end."""
    among = watch(people_an_hour=2, actors=3)
    looks(among, range(500))
    (seen,) = among._seen.values()
    assert len(seen) == 20
    for one in range(50):
        requester = replace(a_requester(), subject=f"user-{one}")
        question = replace(a_question(), requester=requester)
        among.of_view(question, ANNA, facts(), (), restricted=False)
        among.of_refusal(requester, NOW, ())
    assert len(among._seen) == len(among._refused) == 3


def test_refusals_in_a_row():
    """So many refusals within so many minutes are flagged, once."""
    among, requester = watch(refusals=3), a_requester()
    found = [among.of_refusal(requester, NOW, ()) for _ in range(7)]
    assert found == [(), (), (Flag.MANY_REFUSALS,)] * 2 + [()]


def test_refusals_long_ago_or_before_a_look_do_not_count():
    """Time, and a look that was allowed, end the row."""
    among, requester = watch(refusals=3), a_requester()
    for minutes in (0, 6, 12, 18):
        assert among.of_refusal(requester, NOW + timedelta(minutes=minutes), ()) == ()
    among, requester = watch(refusals=3), a_question().requester
    assert among.of_refusal(requester, NOW, ()) == among.of_refusal(requester, NOW, ()) == ()
    among.of_view(a_question(), ANNA, facts(), (), restricted=False)
    assert among.of_refusal(requester, NOW, ()) == ()


def test_a_refusal_about_somebody_marked():
    """An attempt at one's own, a relative's or a watched record is flagged."""
    marks = {MarkKind.OWN_RECORD, MarkKind.WATCHED, MarkKind.COERCED}
    assert watch().of_refusal(a_requester(), NOW, marks) == (Flag.OWN_RECORD, Flag.WATCHED)


def a_page(**given: Any) -> Any:
    """A later page of one timeline, and nothing else."""
    windows = {Category.RESULTS: (Window(after="further"),)}
    return replace(a_question(Category.RESULTS), windows=windows, **given)


def test_whoever_reads_on_is_told_of_once_a_day():
    """The flags stand on every page; who is to look into them is told once."""
    among = watch()
    flags = (Flag.WATCHED,)
    first = replace(a_question(Category.RESULTS), windows={Category.RESULTS: (Window(),)})
    assert among.is_news(first, ANNA, flags, NODES)
    assert not among.is_news(a_page(), ANNA, flags, NODES)
    assert among.is_news(first, ANNA, flags, NODES), "a look of its own"
    assert among.is_news(a_page(asked_at=NOW + timedelta(days=1)), ANNA, flags, NODES)
    event = refusal_event(a_question(), ErrorCode.FORBIDDEN)
    told = flagged(event, flags, a_requester(), NODES, news=False)
    assert (told.sealed.flags, told.plain.alerts) == (flags, ())


@pytest.mark.parametrize(
    "what",
    [
        {"flags": (Flag.WATCHED, Flag.MANY_PEOPLE)},
        {"number": NhsNumber("9990000026")},
        {"nodes": ()},
        {"question": a_page(requester=a_requester(subject="another"))},
        {"question": a_page(categories=frozenset((Category.RESULTS, Category.ALLERGIES)))},
    ],
)
def test_anything_else_is_news(what: dict[str, Any]):
    """Another reason, person, node or reader, or anything but a later page."""
    among = watch()
    given = {"question": a_page(), "number": ANNA, "flags": (Flag.WATCHED,), "nodes": NODES}
    assert among.is_news(*given.values())
    assert among.is_news(*(given | what).values())


def test_whom_was_told_of_is_bounded():
    """Many who look do not make it grow without end."""
    among = watch(actors=3)
    for one in range(50):
        among.is_news(a_page(requester=a_requester(subject=f"u{one}")), ANNA, (Flag.RULE,), ())
    assert len(among._alerted) == 3
