"""Social care as EpisodeOfCare: what it says is its narrative, who provides it a team of theirs."""

from __future__ import annotations

from html import escape

from demo.fhir.elements import Resource, concept, house, patient, shared, trimmed
from demo.fhir.staff import contained_house, contained_role
from demo.store import StoredPart
from federation.records.social_care import SocialCareItem

_MARK = {"text": "Social care"}


def social_care(part: StoredPart, key: str) -> list[Resource]:
    """Every fact of social care that a node holds."""
    return [_episode(item, key) for item in part.items if isinstance(item, SocialCareItem)]


def _episode(item: SocialCareItem, key: str) -> Resource:
    provider = contained_house(item.provider, "provider")
    worker = contained_role(item.named_worker, "worker") if item.named_worker else None
    team = _team(key) if provider else None
    return {
        **shared("EpisodeOfCare", item, provider, team, worker),
        **trimmed(
            text=_narrative(item.text),
            status=item.status or "active",
            type=[concept(item.kind), _MARK],
            patient=patient(key),
            managingOrganization=house(item.custodian),
            period=trimmed(start=item.start, end=item.end),
            careManager={"reference": "#worker"} if worker else None,
            team=[{"reference": "#team"}] if team else None,
        ),
    }


def _narrative(text: str) -> Resource:
    words = "<br/>".join(escape(line) for line in text.split("\n"))
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
    return {"status": "additional", "div": div}


def _team(key: str) -> Resource:
    return {
        "resourceType": "CareTeam",
        "id": "team",
        "subject": patient(key),
        "managingOrganization": [{"reference": "#provider"}],
    }
