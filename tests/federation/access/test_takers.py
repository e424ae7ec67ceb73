"""Those who take steps are told apart by names that name nobody, whichever key is the newest."""

from __future__ import annotations

from hashlib import sha256

import pytest

from federation.access.kept_steps import row_of, step_of
from federation.access.takers import Takers
from federation.errors import ConflictError, ForbiddenError
from federation.joining.life import Joining
from federation.joining.lifecycle import take
from federation.joining.steps import OPERATOR, Approval, By, Step
from federation.model import NodeState, principal_of
from tests.federation.joining.given import ENROLLED, FIRST, NODE, PASSED, SUBMITTED, after, step

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
SUE, NELL = principal_of("cis2", "sue"), principal_of("cis2", "nell")
UNKEYED = By(side=OPERATOR, person=sha256(SUE.encode()).hexdigest())


def approves(joining: Joining, by: By) -> Joining:
    return take(joining, step(Approval(), by, FIRST))


def waiting(by: By) -> Joining:
    """What a gateway reads of a store in which this one has approved first."""
    steps = (ENROLLED, SUBMITTED, PASSED, step(Approval(), by, FIRST))
    return after(*map(_kept, steps))


def _kept(one: Step) -> Step:
    return step_of(row_of(one, 1))


def test_a_name_names_nobody() -> None:
    """Without the key it cannot be made; with it, it is the same at every gateway."""
    by = Takers(OLD).by(OPERATOR, SUE)
    assert by == Takers(OLD).by(OPERATOR, SUE)
    assert SUE not in by.person
    assert sha256(SUE.encode()).hexdigest() not in by.person
    assert Takers(NEW).by(OPERATOR, SUE).person != by.person
    kept = _kept(step(Approval(), by, FIRST)).by
    assert kept == By(side=OPERATOR, person=by.person)


FIRST_APPROVED = [
    # who approved first, the keys of the gateway where the second does
    (Takers(OLD).by(OPERATOR, SUE), (OLD,)),
    (Takers(OLD).by(OPERATOR, SUE), (NEW, OLD)),
    (Takers(NEW, OLD).by(OPERATOR, SUE), (OLD, NEW)),
    (UNKEYED, (OLD,)),
    (UNKEYED, (NEW, OLD)),
]


@pytest.mark.parametrize(("first", "keys"), FIRST_APPROVED)
def test_one_person_approves_once(first: By, keys: tuple[bytes, ...]) -> None:
    """For another side as well, after a key was put before, and by a step without a key."""
    takers = Takers(*keys)
    with pytest.raises(ForbiddenError, match="one person approves once"):
        approves(waiting(first), takers.by("herts", SUE))
    second = approves(waiting(first), takers.by("herts", NELL))
    assert second.nodes[NODE].state is NodeState.SHADOW


@pytest.mark.parametrize(("first", "keys"), FIRST_APPROVED)
def test_the_same_approval_again_changes_nothing(first: By, keys: tuple[bytes, ...]) -> None:
    """It is known for the same under every key."""
    joining = waiting(first)
    assert approves(joining, Takers(*keys).by(OPERATOR, SUE)) is joining
    with pytest.raises(ConflictError, match="by somebody else"):
        approves(joining, Takers(*keys).by(OPERATOR, NELL))


@pytest.mark.parametrize("who", [SUE, NELL])
def test_who_cannot_be_told_apart_is_refused(who: str) -> None:
    """Under a key that is gone, or not here yet: nobody is taken for another person."""
    with pytest.raises(ConflictError, match="cannot be told"):
        approves(waiting(Takers(OLD).by(OPERATOR, SUE)), Takers(NEW).by("herts", who))


def test_what_was_taken_is_read_whatever_the_keys_are() -> None:
    """The steps of before are followed by a gateway that has none of their keys."""
    steps = (ENROLLED, SUBMITTED, PASSED)
    approvals = (Takers(OLD).by(OPERATOR, SUE), Takers(NEW).by("herts", NELL))
    taken = [step(Approval(), by, FIRST) for by in approvals]
    joining = after(*map(_kept, (*steps, *taken)))
    assert joining.nodes[NODE].state is NodeState.SHADOW
