"""Verify: the table of who is believed to speak of the person who is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.flow import Failure, HeldRecord, NodeCall, Part, Plan, Reference, Reply
from federation.model import Category, IdentityBasis, Purpose, RequestId
from federation.nhs_number import NhsNumber
from federation.records.base import PartialDateTime
from federation.records.person import HumanName, Person
from federation.status import FaultOrigin, SourceCode, SourceState
from federation.verify import dates_differ, names_differ, verify
from tests.builders import NOW, a_node, a_requester

NUMBER = NhsNumber("9990000018")
OLD = NhsNumber("9990000026")
OTHER = NhsNumber("9990000034")


def _name(text: str | None) -> HumanName | None:
    if text is None:
        return None
    *given_names, family = text.split(" ")
    return HumanName(text=text, family=family, given=tuple(given_names))


def _person(name="Ann Lee", born="1980-05-01", number=NUMBER, former=(), restricted=False):
    return Person(
        nhs_number=number,
        name=_name(name),
        former_names=tuple(_name(one) for one in former),
        birth_date=PartialDateTime(born) if born else None,
        restricted=restricted,
    )


def _reference(name="Ann Lee", born="1980-05-01", numbers=(NUMBER,), former=(), basis=None):
    return Reference(
        number=NUMBER,
        numbers=frozenset(numbers),
        birth_date=PartialDateTime(born) if born else None,
        names=tuple(_name(one) for one in (*((name,) if name else ()), *former)),
        basis=basis or IdentityBasis.TRACED_AND_CONFIRMED,
        message="",
    )


def _verify(reference, *replies):
    """One node a reply; a reply is a person, a tuple of persons, or a failure."""
    calls, outcomes = [], []
    for index, reply in enumerate(replies):
        node = a_node(f"node-{index}")
        calls.append(
            NodeCall(
                node=node,
                numbers=(NUMBER,),
                categories=(Category.ALLERGIES, Category.MEDICATIONS),
                requester=a_requester(),
                purpose=Purpose.DIRECT_CARE,
                request_id=RequestId("r"),
            )
        )
        if isinstance(reply, SourceState):
            outcomes.append(
                Failure(
                    node=node,
                    state=reply,
                    code=SourceCode.NODE_ERROR,
                    origin=FaultOrigin.NODE,
                    retry_after_seconds=7,
                )
            )
            continue
        persons = reply if isinstance(reply, tuple) else (reply,)
        held = tuple(
            HeldRecord(
                person=person,
                parts={category: Part(category=category) for category in calls[-1].categories},
            )
            for person in persons
        )
        outcomes.append(Reply(node=node, records=held, retrieved_at=NOW))
    return verify(reference, Plan(calls=tuple(calls)), tuple(outcomes))


def _believed(reference, *replies) -> list[bool]:
    _, verified = _verify(reference, *replies)
    return [bool(part.parts) for part in verified]


TRACED = [
    # echo, believed, why
    (_person(), True, "the same in every respect"),
    (_person(number=OTHER), False, "another number is rejected whatever else agrees"),
    (_person(born="1980-05-02"), False, "another birth date, by a day"),
    (_person(born="1980-01-05"), False, "day and month changed round is another birth date"),
    (_person(born="1980"), True, "a coarser date that contains the day"),
    (_person(born="1981"), False, "a coarser date that does not"),
    (_person(born="1980-05-01T03:20:00+01:00"), True, "a finer date of the same day"),
    (_person(name="Ann Smith"), True, "one name alone never quarantines: married"),
    (_person(name="Beth Lee"), True, "one name alone never quarantines: known as"),
    (_person(name="Beth Smith"), False, "family and given name both different"),
    (_person(name="ANN LEE"), True, "case is no difference"),
    (_person(name="A Smith"), True, "an initial agrees with the name"),
    (_person(name="B Smith"), False, "another initial does not"),
    (_person(name=None), True, "a birth date that agrees needs no name"),
    (_person(born=None), True, "both names bear out what has no birth date"),
    (_person(born=None, name="Ann Smith"), False, "one name is too little without a birth date"),
    (_person(born=None, name=None), False, "a number alone shows nothing"),
    (_person(name="Beth Smith", former=["Ann Lee"]), True, "the echo's former name is known"),
]


@pytest.mark.parametrize(("echo", "believed", "why"), TRACED, ids=[why for *_, why in TRACED])
def test_an_echo_against_a_traced_person(echo, believed, why) -> None:
    """Against a reference with number, birth date and names, each echo is judged by the table."""
    assert _believed(_reference(), echo) == [believed], why


FAMILIES = [
    ("Ann Smith-Jones", "Beth Jones", False, "a part of a double-barrelled name"),
    ("Ann O'Brien", "Beth OBrien", False, "apostrophes"),
    ("Ann Núñez", "Beth Nunez", False, "accents"),
    ("Ann Ng", "Beth Ng", False, "a short name, whole"),
    ("Ann Li", "Beth Ng", True, "two short names"),
]


@pytest.mark.parametrize(("one", "other", "differ", "why"), FAMILIES)
def test_how_family_names_agree(one, other, differ, why) -> None:
    """A family name agrees by any telling part, whatever its accents and marks."""
    assert names_differ([_name(one)], [_name(other)]) is differ, why


def test_a_particle_alone_bears_nothing_out() -> None:
    """Two names that share only `van` are two names."""
    one = HumanName(text="", family="van Dijk", given=("Ann",))
    other = HumanName(text="", family="van Gogh", given=("Beth",))
    assert names_differ([one], [other])


def test_any_known_former_name_matches() -> None:
    """An answer under a former name of the traced person is believed."""
    assert _believed(_reference(former=["Beth Smith"]), _person(name="Beth Smith")) == [True]


def test_an_earlier_number_of_the_person_is_theirs() -> None:
    """A node that still holds a superseded number is believed."""
    assert _believed(_reference(numbers=(NUMBER, OLD)), _person(number=OLD)) == [True]


MAJORITY = [
    # reference, echoes, believed
    (_reference(born=None), ["1980", "1980", "1999"], [True, True, False], "the majority's date"),
    (_reference(born=None), ["1980", "1999"], [False, False], "no majority: nobody"),
    (_reference(born=None), ["1980"], [True], "one alone is its own majority"),
    (_reference(born=None), ["1980", None, "1980-05"], [True, True, True], "coarse dates agree"),
    (
        _reference(born=None),
        ["1980-05-01", "1980-05-02", "1980"],
        [False, False, False],
        "two dates that both go with a third are no majority",
    ),
]


@pytest.mark.parametrize(("reference", "dates", "believed", "why"), MAJORITY)
def test_without_a_birth_date_the_majority_decides(reference, dates, believed, why) -> None:
    """Where nobody vouches for a birth date, whoever disagrees with the majority is quarantined."""
    assert _believed(reference, *(_person(born=born) for born in dates)) == believed, why


NAMES = [
    (["Ann Lee", "Ann Lee", "Beth Smith"], [True, True, False], "the odd one out"),
    (["Ann Lee", "Beth Smith"], [False, False], "no majority: nobody"),
    (["Ann Lee", "Ann Smith"], [True, True], "one name in common is enough"),
    (["Ann Lee", None], [True, True], "no name is no disagreement"),
]


@pytest.mark.parametrize(("names", "believed", "why"), NAMES)
def test_without_names_the_majority_decides(names, believed, why) -> None:
    """Where only a birth date was confirmed, both names are judged by the majority of the nodes."""
    assert _believed(_reference(name=None), *(_person(name=name) for name in names)) == believed, (
        why
    )


def test_a_mismatch_is_a_row_an_incident_and_no_data() -> None:
    """What does not match leaves rows, an incident without identifiers, and nothing else."""
    _, (part,) = _verify(_reference(), _person(born="1999-01-01"))
    assert (part.persons, part.parts) == ((), ())
    assert [(row.category, row.state, row.code, row.origin) for row in part.rows] == [
        (category, SourceState.IDENTITY_MISMATCH, SourceCode.WRONG_PERSON, FaultOrigin.NODE)
        for category in (Category.ALLERGIES, Category.MEDICATIONS)
    ]
    (incident,) = part.incidents
    assert incident.detail == "another birth date"
    assert NUMBER not in repr(part)
    assert "Lee" not in repr(part)


def test_no_record_is_not_a_mismatch() -> None:
    """A node that holds nothing says so, without an incident."""
    _, (part,) = _verify(_reference(), ())
    assert {row.state for row in part.rows} == {SourceState.NO_RECORD_HELD}
    assert part.incidents == ()


def test_a_failure_is_a_row_for_each_category() -> None:
    """What a failed node did is said for each category that it was asked for."""
    _, (part,) = _verify(_reference(), SourceState.UNAVAILABLE)
    assert [(row.category, row.state, row.retry_after_seconds) for row in part.rows] == [
        (Category.ALLERGIES, SourceState.UNAVAILABLE, 7),
        (Category.MEDICATIONS, SourceState.UNAVAILABLE, 7),
    ]


def test_one_of_two_held_records_of_somebody_else_is_left_out_and_said() -> None:
    """Of a node's two records the matching one is kept, marked as a part, and asserts nothing."""
    _, (part,) = _verify(_reference(), (_person(), _person(born="1999-01-01")))
    assert part.persons == (_person(),)
    assert {(one.state, one.code) for one in part.parts} == {
        (SourceState.PARTIAL, SourceCode.WRONG_PERSON)
    }
    assert len(part.incidents) == 1


def test_a_source_that_protects_the_person_protects_them_everywhere() -> None:
    """A matching echo's restriction is the reference's; a mismatching one's is not."""
    settled, _ = _verify(_reference(), _person(restricted=True), _person())
    assert settled.restricted
    settled, _ = _verify(_reference(), _person(restricted=True, number=OTHER), _person())
    assert not settled.restricted


def test_sources_that_agree_are_a_basis_where_nobody_confirmed() -> None:
    """With nothing confirmed, two matching sources make the basis SOURCES_AGREE, one does not."""
    nobody = _reference(born=None, name=None, basis=IdentityBasis.UNCONFIRMED)
    assert _verify(nobody, _person(), _person())[0].basis is IdentityBasis.SOURCES_AGREE
    assert _verify(nobody, _person())[0].basis is IdentityBasis.UNCONFIRMED


dates = st.sampled_from(["1980", "1980-05", "1980-05-01", "1980-05-02", "1980-06", "1981", None])


@given(dates, dates)
def test_differing_is_symmetric(one, other) -> None:
    """Whether two birth dates differ does not hang on which is asked first."""
    assert dates_differ(one, other) == dates_differ(other, one)


@given(st.permutations([("1980-05-01", "Ann Lee"), ("1980", "Ann Lee"), ("1999", "Zoe Poe")]))
def test_the_majority_does_not_hang_on_the_order_of_arrival(order) -> None:
    """Who is believed is the same whatever the order in which nodes stand."""
    nobody = _reference(born=None, name=None, basis=IdentityBasis.UNCONFIRMED)
    believed = _believed(nobody, *(_person(born=born, name=name) for born, name in order))
    assert dict(zip(order, believed, strict=True)) == {
        ("1980-05-01", "Ann Lee"): True,
        ("1980", "Ann Lee"): True,
        ("1999", "Zoe Poe"): False,
    }


def _outcome_of(outcome):
    call = NodeCall(
        node=outcome.node,
        numbers=(NUMBER,),
        categories=(Category.ALLERGIES,),
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("r"),
    )
    _, (verified,) = verify(_reference(), Plan(calls=(call,)), (outcome,))
    return verified


def test_why_items_were_set_aside_reaches_the_operators() -> None:
    """Each reason is a fault with its count and category, and no incident of identity."""
    reasons = {"a date that is none": 2, "not a resource": 1}
    part = Part(category=Category.ALLERGIES, quarantined=3, reasons=reasons)
    held = HeldRecord(person=_person(), parts={Category.ALLERGIES: part})
    verified = _outcome_of(Reply(node=a_node(), records=(held,), retrieved_at=NOW))
    assert verified.incidents == ()
    assert [(one.code, one.category, one.detail, one.count) for one in verified.faults] == [
        (SourceCode.ITEMS_QUARANTINED, Category.ALLERGIES, "a date that is none", 2),
        (SourceCode.ITEMS_QUARANTINED, Category.ALLERGIES, "not a resource", 1),
    ]


def test_why_a_node_could_not_be_used_reaches_the_operators() -> None:
    """A failure that says what is to be mended is a fault; any other is a row alone."""
    failed = Failure(
        node=a_node(),
        state=SourceState.UNAVAILABLE,
        code=SourceCode.OTHER,
        origin=FaultOrigin.NODE,
        detail="mend it",
    )
    assert [one.detail for one in _outcome_of(failed).faults] == ["mend it"]
    assert _outcome_of(replace(failed, detail=None)).faults == ()
