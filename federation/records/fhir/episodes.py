"""Episodes of care in FHIR R4: the struct, and which of them are social care.

A council's package of care and a clinic's course of treatment are both an `EpisodeOfCare`.
`is_social_care` parts them for the two categories that read the type, so that each is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from federation.records.fhir import r4
from federation.records.fhir.elements import (
    CodeableConcept,
    DomainResource,
    Period,
    Reference,
)
from federation.records.fhir.resource import References

_SOCIAL_CARE = re.compile(
    # No code system that is in use says it: the words of the type, and who answers for it.
    r"\b(social (care|services|work)|home care|domiciliary care|reablement|care package"
    r"|package of care|council|local authority|london borough)\b",
    re.IGNORECASE,
)


class FhirEpisodeOfCare(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A time in which somebody answers for a person's care."""

    resource_types: ClassVar[tuple[str, ...]] = ("EpisodeOfCare",)

    status: str
    type: tuple[CodeableConcept, ...] = ()
    managing_organization: Reference | None = None
    period: Period | None = None
    care_manager: Reference | None = None
    team: tuple[Reference, ...] = ()


def is_social_care(episode: FhirEpisodeOfCare, references: References) -> bool:
    """Whether an episode is of social care, by its type or by the organisation that manages it."""
    manager = episode.managing_organization
    house = r4.organisation(manager, references)
    said = [*_words(episode.type), manager and manager.display, house and house.name]
    return any(_SOCIAL_CARE.search(text) for text in said if text)


def _words(concepts: Iterable[CodeableConcept]) -> Iterable[str | None]:
    for concept in concepts:
        yield concept.text
        yield from (coding.display for coding in concept.coding)
