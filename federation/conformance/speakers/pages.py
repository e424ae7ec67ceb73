"""What one FHIR search came to over all its pages, as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.conformance.heard import Exchange

_SUPPRESSED = "suppressed"


class Pages:
    """Everything that one search came to: resources that match, and the pages they came in."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.matches: list[Mapping[str, Any]] = []
        self.totals: list[int] = []
        self.refusal: str | None = None
        self.suppressed = False
        self.repeated_link = False

    def take(self, bundle: Mapping[str, Any]) -> None:
        """One page's resources."""
        total = bundle.get("total")
        if isinstance(total, int):
            self.totals.append(total)
        for entry in rows_of(bundle.get("entry")):
            resource = entry.get("resource")
            mode = (entry.get("search") or {}).get("mode", "match")
            if not isinstance(resource, dict):
                continue
            if resource.get("resourceType") == "OperationOutcome":
                codes = {one.get("code") for one in rows_of(resource.get("issue"))}
                self.suppressed = self.suppressed or _SUPPRESSED in codes
            elif mode == "match":
                self.matches.append(resource)


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, none of what is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
