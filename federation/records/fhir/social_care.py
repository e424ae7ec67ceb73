"""Reading social care from FHIR R4 `EpisodeOfCare`: one fact of social care is one episode.

UK Core has no profile of social care. What else a council may tell stays where a clinician looks
for it: warnings are alerts, observations of how somebody lives are observations, teams are
contacts, and consents are plans. An episode of any other care is an encounter and is read there.
"""

from __future__ import annotations

from federation.model import Assertion, Organisation
from federation.records.base import Concept
from federation.records.fhir import r4
from federation.records.fhir.elements import CodeableConcept, Period
from federation.records.fhir.episodes import is_social_care
from federation.records.fhir.pointers import pointed_at
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource
from federation.records.fhir.structs.encounters import FhirEpisode
from federation.records.fhir.structs.people import FhirCareTeam
from federation.records.fhir.words import Narrative, labelled, lines, plain_text
from federation.records.social_care import SocialCareItem

SOCIAL_CARE = "Social care"
"""The word that a type of an episode is marked with where its own words do not say it."""
_TOLD = frozenset(("additional", "extensions"))
"""Narratives that say more than the elements do; those generated from them say it again."""


class SocialEpisode(FhirEpisode, frozen=True, kw_only=True, rename="camel"):
    """An episode of social care, with what it says in words."""

    text: Narrative = Narrative()


def read_episode(resource: Resource, references: References) -> SocialCareItem | Assertion | None:
    """One fact of social care; None for other care and for one entered in error."""
    found = resource.read(SocialEpisode)
    inside = references.within(resource)
    if found.status == "entered-in-error" or not is_social_care(found, inside):
        return None
    kind = _kind(found)
    manager = found.managing_organization
    period = found.period or Period()
    return SocialCareItem(
        **r4.envelope(found, inside, authors=(manager,)),
        kind=kind,
        text=_text(found, inside) or kind.display,
        status=found.status,
        start=when(period.start),
        end=when(period.end),
        provider=_provider(found, inside) or r4.organisation(manager, inside),
        named_worker=r4.practitioner(found.care_manager, inside),
    )


def _kind(found: SocialEpisode) -> Concept:
    said = next(iter(_types(found)), None)
    return r4.concept(said) if said else Concept(display=SOCIAL_CARE)


def _types(found: SocialEpisode) -> list[CodeableConcept]:
    """Its types in words, without the one that only marks it as social care."""
    return [one for one in found.type if (said := one.words()) and said != SOCIAL_CARE]


def _text(found: SocialEpisode, references: References) -> str | None:
    told = plain_text(found.text.div) if found.text.status in _TOLD else None
    conditions = (one.condition for one in found.diagnosis)
    teams = (one.display for one in found.team)
    return lines(
        told,
        labelled("Also", (one.words() for one in _types(found)[1:])),
        labelled("Because of", (pointed_at(one, references) for one in conditions if one)),
        labelled("Team", teams),
    )


def _provider(found: SocialEpisode, references: References) -> Organisation | None:
    """Whoever runs the team, where that is somebody else than who answers for the episode."""
    for one in found.team:
        team = references.find(one)
        if team is not None and team.kind == "CareTeam":
            houses = team.read(FhirCareTeam).managing_organization
            named = (r4.organisation(house, references) for house in houses)
            return next(filter(None, named), None)
    return None


READING = FhirReading(
    searches=(Search(kind="EpisodeOfCare", includes=("care-manager",)),),
    readers={"EpisodeOfCare": read_episode},
    points_at=("CareTeam", "Condition"),
)
