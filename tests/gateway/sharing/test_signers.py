"""Who may sign for whom: the settings' list, and for a node the region whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.errors import PolicyInvalidError
from federation.joining.steps import By
from federation.sharing.signatures import Signer, check_signatures, sign
from gateway.sharing import Signers
from tests.federation.joining.given import (
    ENROLLED,
    FIRST,
    KEY,
    NODE,
    NOW,
    OTHER_KEY,
    after,
    enrolment,
    region_key,
    step,
    submission,
)

OWNER, BODY = f"node:{NODE}", b"the rules"
JOAN = ECKey.generate_key("P-256")
NETWORK = {"joan": Signer(id="joan", name="Joan", owners=frozenset(("*",)), key=JOAN)}
TWO_KEYS = step(enrolment(keys=(region_key(), region_key(OTHER_KEY, kid="chiltern-2"))))
TAKEN_OUT = step(enrolment(keys=(region_key(OTHER_KEY, kid="chiltern-2"),)), at=NOW)
JOINED = (ENROLLED, submission(FIRST))


def _checks(*steps, by=("chiltern-1", "joan"), owner=OWNER, at=NOW, named=NETWORK):
    joining = after(*steps)
    keys = {"chiltern-1": KEY, "chiltern-2": OTHER_KEY, "joan": JOAN}
    signatures = [sign(BODY, name, keys[name]) for name in by]
    signers = Signers(named, lambda: joining).of(owner)
    return check_signatures(BODY, owner, signatures, signers, at)


def test_a_region_signs_for_its_own_node_beside_somebody_of_the_networks():
    """With the key that it was enrolled with, from when its node was submitted."""
    assert [one.id for one in _checks(*JOINED)] == ["chiltern-1", "joan"]


@pytest.mark.parametrize(
    ("steps", "given"),
    [
        ((), {}),
        ((ENROLLED,), {}),
        (JOINED, {"owner": "node:another"}),
        (JOINED, {"owner": "organisation:RXQ"}),
        (JOINED, {"owner": str(NODE)}),
        (JOINED, {"by": ("chiltern-1",)}),
        (JOINED, {"by": ("joan",)}),
        ((TWO_KEYS, submission(FIRST)), {"by": ("chiltern-1", "chiltern-2")}),
        ((*JOINED, TAKEN_OUT), {}),
        (JOINED, {"named": {**NETWORK, "chiltern-1": replace(NETWORK["joan"], id="chiltern-1")}}),
    ],
    ids=[
        "nobody is enrolled",
        "it has no node yet",
        "another's node",
        "an organisation",
        "no owner",
        "alone",
        "without it",
        "two keys are one region",
        "a key that was taken out",
        "a name that the settings give to somebody else",
    ],
)
def test_a_region_does_not_sign(steps, given):
    """For anybody else, alone, or with what is no key of its own any more."""
    with pytest.raises(PolicyInvalidError):
        _checks(*steps, **given)


def test_what_a_key_signed_before_it_was_taken_out_holds():
    """Or a gateway could not start any more, or an earlier bundle would open something again."""
    assert _checks(*JOINED, TAKEN_OUT, at=NOW - timedelta(seconds=1))


def test_the_settings_own_signers_are_known_for_everybody():
    """A region takes nothing from them."""
    rosa = By(side="chiltern", person="rosa")
    signers = Signers(NETWORK, lambda: after(ENROLLED, submission(FIRST, rosa)))
    assert signers.of("organisation:RXQ") == NETWORK
    assert signers.of(OWNER).keys() == {"chiltern-1", "joan"}
