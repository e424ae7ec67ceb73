"""Alerts as Flag."""

from __future__ import annotations

from demo.fhir.elements import (
    Resource,
    author_role,
    contained_author,
    extension_words,
    patient,
    shared,
    some_words,
    trimmed,
)
from demo.store import StoredPart
from federation.records.alerts import Alert, AlertStatus
from federation.records.fhir.alerts import ACTION_URL, PRIORITY_URL, SCOPE_URL

_STATUS = {AlertStatus.ACTIVE: "active", AlertStatus.INACTIVE: "inactive"}


def flags(part: StoredPart, key: str) -> list[Resource]:
    """Every alert that a node holds."""
    return [_flag(item, key) for item in part.items if isinstance(item, Alert)]


def _flag(item: Alert, key: str) -> Resource:
    said = {PRIORITY_URL: item.severity, ACTION_URL: item.action, SCOPE_URL: item.scope}
    return {
        **shared("Flag", item, author_role(item)),
        **trimmed(
            extension=[
                {"url": url, **value}
                for url, text in said.items()
                if (value := extension_words(text))
            ],
            status=_STATUS.get(item.status),
            category=some_words(item.area),
            code={"coding": _codings(item), "text": item.text},
            subject=patient(key),
            period=trimmed(start=item.start, end=item.end),
            author=contained_author(item),
        ),
    }


def _codings(item: Alert) -> list[Resource]:
    kind = item.kind
    if not kind.codings:
        return [{"display": kind.display}]
    return [trimmed(system=c.system, code=c.code, display=c.display) for c in kind.codings]
