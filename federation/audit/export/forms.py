"""The forms that an export can have, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from federation.audit.chain import Opened
from federation.audit.export import fhir, lines, table
from federation.audit.export.names import Names


class Form(Protocol):
    """One form: what stands before the first event, and what each event becomes."""

    @property
    def head(self) -> bytes:
        """What comes first."""

    def line(self, event: Opened) -> bytes:
        """One event, with the end of its line."""


FORMS: dict[str, Callable[[Names, str], Form]] = {
    "fhir": fhir.Fhir,
    "csv": lambda names, _gateway: table.Table(names),
    "json": lambda names, _gateway: lines.Lines(names),
}
"""By the word that an operator gives; made with the names, and the id of the gateway."""
