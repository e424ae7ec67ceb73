"""Waivers: a named person answers for a check that a node does not pass.

A compact JWS (ES256) over who waives what, why and until when, with a key that the network
enrolled. It says no word about the node itself: the outcome stays, and the report shows both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta, Struct

from federation.errors import SettingsError

ALGORITHM = "ES256"
TYPE = "watling-waiver+jws"
Words = Annotated[str, Meta(min_length=3, max_length=500)]


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for which check of which node, why, and up to which day."""

    node: Annotated[str, Meta(min_length=1)]
    check: Annotated[str, Meta(pattern=r"\A[a-z]\Z")]
    reason: Words
    by: Words
    until: date


class SignedWaiver(Struct, frozen=True, kw_only=True):
    """A waiver, and the signature that whoever takes its word verifies anew."""

    waiver: Waiver
    signed: str


def sign_waiver(waiver: Waiver, key: ECKey) -> str:
    """The waiver, signed by the one who answers for it."""
    header = {"alg": ALGORITHM, "typ": TYPE}
    payload = msgspec.json.encode(waiver)
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def read_waiver(text: str, keys: Sequence[ECKey]) -> SignedWaiver:
    """What was signed with one of these keys; raises `SettingsError` for anything else."""
    for key in keys:
        try:
            found = jws.deserialize_compact(text.strip(), key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError):
            continue
        if found.headers().get("typ") != TYPE:
            raise SettingsError("is signed, but is no waiver")
        try:
            waiver = msgspec.json.decode(found.payload, type=Waiver)
        except msgspec.MsgspecError:
            raise SettingsError("is signed, and cannot be read as a waiver") from None
        return SignedWaiver(waiver=waiver, signed=text.strip())
    raise SettingsError("is not signed with a key that was given for waivers")
