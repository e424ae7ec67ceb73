"""Sealing, and what people are called: nothing opens elsewhere, nobody is named without a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import SettingsError, StorageError
from federation.nhs_number import NhsNumber
from federation.storage import PersonKeys, Seal

NEW, OLD = bytes(range(32)), bytes(range(1, 33))
NUMBER, OTHER = NhsNumber("9990000018"), NhsNumber("9990000026")


@given(st.binary(min_size=1), st.lists(st.binary(), max_size=3))
def test_what_is_sealed_opens_where_it_was_sealed(text: bytes, place: list[bytes]):
    """Any text, at any place; the same again is the same bytes."""
    seal = Seal("fact", NEW)
    sealed = seal.seal(text, *place)

    assert seal.open(sealed, *place) == text
    assert seal.seal(text, *place) == sealed


@pytest.mark.parametrize(
    "place", [(), (b"a",), (b"ab", b""), (b"", b"ab"), (b"ab",), (b"a", b"b", b""), (b"a", b"c")]
)
def test_a_sealed_text_opens_nowhere_else(place: tuple[bytes, ...]):
    """Neither at another place, nor where its parts run together otherwise."""
    seal = Seal("fact", NEW)
    sealed = seal.seal(b"a text", b"a", b"b")

    with pytest.raises(StorageError):
        seal.open(sealed, *place)


@pytest.mark.parametrize("at", [0, 3, 4, 19, 20, 25])
def test_a_changed_text_does_not_open(at: int):
    """No byte of it may be another: neither the key's name, nor the tag, nor the text."""
    seal = Seal("fact", NEW)
    sealed = bytearray(seal.seal(b"a text", b"a"))
    sealed[at] ^= 1

    with pytest.raises(StorageError):
        seal.open(bytes(sealed), b"a")


@pytest.mark.parametrize("sealed", [b"", b"abc", b"abcd", Seal("fact", NEW).seal(b"x")[:8]])
def test_what_is_too_short_does_not_open(sealed: bytes):
    """A column that somebody emptied or cut is an error of the store."""
    with pytest.raises(StorageError):
        Seal("fact", NEW).open(sealed)


def test_each_use_has_a_key_of_its_own():
    """What one use sealed, no other opens; nor do their hashes meet."""
    sealed = Seal("launch", NEW).seal(b"a text")

    with pytest.raises(StorageError):
        Seal("fact", NEW).open(sealed)
    assert Seal("launch", NEW).digests("a") != Seal("fact", NEW).digests("a")


def test_earlier_keys_open_what_they_sealed():
    """The first key seals; the others open what was sealed when they were first."""
    before, rotated, without = Seal("fact", OLD), Seal("fact", NEW, OLD), Seal("fact", NEW)

    assert rotated.open(before.seal(b"a text")) == b"a text"
    assert without.open(rotated.seal(b"a text")) == b"a text"
    with pytest.raises(StorageError):
        without.open(before.seal(b"a text"))
    assert rotated.digests("a") == (*without.digests("a"), *before.digests("a"))


def test_digests_do_not_run_together():
    """Two texts are not one that reads the same."""
    seal = Seal("fact", NEW)

    assert seal.digests("ab", "c") != seal.digests("a", "bc")
    assert seal.digests("ab", "c") == seal.digests("ab", "c")


def test_a_person_has_a_name_that_says_nothing():
    """The same for the same number and key, of 32 bytes, with nothing of the number in it."""
    name = PersonKeys(NEW).of(NUMBER)

    assert name == PersonKeys(NEW, OLD).of(NUMBER)
    assert len(name) == 32
    assert name not in (PersonKeys(NEW).of(OTHER), PersonKeys(OLD).of(NUMBER))
    assert NUMBER.encode() not in name


def test_a_person_is_sought_under_every_number_and_key():
    """Under each number they go by, with each key; each name once, the current ones first."""
    keys = PersonKeys(NEW, OLD)

    assert keys.sought((NUMBER, OTHER, NUMBER)) == (
        PersonKeys(NEW).of(NUMBER),
        PersonKeys(OLD).of(NUMBER),
        PersonKeys(NEW).of(OTHER),
        PersonKeys(OLD).of(OTHER),
    )
    assert keys.sought(()) == ()


@pytest.mark.parametrize("keys", [(), (b"",), (bytes(31),), (NEW, bytes(33))])
def test_a_key_that_is_none_is_refused(keys: tuple[bytes, ...]):
    """At the start, not when somebody looks; the error says nothing of the key."""
    for make in (PersonKeys, lambda *given: Seal("fact", *given)):
        with pytest.raises(SettingsError, match="32 bytes"):
            make(*keys)
