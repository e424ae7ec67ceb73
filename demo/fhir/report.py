"""Results as Observation, and what they share as the DiagnosticReport that lists them.

Items of one `report_id` are one report; an item that is its own report is one without results. An
identifier that all results of a report carry is the report's.
"""

from __future__ import annotations

from collections.abc import Iterable

from demo.fhir.elements import (
    HL7,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    exactly,
    instant,
    patient,
    role_of,
    shared,
    trimmed,
)
from demo.fhir.observation import observed
from demo.store import StoredPart
from federation.records.base import Identifier
from federation.records.results import Attachment, Result, ResultStatus

_STATUS = {
    ResultStatus.REGISTERED: "registered",
    ResultStatus.PRELIMINARY: "preliminary",
    ResultStatus.FINAL: "final",
    ResultStatus.AMENDED: "amended",
    ResultStatus.CORRECTED: "corrected",
    ResultStatus.CANCELLED: "cancelled",
}


def result_observations(part: StoredPart, key: str) -> list[Resource]:
    """Each result that is not a whole report."""
    return [
        _observation(item, _of_report(some), key)
        for some in _by_report(part)
        for item in some
        if not _is_report(item)
    ]


def reports(part: StoredPart, key: str) -> list[Resource]:
    """What stands above results, and reports without any."""
    return [_report(some, key) for some in _by_report(part) if some[0].report_id]


def _by_report(part: StoredPart) -> list[list[Result]]:
    """Results of one report together, each without one by itself."""
    together: dict[tuple[str, str], list[Result]] = {}
    for item in part.items:
        if isinstance(item, Result):
            name = ("report", item.report_id) if item.report_id else ("result", item.source_id)
            together.setdefault(name, []).append(item)
    return list(together.values())


def _is_report(item: Result) -> bool:
    return item.report_id == item.source_id


def _of_report(results: list[Result]) -> frozenset[Identifier]:
    if len(results) == 1:
        return frozenset()
    return frozenset[Identifier].intersection(*(frozenset(one.identifiers) for one in results))


def _observation(item: Result, of_report: frozenset[Identifier], key: str) -> Resource:
    category = ("imaging", "Imaging") if item.images else ("laboratory", "Laboratory")
    specimen = _specimen(item, key)
    own = [one for one in item.identifiers if one not in of_report]
    return {
        **shared("Observation", item, author_role(item), specimen, *_request(item, key)),
        **observed(item, key),
        "identifier": _identifiers(own),
        **trimmed(
            status=_STATUS.get(item.status, "unknown"),
            category=[coded(f"{HL7}/observation-category", *category)],
            basedOn=[{"reference": "#request"}] if item.requester else None,
            issued=exactly(item.recorded_at),
            specimen={"reference": "#specimen"} if specimen else None,
        ),
    }


def _report(results: list[Result], key: str) -> Resource:
    first = results[0]
    statuses = {one.status for one in results}
    status = first.status if len(statuses) == 1 else ResultStatus.FINAL
    return {
        **(_alone(first, key) if _is_report(first) else _above(results)),
        **trimmed(
            status=_STATUS.get(status, "unknown"),
            category=[coded(f"{HL7}/v2-0074", "LAB", "Laboratory")],
            code=concept(first.report),
            subject=patient(key),
            effectiveDateTime=first.effective_at,
            issued=exactly(first.issued_at),
            result=[
                {"reference": f"Observation/{one.source_id}"}
                for one in results
                if not _is_report(one)
            ],
            imagingStudy=[{"display": text} for text in first.images],
            conclusion=first.conclusion,
            presentedForm=[_attachment(one) for one in first.attachments],
        ),
    }


def _alone(item: Result, key: str) -> Resource:
    """The beginning of a report without results."""
    specimen, author = _specimen(item, key), contained_author(item)
    return {
        **shared("DiagnosticReport", item, author_role(item), specimen, *_request(item, key)),
        **trimmed(
            basedOn=[{"reference": "#request"}] if item.requester else None,
            performer=[author] if author else None,
            specimen=[{"reference": "#specimen"}] if specimen else None,
        ),
    }


def _above(results: list[Result]) -> Resource:
    """The beginning of a report that lists these."""
    named = _of_report(results)
    shown = [one for one in results[0].identifiers if one in named]
    changed = [one.last_updated_at for one in results if one.last_updated_at]
    return trimmed(
        resourceType="DiagnosticReport",
        id=results[0].report_id,
        meta=trimmed(versionId=results[0].version, lastUpdated=instant(max(changed, default=None))),
        identifier=_identifiers(shown),
    )


def _identifiers(among: Iterable[Identifier]) -> list[Resource]:
    return [{"system": one.system, "value": one.value} for one in among]


def _specimen(item: Result, key: str) -> Resource | None:
    if not item.specimen:
        return None
    return {
        "resourceType": "Specimen",
        "id": "specimen",
        "type": {"text": item.specimen},
        "subject": patient(key),
    }


def _request(item: Result, key: str) -> list[Resource]:
    """Who asked for it, and their request: resources to be contained."""
    role = role_of(item.requester, None, "requester")
    if item.requester is None or role is None:
        return []
    request = {
        "resourceType": "ServiceRequest",
        "id": "request",
        "status": "completed",
        "intent": "order",
        "subject": patient(key),
        "requester": {"reference": "#requester", "display": item.requester.name},
    }
    return [role, request]


def _attachment(found: Attachment) -> Resource:
    return trimmed(
        contentType=found.content_type,
        title=found.name,
        size=found.size_bytes,
        creation=found.created_at,
    )
