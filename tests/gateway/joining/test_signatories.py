"""Whose word about a node counts: people of the network and of the node, and its region's keys."""

from __future__ import annotations

from joserfc.jwk import ECKey

from federation.sharing.signatures import Signer
from gateway.joining.signatories import signatories
from tests.builders import NOW
from tests.federation.joining.given import KEY, region_key


def a_signer(id_: str, *owners: str, **given) -> Signer:
    key = ECKey.generate_key("P-256")
    return Signer(id=id_, name=id_.title(), owners=frozenset(owners), key=key, **given)


NODE = "chiltern-care-record"
NETWORK = a_signer("sue", "*", until=NOW)
OWN = a_signer("rosa", f"node:{NODE}")
OTHERS = [a_signer("bram", "node:london"), a_signer("ada", "organisation:RRV")]


def test_who_counts() -> None:
    """Nobody who is named for another node, or for an organisation, and no other region."""
    named = {one.id: one for one in (NETWORK, OWN, *OTHERS)}
    found = signatories(NODE, named, (region_key(), region_key(kid="chiltern-0", until=NOW)))
    assert {name: (one.person, one.until) for name, one in found.items()} == {
        "chiltern-1": (None, None),
        "chiltern-0": (None, NOW),
        "sue": ("Sue", NOW),
        "rosa": ("Rosa", None),
    }
    assert found["chiltern-1"].key.thumbprint() == KEY.thumbprint()


def test_a_name_of_the_settings_comes_first() -> None:
    """No region takes a person's place by calling its key as they are called."""
    found = signatories(NODE, {"sue": NETWORK}, (region_key(kid="sue"),))
    assert found["sue"].key is NETWORK.key
    assert found["sue"].person == "Sue"
