"""What decides: a small interface, so that the engine behind it can be another one.

`engine.py` is the one that ships. Whatever implements this fails closed: a rule that cannot be
evaluated withholds, and nothing is permitted that no rule permits.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from federation.case import PLAIN, Asking, Case, Errand, Footing, ItemClass
from federation.errors import ErrorCode
from federation.flow import Decision
from federation.model import Agreement, Category, NodeId, OdsCode


class Hearing(Protocol):
    """What decides of one node, on one footing, under its agreements."""

    def decide(
        self,
        category: Category,
        kind: ItemClass = PLAIN,
        *,
        granted: bool = False,
        objected: bool = False,
        objected_in_emergency: bool = False,
    ) -> Decision:
        """Whether this class of things may be seen, in what form, and what is asked in return."""


class Rules(Protocol):
    """Answers cases. Equal cases get equal answers for as long as `version` is the same.

    Evaluated for each node apart: the network's rules, the node's own, and those of the requester's
    organisation, so that one region's bundle can change nothing of another's.
    """

    @property
    def version(self) -> str:
        """Names the rule texts that decide, all of them together."""

    def refusal(self, asking: Asking) -> ErrorCode | None:
        """Why this request may not be asked at all; None where it may."""

    def refusal_about(self, errand: Errand) -> ErrorCode | None:
        """Why it may not be asked of this person; None where it may."""

    def hearing(self, footing: Footing, node: NodeId, agreements: tuple[Agreement, ...]) -> Hearing:
        """Who decides of everything that the node holds, for as long as a view lasts."""

    def decide(self, case: Case) -> Decision:
        """One case, whole."""

    def looks_at(self, node: NodeId, organisation: OdsCode | None) -> frozenset[str]:
        """Which of `custodian`, `author_role` and `day` some rule looks at here."""

    def day_like(self, node: NodeId, organisation: OdsCode | None, day: date, today: date) -> date:
        """A day of which every rule here says the same as of this one: the fewer, the better."""
