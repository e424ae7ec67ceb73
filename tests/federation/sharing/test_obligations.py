"""Obligations: a closed list, with words for each."""

from federation.sharing.obligations import MESSAGES, ObligationCode


def test_every_code_has_words_of_its_own():
    """A client can show something for whatever a rule asks, and no two read the same."""
    assert set(MESSAGES) == set(ObligationCode)
    assert len(set(MESSAGES.values())) == len(MESSAGES)
