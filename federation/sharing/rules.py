"""What decides: a small interface, so that the engine behind it can be another one.

`engine.py` is the one that ships. Whatever implements this fails closed: a rule that cannot be
evaluated withholds, and nothing is permitted that no rule permits.
"""

from __future__ import annotations

from typing import Protocol

from federation.errors import ErrorCode
from federation.flow import Decision
from federation.sharing.case import Asking, Case


class Rules(Protocol):
    """Answers cases. Equal cases get equal answers for as long as `version` is the same."""

    @property
    def version(self) -> str:
        """Names the rule texts that decide."""

    def refusal(self, asking: Asking) -> ErrorCode | None:
        """Why this request may not be asked at all; None where it may."""

    def decide(self, case: Case) -> Decision:
        """Whether this class of things may be seen, and which fields of it must be emptied."""
