"""The record: one file a category, registered in `CATEGORIES`, in the order of its fields."""

from typing import Any

from federation.model import Category
from federation.records.about_me import ABOUT_ME
from federation.records.alerts import ALERTS
from federation.records.allergies import ALLERGIES
from federation.records.appointments import APPOINTMENTS
from federation.records.base import CategoryDefinition
from federation.records.care_plans import CARE_PLANS
from federation.records.contacts import CONTACTS
from federation.records.documents import DOCUMENTS
from federation.records.encounters import ENCOUNTERS
from federation.records.immunisations import IMMUNISATIONS
from federation.records.medications import MEDICATIONS
from federation.records.observations import OBSERVATIONS
from federation.records.problems import PROBLEMS
from federation.records.procedures import PROCEDURES
from federation.records.referrals import REFERRALS
from federation.records.results import RESULTS
from federation.records.social_care import SOCIAL_CARE

CATEGORIES: tuple[CategoryDefinition[Any], ...] = (
    # Whole lists first, in the order a clinician reads them; then the timelines.
    ALLERGIES,
    MEDICATIONS,
    PROBLEMS,
    ALERTS,
    CARE_PLANS,
    CONTACTS,
    SOCIAL_CARE,
    ABOUT_ME,
    OBSERVATIONS,
    RESULTS,
    IMMUNISATIONS,
    ENCOUNTERS,
    PROCEDURES,
    DOCUMENTS,
    APPOINTMENTS,
    REFERRALS,
)
"""Every category that is a list of items. DEMOGRAPHICS is none: it is the person (`person.py`)."""

DEFINITIONS: dict[Category, CategoryDefinition[Any]] = {
    definition.category: definition for definition in CATEGORIES
}
