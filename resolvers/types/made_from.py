"""Which values a type is read from, said on types of an interface or a union."""

from __future__ import annotations

from typing import Any, NamedTuple

from federation.model import Category

MADE_FROM = "__made_from__"
"""The attribute of a type that holds its `MadeFrom`."""


class MadeFrom(NamedTuple):
    """The class of values that a type is read from; their category where it serves several."""

    value: type
    category: Category | None = None

    def fits(self, value: object) -> bool:
        """Whether a value is one of them."""
        if value.__class__ is not self.value:
            return False
        return self.category is None or getattr(value, "category", None) is self.category

    def marks(self) -> dict[str, Any]:
        """What a type carries so that strawberry, and a projection, can tell its values."""

        def is_type_of(_cls: type, value: object, _info: object) -> bool:
            return self.fits(value)

        return {MADE_FROM: self, "is_type_of": classmethod(is_type_of)}


def made_from(shown: object) -> MadeFrom | None:
    """Which values a type is read from, where it says so."""
    return getattr(shown, MADE_FROM, None)
