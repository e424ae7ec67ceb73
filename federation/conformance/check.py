"""What a conformance check is, and what comes of one.

A check is a file of `checks/`: a `Check` that says what is asked of a node, why in one sentence,
for which protocols it is mandatory, and the function that looks. Whatever the function finds is a
`Finding`: an outcome, and the evidence for it in words.

# Invariant: evidence names a test person by their label, never by number, name or birth date, and
# repeats nothing of a record: a report goes to a board.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from federation.model import NodeProtocol

if TYPE_CHECKING:
    from federation.conformance.examination import Examination

EVERY = frozenset(NodeProtocol)
NATIVE = frozenset((NodeProtocol.GRAPHQL,))
"""A FHIR server that is bought as it is cannot do such a thing by its nature."""


class Outcome(StrEnum):
    """What a check came to."""

    PASS = "PASS"  # noqa: S105 - a word, not a secret
    FAIL = "FAIL"
    NOT_TESTABLE = "NOT_TESTABLE"


class Finding(Struct, frozen=True, kw_only=True):
    """What one check found. `evidence` is never empty.

    `lacking`: it could not be tested for want of something that the region has to bring; a
    mandatory check that lacks something is not passed.
    """

    outcome: Outcome
    evidence: tuple[str, ...]
    lacking: bool = False


Look = Callable[["Examination"], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `look` is bounded by `seconds`, and by the length of the load besides."""

    letter: str
    title: str
    why: str
    mandatory: frozenset[NodeProtocol]
    look: Look
    seconds: float = 60.0


class UnexpectedError(Exception):
    """The node did something that ends a check: it fails with these words as its evidence."""


def judged(faults: Sequence[str], seen: Sequence[str]) -> Finding:
    """FAIL with what is wrong, else PASS with what was looked at."""
    if faults:
        return Finding(outcome=Outcome.FAIL, evidence=tuple(faults))
    return Finding(outcome=Outcome.PASS, evidence=tuple(seen))


def untested(*evidence: str) -> Finding:
    """NOT TESTABLE by the nature of what is checked."""
    return Finding(outcome=Outcome.NOT_TESTABLE, evidence=evidence)


def lacks(*evidence: str) -> Finding:
    """NOT TESTABLE for want of something that the region has to bring."""
    return Finding(outcome=Outcome.NOT_TESTABLE, evidence=evidence, lacking=True)


def counted(count: int, one: str, several: str | None = None) -> str:
    """`1 item`, `2 items`."""
    return f"{count} {one if count == 1 else several or one + 's'}"
