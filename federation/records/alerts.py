"""Safety alerts and safeguarding flags. A whole list; never linked."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.standing import below, named


class AlertStatus(StrEnum):
    """Whether the alert still holds."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    UNKNOWN = "UNKNOWN"


class Alert(Item, frozen=True, kw_only=True):
    """One alert as one source holds it."""

    kind: Annotated[Concept, described("What kind of alert it is.")]
    text: Annotated[str, described("What it says.")]
    severity: Annotated[str | None, described("How urgent it is.")] = None
    start: Annotated[PartialDate | None, described("From when.")] = None
    end: Annotated[PartialDate | None, described("Until when.")] = None
    action: Annotated[str | None, described("What to do.")] = None
    status: Annotated[AlertStatus, described("Whether it still holds.")] = AlertStatus.UNKNOWN
    area: Annotated[
        str | None, described("What it concerns: safety, diet, safeguarding, contact ...")
    ] = None
    scope: Annotated[str | None, described("Where it holds, if not everywhere.")] = None


def _subtitle(alert: Alert) -> str | None:
    over = "Inactive" if alert.status is AlertStatus.INACTIVE else None
    return below(over, f"Until {alert.end}" if alert.end else None, alert.text)


ALERTS = CategoryDefinition(
    category=Category.ALERTS,
    field_name="alerts",
    section_name="AlertsSection",
    item=Alert,
    shape=Shape.WHOLE_LIST,
    description="Safety alerts and safeguarding flags.",
    title=lambda item: named(item.kind),
    subtitle=_subtitle,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
    codes=lambda item: item.kind.codings,
    links_by_identifier=False,
)
