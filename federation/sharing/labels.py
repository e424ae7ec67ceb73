"""Confidentiality labels as rules see them: short texts, and few, whatever a node sends.

Which labels are sensitive is written in `policies/network.cedar`. Only for the echo of a person,
which is no item and has no rule of its own, is the ordinary set needed here (a test compares them).
"""

from __future__ import annotations

from collections.abc import Iterable

from federation.case import NOTHING
from federation.records.base import SecurityLabel
from federation.records.systems import ORDINARY_LABELS

UNREADABLE = frozenset(("|",))
"""What stands for labels that nobody here can read. No rule names it, so it is sensitive."""
LONGEST_LABEL = 160
MOST_LABELS = 12


def labels_of(labels: tuple[SecurityLabel, ...]) -> frozenset[str]:
    """Labels as `system|code`; a label too long, or too many of them, is unreadable."""
    if not labels:
        return NOTHING
    texts = frozenset(f"{label.system or ''}|{label.code}" for label in labels)
    if len(texts) > MOST_LABELS or any(len(text) > LONGEST_LABEL for text in texts):
        return UNREADABLE
    return texts


def ordinary(labels: Iterable[SecurityLabel]) -> bool:
    """Whether nothing here asks for more care than any record does."""
    return labels_of(tuple(labels)) <= ORDINARY_LABELS
