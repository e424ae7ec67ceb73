"""Keys, and what is sealed under them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, Sealer
from federation.audit.seal import SealBrokenError
from federation.errors import SettingsError
from tests.builders import KEY, NUMBER, OTHER_NUMBER

OLD = bytes(32)
SEALER = Sealer(AuditKeys(current="new", by_id={"old": OLD, "new": KEY}))
BEFORE = Sealer(AuditKeys(current="old", by_id={"old": OLD}))


def test_what_was_sealed_opens_in_its_place():
    """The text comes back where it is opened with what it was bound to."""
    seal = SEALER.seal(b"secret", b"place")

    assert SEALER.open(seal, b"place") == b"secret"
    assert b"secret" not in seal.text


def test_no_two_seals_are_alike():
    """The same text in the same place is sealed under a nonce of its own."""
    one, other = SEALER.seal(b"secret", b"place"), SEALER.seal(b"secret", b"place")

    assert one.nonce != other.nonce
    assert one.text != other.text


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        pytest.param({}, b"elsewhere", id="another place"),
        pytest.param({"nonce": bytes(12)}, b"place", id="another nonce"),
        pytest.param({"nonce": b""}, b"place", id="no nonce"),
        pytest.param({"text": bytes(22)}, b"place", id="another text"),
        pytest.param({"text": b""}, b"place", id="no text"),
        pytest.param({"key": "old"}, b"place", id="another key"),
    ],
)
def test_a_changed_seal_does_not_open(changed: dict[str, Any], place: bytes):
    """Any other place, nonce, text or key."""
    seal = replace(SEALER.seal(b"secret", b"place"), **changed)

    with pytest.raises(SealBrokenError):
        SEALER.open(seal, place)


def test_earlier_keys_open_what_they_sealed():
    """After a rotation new seals are under the new key, and old ones still open."""
    assert SEALER.open(BEFORE.seal(b"secret", b"place"), b"place") == b"secret"
    assert SEALER.seal(b"secret", b"place").key == "new"


def test_a_key_that_is_not_to_hand_is_named():
    """The operator is told which key is missing."""
    with pytest.raises(SettingsError, match="`new` is needed"):
        BEFORE.open(SEALER.seal(b"secret", b"place"), b"place")


def test_the_keyed_hash_of_a_number():
    """Equal for equal numbers under one key, different otherwise, and not the number."""
    assert SEALER.person_key(NUMBER) == SEALER.person_key(NUMBER)
    assert SEALER.person_key(NUMBER) != SEALER.person_key(OTHER_NUMBER)
    assert SEALER.person_key(NUMBER) != BEFORE.person_key(NUMBER)
    assert len(SEALER.person_key(NUMBER)) == 32


@pytest.mark.parametrize(
    ("current", "by_id", "what"),
    [
        pytest.param("new", {"old": KEY}, "not among", id="current is missing"),
        pytest.param("new", {"new": KEY[:16]}, "32 bytes", id="too short"),
        pytest.param("new", {"new": KEY, "old": b""}, "32 bytes", id="an earlier one is empty"),
    ],
)
def test_keys_that_could_not_seal(current: str, by_id: dict[str, bytes], what: str):
    """Are refused when they are given, not when they are needed."""
    with pytest.raises(SettingsError, match=what):
        AuditKeys(current=current, by_id=by_id)


def test_keys_do_not_show_themselves():
    """Not in a trace, not in a log."""
    assert repr(AuditKeys(current="new", by_id={"new": KEY})) == "AuditKeys(current='new')"
