"""Procedures as Procedure."""

from __future__ import annotations

from demo.fhir.elements import (
    Resource,
    author_role,
    concept,
    contained_author,
    notes,
    patient,
    place,
    shared,
    some_words,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.procedures import Procedure

NOT_DONE = "not-done"


def procedures(part: StoredPart, key: str) -> list[Resource]:
    """Every procedure that a node holds."""
    return [_procedure(item, key) for item in part.items if isinstance(item, Procedure)]


def _procedure(item: Procedure, key: str) -> Resource:
    where = place(item.place)
    status = (item.status or "").replace(" ", "-") or None
    return {
        **shared("Procedure", item, author_role(item), where),
        **trimmed(
            status=status,
            statusReason=words(item.reason) if status == NOT_DONE else None,
            code=concept(item.code),
            subject=patient(key),
            **_performed(item),
            recorder=contained_author(item),
            location={"reference": "#place"} if where else None,
            reasonCode=[] if status == NOT_DONE else some_words(item.reason),
            bodySite=some_words(item.body_site),
            outcome=words(item.outcome),
            complication=some_words(item.complication),
            note=notes(item.note),
        ),
    }


def _performed(item: Procedure) -> Resource:
    if item.end:
        return {"performedPeriod": trimmed(start=item.effective_at, end=item.end)}
    return {"performedDateTime": item.effective_at}
