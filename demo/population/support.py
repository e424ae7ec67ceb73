"""Social care for older people, and alerts: what somebody at the door must know.

No SNOMED CT code was confirmed for these kinds, so they stand in words.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from demo.population.pen import Pen, day_text
from demo.population.services import HOME_CARE
from demo.population.terms import spoken
from federation.records.alerts import Alert, AlertStatus
from federation.records.base import Concept
from federation.records.social_care import SocialCareItem

PACKAGE = spoken("Package of care")
NEEDS = spoken("Care needs assessment")
EQUIPMENT = spoken("Equipment at home")
FALLS = spoken("Risk of falls")
HEARING = spoken("Hearing impairment")
SWALLOWING = spoken("Swallowing difficulty")

_VISITS = (
    "Carers visit twice a day: washing and dressing, an evening meal.",
    "Carers visit four times a day, two carers for each transfer.",
    "A carer visits each morning: washing, dressing, medicines prompted from a dosette box.",
)
_AIDS = (
    "Pendant alarm and key safe; stairlift.",
    "Hospital bed and pressure-relieving mattress downstairs.",
    "Walking frame indoors; wheelchair outside.",
)
_ALERTS: tuple[tuple[Concept, str, str, str], ...] = (
    (
        FALLS,
        "Has fallen at home within the last year.",
        "Offer an arm; frame within reach.",
        "safety",
    ),
    (HEARING, "Hears little without aids.", "Face the person; check the batteries.", "clinical"),
    (SWALLOWING, "Needs thickened fluids.", "Sit upright to eat and drink.", "diet"),
)


def social_care(pen: Pen, visits: bool) -> list[SocialCareItem]:
    """What a council arranges: an assessment, and for some a package of care with its aids."""
    assessed = pen.earlier(40, 700)
    found = [social_fact(pen, NEEDS, "Needs help with washing, dressing and meals.", assessed)]
    if visits:
        provider = HOME_CARE[pen.desk.node]
        text = pen.draw.choice(_VISITS)
        found.append(social_fact(pen, PACKAGE, text, assessed, provider=provider))
        found.append(social_fact(pen, EQUIPMENT, pen.draw.choice(_AIDS), assessed))
    return found


def social_fact(pen: Pen, kind: Concept, text: str, since: date, **more: Any) -> SocialCareItem:
    """One fact of social care, with the worker who is responsible."""
    given: dict[str, Any] = {
        "status": "active",
        "start": day_text(since),
        "provider": pen.desk.organisation,
        "named_worker": pen.desk.staff[0],
    }
    return SocialCareItem(**pen.envelope(since), kind=kind, text=text, **(given | more))


def alerts(pen: Pen) -> list[Alert]:
    """A warning for one in twelve of the old."""
    if pen.draw.random() > 1 / 12:
        return []
    kind, text, action, area = pen.draw.choice(_ALERTS)
    return [alert(pen, kind, text, pen.earlier(20, 900), action=action, area=area)]


def alert(pen: Pen, kind: Concept, text: str, since: date, **more: Any) -> Alert:
    """One alert that still holds."""
    given: dict[str, Any] = {"status": AlertStatus.ACTIVE, "start": day_text(since)}
    return Alert(**pen.envelope(since), kind=kind, text=text, **(given | more))
