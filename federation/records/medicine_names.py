"""What the name of a medicine tells: its strength, what is behind it, whether it is high-risk.

Product names follow one order in dm+d ("Bisoprolol 2.5mg tablets"), so the words before the first
number name the medicine and the amounts name the strength. Names only ever point lines at each
other or keep them apart; no two lines become one because of a name. The rules that use this are in
`medications.py`, the table of high-risk medicines in `valuesets/`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from federation.records.base import Concept
from federation.records.compare import plain
from federation.records.valuesets import load_high_risk_medicines

_HIGH_RISK = load_high_risk_medicines()
_HIGH_RISK_WORDS = re.compile(
    rf"(?<![a-z])(?:{'|'.join(map(re.escape, _HIGH_RISK.words))})(?![a-z])"
)
_STRENGTH = re.compile(
    r"\.?\d+(?:[.,]\d+)*(?:mg|micrograms?|mcg|nanograms?|kg|g|ml|l|units?|iu|%|mmol)(?![a-z])"
)
_NUMBER = re.compile(r"^\W*\d")
_FORMS = frozenset(("tablet", "tablets", "capsule", "capsules"))


@lru_cache(maxsize=8_192)
def strength(text: str) -> str:
    """Every amount in a text, or nothing.

    >>> strength("Co-codamol 30 mg/500 mg tablets")
    '30mg 500mg'
    """
    return " ".join(_STRENGTH.findall(plain(text)))


@lru_cache(maxsize=8_192)
def medicine_stem(name: str) -> str:
    """The medicine behind a product's name: the words before the first number, without the form.

    >>> medicine_stem("Bisoprolol 2.5mg tablets")
    'bisoprolol'
    """
    words = plain(name).split(" ")
    count = next((place for place, word in enumerate(words) if _NUMBER.match(word)), len(words))
    return " ".join(word for word in words[:count] if word not in _FORMS)


def high_risk(medicine: Concept, *said: str | None) -> bool:
    """Whether its name, its code, or its form and dose as said, speak of a high-risk medicine."""
    if any(coding.code in _HIGH_RISK.codes for coding in medicine.codings):
        return True
    texts = (medicine.display, medicine.original_text, *said)
    return any(_speaks_of_high_risk(text) for text in texts if text)


@lru_cache(maxsize=8_192)
def _speaks_of_high_risk(text: str) -> bool:
    return _HIGH_RISK_WORDS.search(text.casefold()) is not None
