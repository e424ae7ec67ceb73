"""Referrals as ServiceRequest."""

from __future__ import annotations

from demo.fhir.elements import (
    UK_CORE,
    Resource,
    author_role,
    concept,
    contained_author,
    house,
    patient,
    shared,
    trimmed,
    words,
)
from demo.fhir.staff import contained_house
from demo.store import StoredPart
from federation.records.referrals import Referral


def referrals(part: StoredPart, key: str) -> list[Resource]:
    """Every referral that a node holds."""
    return [_request(item, key) for item in part.items if isinstance(item, Referral)]


def _request(item: Referral, key: str) -> Resource:
    asked = contained_house(item.requested_from, "asked")
    return {
        **shared("ServiceRequest", item, author_role(item), asked),
        **trimmed(
            extension=_extension("SourceOfServiceRequest", item.origin),
            status=item.status or "unknown",
            intent=item.intent or "order",
            category=[words(item.kind)] if item.kind else None,
            priority=item.priority,
            _priority=trimmed(extension=_extension("PriorityReason", item.priority_reason)),
            code=concept(item.service),
            subject=patient(key),
            occurrenceDateTime=item.due,
            authoredOn=item.recorded_at,
            requester=contained_author(item) or house(item.requested_by),
            performer=[{"reference": "#asked"}] if asked else None,
            reasonCode=[words(item.reason)] if item.reason else None,
            note=[{"text": item.note}] if item.note else None,
        ),
    }


def _extension(name: str, text: str | None) -> list[Resource]:
    url = f"{UK_CORE}/Extension-UKCore-{name}"
    return [{"url": url, "valueCodeableConcept": words(text)}] if text else []
