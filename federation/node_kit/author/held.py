"""Whose record the store holds under a number, or that it holds none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from federation.nhs_number import NhsNumber
from federation.records.person import Person

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Generic[K]):
    """Somebody whom the store holds.

    `person` is who they are as the store says, under the number that the store has, and never what
    was asked: every answer is checked by it. `key` is the store's own name for them, by which the
    functions of the categories find their rows.
    """

    person: Person | Mapping[str, object]
    key: K

    @property
    def echo(self) -> Person:
        """The person as a struct, which they are by the time that a category is asked."""
        assert isinstance(self.person, Person)  # noqa: S101 - read before
        return self.person

    @property
    def number(self) -> NhsNumber:
        """The number that the store holds them under."""
        return self.echo.nhs_number


@dataclass(frozen=True, slots=True)
class NotHeld:
    """No record is held under this number.

    To be said: a function that gives nothing at all was not finished, and is an error.
    """


NOT_HELD = NotHeld()
