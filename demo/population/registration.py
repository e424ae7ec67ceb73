"""What is known of somebody's registration beside who they are: pharmacy, letters, death notice.

Ethnicity is left open: names and ethnic categories drawn apart would not fit each other.
"""

from __future__ import annotations

from random import Random
from typing import Any

from demo.population.services import PHARMACIES
from federation.model import NodeId
from federation.records.person import Person

VERIFIED = "Number present and verified"
"""UK Core's words for a traced number."""
DEATH_NOTICE = "Formal - death notice received from Registrar of Deaths"
_PREFERENCES = ("Letter", "Telephone", "Text message", "Email")


def registered(draw: Random, person: Person, home: NodeId) -> dict[str, Any]:
    """Fields of a person. Whoever's whereabouts are protected has no pharmacy that would tell."""
    told: dict[str, Any] = {"number_status": VERIFIED}
    if person.deceased:
        told["death_notification"] = DEATH_NOTICE
    if draw.random() < 0.3:
        told["contact_preference"] = draw.choice(_PREFERENCES)
    if draw.random() < 0.7 and not person.restricted:
        told["nominated_pharmacy"] = PHARMACIES[home]
    return told
