"""Whose word about a node's checks counts, when it is filed by hand.

People whom the settings name for the network or for the node (`[[signers]]`), by themselves; and
the keys that the node's region was enrolled with, behind which no person is named. A name of the
settings comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from federation.conformance import Signatory
from federation.joining.signing import public_key
from federation.joining.steps import RegionKey
from federation.sharing.signatures import Signer


def signatories(
    node: str, signers: Mapping[str, Signer], region: Iterable[RegionKey]
) -> Mapping[str, Signatory]:
    """Those for one node, by the names of their keys."""
    of_the_region = {key.kid: Signatory(key=public_key(key.jwk), until=key.until) for key in region}
    people = {
        one.id: Signatory(key=one.key, until=one.until, person=one.name)
        for one in signers.values()
        if one.may_sign(f"node:{node}")
    }
    return {**of_the_region, **people}
