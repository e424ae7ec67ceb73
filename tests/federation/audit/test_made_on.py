"""What decisions were made on: kept whole, so that the same case can be put to other rules."""

from __future__ import annotations

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from federation.audit.event import Sealed
from federation.audit.made_on import FootingKept
from federation.audit.seen import Decided
from federation.authority import RulesState
from federation.case import About, Asking, Authority, Footing, ItemClass
from federation.flow import Decision, Disclosure, Outcome
from federation.model import Category, Device, NodeId, Purpose, RequesterKind, Standing
from federation.status import SourceCode

WORDS = st.sampled_from(("", "R0050", "acute", "london"))
NAMES = st.frozensets(st.sampled_from(("SEXUAL_HEALTH", "JUSTICE", "ADMISSION")))
CODES = st.lists(st.sampled_from(("NO_CACHE", "author", "network.one")), unique=True).map(tuple)
DAYS = st.dates(date(2026, 1, 1), date(2027, 1, 1))
FOOTINGS = st.builds(
    Footing,
    asking=st.builds(
        Asking,
        kind=st.sampled_from(RequesterKind),
        role=WORDS,
        treating=st.booleans(),
        organisation=WORDS,
        organisation_kind=WORDS,
        region=WORDS,
        standing=st.sampled_from(Standing),
        assurance=st.integers(0, 3),
        device=st.sampled_from(Device),
        purpose=st.sampled_from(Purpose),
        rules=st.sampled_from(RulesState),
    ),
    about=st.builds(
        About,
        age=st.none() | st.integers(0, 110),
        **{name: st.booleans() for name in About.__struct_fields__ if name != "age"},
    ),
    authority=st.builds(
        Authority,
        relationships=NAMES,
        incident=st.booleans(),
        subject=st.booleans(),
        proxy=WORDS,
        consents=NAMES,
    ),
    day=DAYS,
)
DECISIONS = st.builds(
    Decision,
    node=st.just(NodeId("herts-west-essex")),
    category=st.sampled_from(Category),
    kind=st.builds(
        ItemClass,
        labels=NAMES,
        classes=NAMES,
        source_kind=st.none() | WORDS,
        custodian=st.none() | WORDS,
        author_role=st.none() | WORDS,
        day=st.none() | DAYS,
        **{
            name: st.booleans()
            for name in ("carries_cpr", "own_organisation", "emergency_path", "unreleased")
        },
    ),
    outcome=st.sampled_from(Outcome),
    disclosure=st.sampled_from(Disclosure),
    code=st.none() | st.sampled_from(SourceCode),
    redact=CODES,
    obligations=CODES,
    rules=CODES,
    lifted=CODES,
    **{
        name: st.booleans() for name in ("granted", "objected", "objected_in_emergency", "liftable")
    },
)


def _as_read(sealed: Sealed) -> Sealed:
    return msgspec.json.decode(msgspec.json.encode(sealed), type=Sealed)


@given(FOOTINGS)
def test_a_footing_comes_back_as_it_was(footing: Footing):
    """Whole, and equal to what the rules were asked with."""
    read = _as_read(Sealed(subject="", footing=FootingKept.of(footing))).footing
    assert read is not None
    assert read.footing() == footing


@given(DECISIONS)
def test_a_decision_comes_back_as_it_was(decision: Decision):
    """With its class, its grants and objections, and all that a reader would notice of it."""
    (read,) = _as_read(Sealed(subject="", decisions=(Decided.of(decision),))).decisions
    assert read.decision() == decision


def test_an_ordinary_decision_takes_hardly_any_room():
    """What nearly all decisions are has nothing beside it but a `null`."""
    decision = Decision(
        node=NodeId("herts-west-essex"), category=Category.ALLERGIES, outcome=Outcome.PERMIT
    )
    assert msgspec.json.encode(Decided.of(decision)).endswith(b",[],null]")


def test_what_a_decision_was_made_on_says_no_more_than_it_must():
    """Fields as most things have them are left out."""
    decision = Decision(
        node=NodeId("herts-west-essex"),
        category=Category.ALLERGIES,
        kind=ItemClass(own_organisation=True),
        outcome=Outcome.PERMIT,
    )
    assert msgspec.json.encode(Decided.of(decision)).endswith(b',{"ownOrganisation":true}]')
