"""The report of one run: a value, the JSON of it that is signed, and whether the node has passed.

How it is shown to people is `page.py` (HTML) and `junit.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from federation.conformance.check import Outcome
from federation.conformance.waivers import SignedWaiver, Waiver
from federation.model import Category, NodeProtocol


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """What one check came to. `waiver_signed` is the waiver as it was signed."""

    letter: str
    title: str
    why: str
    mandatory: bool
    outcome: Outcome
    evidence: tuple[str, ...]
    lacking: bool = False
    seconds: float = 0.0
    waiver: Waiver | None = None
    waiver_signed: str | None = None

    @property
    def stands_in_the_way(self) -> bool:
        """Whether the node is not passed because of it.

        # Invariant: a mandatory check that could not be tested for want of something is not passed:
        # a region that brings nobody to test with has shown nothing.
        """
        unproven = self.outcome is Outcome.FAIL or self.lacking
        return self.mandatory and unproven and self.waiver is None


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """One run against one node.

    `descriptor_digest` says of which descriptor, where the node has one, so that a report counts
    for no other; `people_digest` with which expectations.
    """

    node: str
    name: str
    protocol: NodeProtocol
    endpoint: str
    descriptor_digest: str | None
    categories: tuple[Category, ...]
    started_at: datetime
    finished_at: datetime
    rate_per_second: float
    p95_seconds: float
    people: int
    people_digest: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Whether every mandatory check is passed, not testable by its nature, or waived."""
        return not any(one.stands_in_the_way for one in self.results)

    def count(self, outcome: Outcome) -> int:
        """How many checks came to this."""
        return sum(one.outcome is outcome for one in self.results)


def waived(report: Report, waivers: tuple[SignedWaiver, ...]) -> Report:
    """The report with the waivers that are for this node and still hold at its end.

    A check that passed needs none, and has none.
    """
    day = report.finished_at.date()
    holding = {
        one.waiver.check: one
        for one in waivers
        if one.waiver.node == report.node and day <= one.waiver.until
    }
    return replace(report, results=tuple(_waived(one, holding) for one in report.results))


def _waived(result: Result, holding: Mapping[str, SignedWaiver]) -> Result:
    found = holding.get(result.letter)
    if found is None or result.outcome is Outcome.PASS:
        return result
    return replace(result, waiver=found.waiver, waiver_signed=found.signed)


def canonical(report: Report) -> bytes:
    """The report as JSON, the same bytes for the same report: what is kept and signed."""
    told = msgspec.to_builtins(report) | {"passed": report.passed}
    return msgspec.json.encode(told, order="sorted")
