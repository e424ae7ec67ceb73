"""Words of somebody else's file that people will read: on a page, in a record, on a terminal."""

from __future__ import annotations

import unicodedata

UNSEEN = (
    r"\x00-\x1f\x7f-\x9f"  # what terminals obey, in seven bits and in eight
    r"\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff"  # nothing that is seen: two names that look one
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns round the words after it
    r"\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f"  # line ends, and words beside words
)
"""Letters that nobody sees and that change what is seen, for a class of a regular expression."""
ONE_LINE = rf"\A(?!\s)[^{UNSEEN}]+(?<!\s)\Z"
"""A pattern: one line of words, without blanks at its ends."""

_ALIKE = frozenset(("LATIN", "GREEK", "CYRILLIC"))
"""Scripts with letters that look alike; a word has letters of one of them."""


def mixes_scripts(words: str) -> bool:
    """Whether a word is written with letters of several scripts that look alike.

    >>> mixes_scripts("London"), mixes_scripts("L\u043endon"), mixes_scripts("Ynys M\u00f4n")
    (False, True, False)
    """
    return any(len(_ALIKE & set(map(_script, word))) > 1 for word in words.split())


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
