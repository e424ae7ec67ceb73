"""Identify: whom the nodes are compared with, and whom nobody is asked about."""

from __future__ import annotations

from datetime import date

import pytest

from federation.errors import IdentityChangedError, IdentityNotConfirmedError
from federation.flow import Confirmation
from federation.identify import KnownNumbers, Traced, TraceOutcome, identify
from federation.model import IdentityBasis, RequesterKind
from federation.nhs_number import NhsNumber
from federation.records.base import PartialDateTime
from federation.records.person import HumanName, Person
from federation.storage.memory import MemoryNumbers
from tests.builders import NOW, a_launch, a_question, a_requester

NUMBER = NhsNumber("9990000018")
OLD = NhsNumber("9990000026")
OLDER = NhsNumber("9990000042")
BORN = date(1980, 5, 1)


class FakeTracer:
    """Answers what it is given, and remembers how long it was given."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.seconds: list[float] = []

    async def trace(self, number, request_id, seconds) -> Traced:
        self.seconds.append(seconds)
        return self.traced


def _ann(number=NUMBER, born="1980-05-01", former=(), restricted=False, family="Lee") -> Person:
    return Person(
        nhs_number=number,
        name=HumanName(text=f"Ann {family}", family=family, given=("Ann",)),
        former_names=tuple(HumanName(text=one, family=one) for one in former),
        birth_date=PartialDateTime(born) if born else None,
        restricted=restricted,
    )


def _found(person: Person) -> Traced:
    return Traced(outcome=TraceOutcome.FOUND, person=person)


async def _identify(traced=None, confirm=None, number=NUMBER, known=None, launch=None, **question):
    numbers = known or KnownNumbers(MemoryNumbers(), lambda: NOW)
    asked = a_question(nhs_number=number, confirm=confirm, deadline=10.0, **question)
    tracer = FakeTracer(traced) if traced else None
    return await identify(asked, launch, tracer, numbers, lambda: 8.0)


def _confirm(born=BORN, family=None) -> Confirmation:
    return Confirmation(birth_date=born, family_name=family)


CONFIRMATIONS = [
    # traced person, confirmation, accepted, why
    (_ann(), _confirm(), True, "birth date agrees"),
    (_ann(), _confirm(date(1980, 5, 2)), False, "a namesake's number was typed"),
    (_ann(born="1980"), _confirm(), True, "the coarser traced date contains it"),
    (_ann(born="1981"), _confirm(), False, "the coarser traced date does not"),
    (_ann(), _confirm(family="LEE"), True, "family name agrees, whatever its case"),
    (_ann(), _confirm(family="Smith"), False, "another family name"),
    (_ann(former=["Smith"]), _confirm(family="Smith"), True, "a former family name"),
    (_ann(family="O'Brien"), _confirm(family="OBrien"), True, "marks are no difference"),
]


@pytest.mark.parametrize(("person", "confirm", "accepted", "why"), CONFIRMATIONS)
async def test_a_confirmation_is_compared_with_the_traced_person(
    person, confirm, accepted, why
) -> None:
    """What the caller believes must agree with the tracing service, or nobody is asked."""
    if accepted:
        reference = await _identify(_found(person), confirm)
        assert reference.basis is IdentityBasis.TRACED_AND_CONFIRMED, why
        assert reference.birth_date == person.birth_date
    else:
        with pytest.raises(IdentityNotConfirmedError):
            await _identify(_found(person), confirm)


async def test_a_professional_must_confirm() -> None:
    """Without a confirmation a professional is refused, traced or not."""
    for traced in (None, _found(_ann())):
        with pytest.raises(IdentityNotConfirmedError):
            await _identify(traced)


@pytest.mark.parametrize(
    "outcome", [TraceOutcome.UNREACHABLE, TraceOutcome.NOT_FOUND], ids=lambda one: one.value
)
async def test_without_a_trace_the_confirmation_is_the_reference(outcome) -> None:
    """Where the tracing service cannot say, nodes are checked by the caller's own words."""
    reference = await _identify(Traced(outcome=outcome), _confirm(family="Lee"))
    assert reference.basis is IdentityBasis.CONFIRMED
    assert reference.birth_date == "1980-05-01"
    assert [name.family for name in reference.names] == ["Lee"]
    assert reference.person is None
    assert "tracing service" in reference.message


async def test_no_tracing_service_is_no_trace() -> None:
    """A gateway without a tracing service stands on the confirmation."""
    reference = await _identify(None, _confirm())
    assert (reference.basis, reference.numbers) == (IdentityBasis.CONFIRMED, {NUMBER})


async def test_a_withdrawn_number_names_nobody() -> None:
    """A number that was invalidated is refused, and no other number is told."""
    with pytest.raises(IdentityChangedError):
        await _identify(Traced(outcome=TraceOutcome.INVALIDATED), _confirm())


async def test_a_replaced_number_is_followed_and_remembered() -> None:
    """Asked by an old number, the person is shown under the new one, known by both now."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    reference = await _identify(_found(_ann()), _confirm(), number=OLD, known=known)
    assert (reference.number, reference.numbers) == (NUMBER, {NUMBER, OLD})
    assert "replaced" in reference.message
    assert known.all_of(NUMBER) == {NUMBER, OLD}
    assert known.all_of(OLD) == {OLD}


async def test_a_replaced_number_is_not_learned_before_it_is_confirmed() -> None:
    """A confirmation that does not match teaches the gateway nothing."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    with pytest.raises(IdentityNotConfirmedError):
        await _identify(_found(_ann()), _confirm(date(1999, 1, 1)), number=OLD, known=known)
    assert known.all_of(NUMBER) == {NUMBER}


async def test_earlier_numbers_come_from_the_store_and_from_a_feed() -> None:
    """A number that another replica learned, or a feed brought, is asked for too."""
    store = MemoryNumbers()
    await KnownNumbers(store, lambda: NOW).learn(OLD, NUMBER)
    fresh = KnownNumbers(store, lambda: NOW)
    await fresh.load([(NhsNumber("9990000042"), NUMBER)])
    reference = await _identify(_found(_ann()), _confirm(), known=fresh)
    assert reference.numbers == {NUMBER, OLD, "9990000042"}


@pytest.mark.parametrize("traced", [None, Traced(outcome=TraceOutcome.UNREACHABLE)])
async def test_a_known_replacement_is_followed_without_a_trace(traced) -> None:
    """While nobody can be traced, a person asked by an old number is looked for under all."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    await known.load([(OLD, OLDER), (OLDER, NUMBER)])
    reference = await _identify(traced, _confirm(), number=OLD, known=known)
    assert (reference.number, reference.numbers) == (NUMBER, {NUMBER, OLD, OLDER})
    assert "replaced" in reference.message


@pytest.mark.parametrize("order", [1, -1])
async def test_a_replacement_that_was_replaced_is_known_too(order) -> None:
    """Every earlier number is asked for, in whichever order they were learned."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    await known.load([(OLD, OLDER), (OLDER, NUMBER)][::order])
    assert known.all_of(NUMBER) == {NUMBER, OLD, OLDER}


async def test_a_number_that_is_found_to_be_in_use_is_no_longer_somebody_elses() -> None:
    """Two records merged by mistake and parted again are not asked for together ever after."""
    store = MemoryNumbers()
    known = KnownNumbers(store, lambda: NOW)
    await known.learn(OLD, NUMBER)
    await _identify(_found(_ann(number=OLD)), _confirm(), number=OLD, known=known)
    fresh = KnownNumbers(store, lambda: NOW)
    await fresh.load()
    for numbers in (known, fresh):
        assert numbers.all_of(NUMBER) == {NUMBER}
        assert numbers.in_use(OLD) == OLD
    assert await store.superseded_by(NUMBER) == ()


async def test_the_last_word_on_a_number_holds() -> None:
    """A number that was learned to be another person's is asked for with theirs alone."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    await known.load([(OLD, NUMBER), (OLD, OLDER)])
    assert known.all_of(NUMBER) == {NUMBER}
    assert known.all_of(OLDER) == {OLDER, OLD}


async def test_numbers_that_replaced_each_other_end_the_search() -> None:
    """A circle in a feed costs nobody their answer."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    await known.load([(OLD, NUMBER), (NUMBER, OLD)])
    assert known.all_of(NUMBER) == {NUMBER, OLD}
    assert known.in_use(NUMBER) in {NUMBER, OLD}


async def test_a_traced_person_without_a_birth_date_is_checked_by_the_confirmed_one() -> None:
    """A birth date that tracing does not know is the caller's, and the basis says no more."""
    reference = await _identify(_found(_ann(born=None)), _confirm())
    assert (reference.birth_date, reference.basis) == ("1980-05-01", IdentityBasis.TRACED)


async def test_a_protected_person_is_protected_from_the_start() -> None:
    """The tracing service's restriction is the reference's."""
    assert (await _identify(_found(_ann(restricted=True)), _confirm())).restricted


async def test_a_citizen_need_not_confirm_who_they_are() -> None:
    """A citizen's token says who they are: traced, or unconfirmed where nobody vouches."""
    citizen = a_requester(kind=RequesterKind.CITIZEN)
    traced = await _identify(_found(_ann()), requester=citizen)
    assert traced.basis is IdentityBasis.TRACED
    untraced = await _identify(None, requester=citizen)
    assert (untraced.basis, untraced.birth_date) == (IdentityBasis.UNCONFIRMED, None)


async def test_tracing_leaves_the_nodes_most_of_the_time() -> None:
    """Tracing takes a share of the time that is left, and no more than its own limit."""
    tracer = FakeTracer(_found(_ann()))
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    for left in (2.0, 100.0, -1.0):
        asked = a_question(nhs_number=NUMBER, confirm=_confirm(), deadline=left)
        await identify(asked, None, tracer, known, lambda: 0.0)
    assert tracer.seconds == [0.8, 1.5, 0.0]


_DAY_LATER = date(1980, 5, 2)
# number typed, the launch's number, birth date and family name, the caller's own, whether that is
# accepted of a traced person and where nobody is traced, why
LAUNCHES = [
    (NUMBER, (NUMBER, BORN, None), None, True, True, "the launch confirms alone"),
    (NUMBER, (NUMBER, BORN, "LEE"), None, True, True, "its family name agrees too"),
    (
        NUMBER,
        (NUMBER, _DAY_LATER, None),
        None,
        False,
        True,
        "untraced, the nodes are checked by it",
    ),
    (NUMBER, (NUMBER, BORN, "Smith"), None, False, True, "likewise the family name"),
    (NUMBER, (OLDER, BORN, None), None, False, False, "the number of a namesake of that birthday"),
    (OLD, (NUMBER, BORN, None), None, True, True, "an old number was typed, the new one launched"),
    (NUMBER, (OLD, BORN, None), None, True, True, "the host system still has the old number"),
    (NUMBER, (NUMBER, BORN, None), _confirm(), True, True, "both agree"),
    (NUMBER, (NUMBER, BORN, None), _confirm(_DAY_LATER), False, False, "the caller's own differs"),
    (NUMBER, (NUMBER, _DAY_LATER, None), _confirm(), False, False, "the launch's differs"),
    (NUMBER, (NUMBER, BORN, "Lee"), _confirm(family="Smith"), False, False, "two names"),
    (NUMBER, (NUMBER, BORN, None), _confirm(family="Smith"), False, True, "another's name"),
]


@pytest.mark.parametrize("is_traced", [True, False])
@pytest.mark.parametrize(("typed", "launched", "confirm", "traced", "untraced", "why"), LAUNCHES)
async def test_a_launch_confirms_as_the_caller_does(
    is_traced, typed, launched, confirm, traced, untraced, why
) -> None:
    """A launch stands for `confirm`; beside it, neither lets the other's mistake through."""
    known = KnownNumbers(MemoryNumbers(), lambda: NOW)
    await known.load([(OLD, NUMBER)])
    number, born, family = launched
    launch = a_launch(number=number, birth_date=born, family_name=family)
    found = _found(_ann()) if is_traced else None
    asked = _identify(found, confirm, number=typed, known=known, launch=launch)
    if not (traced if is_traced else untraced):
        with pytest.raises(IdentityNotConfirmedError):
            await asked
        return
    reference = await asked
    assert (reference.number, reference.birth_date) == (NUMBER, born.isoformat()), why
    assert f"details {'you' if confirm else 'your host system'} gave" in reference.message
    confirmed = IdentityBasis.TRACED_AND_CONFIRMED if is_traced else IdentityBasis.CONFIRMED
    assert reference.basis is confirmed


async def test_a_launch_of_a_number_that_nobody_knew_is_refused_before_anything_is_learned() -> (
    None
):
    """Where tracing follows the typed number, the launch's must be one of that person's."""
    with pytest.raises(IdentityNotConfirmedError):
        await _identify(_found(_ann()), number=OLD, launch=a_launch(number=OLDER))
