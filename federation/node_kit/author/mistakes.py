"""A mistake in what an author's function gives: one sentence for the author, less for the log.

In a test it fails the test. In production what it is in is left out, and said to be: a mistake
costs itself alone, and nobody takes what is left for everything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec import Struct

from federation.model import Category

_LOGGER = logging.getLogger(__name__)


class Mistake(Struct, frozen=True, kw_only=True):
    """Where it is and what is wrong, in words that repeat nothing of a record.

    `item` counts from one; None: it is about the whole part. `field` is a path of the protocol's
    own field names. `hint` may name what the author wrote, and is for tests alone.
    """

    category: Category
    item: int | None = None
    field: str | None = None
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        """The sentence."""
        item = f"item {self.item}" if self.item else None
        field = f"field `{self.field}`" if self.field else None
        place = ", ".join(part for part in (self.category.value, item, field) if part)
        return f"{place}: {self.what}{f' ({self.hint})' if self.hint else ''}"


OnMistake = Callable[[Mistake], None]
OnError = Callable[[Exception], None]
"""What is done with an exception of an author's function beside logging its kind."""


def pass_over(_error: Exception) -> None:
    """What production does: the text of a foreign exception may hold a person's data."""


def log_mistake(mistake: Mistake) -> None:
    """What production does: a line for the node's operators, with nothing of the record."""
    _LOGGER.error(
        "a function of this node gave what does not fit",
        extra={"category": mistake.category, "field": mistake.field, "what": mistake.what},
    )
