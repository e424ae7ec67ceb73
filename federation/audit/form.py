"""The two forms that an event's values have as JSON: with named fields, or as columns."""

from __future__ import annotations

from msgspec import Struct


class Fields(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Named fields, as JSON."""


class Columns(Struct, frozen=True, array_like=True, gc=False):
    """A JSON list in place of an object, for what comes in hundreds.

    Invariant: columns are only ever added behind the last, with a default, so that what was written
    before still opens.
    """
