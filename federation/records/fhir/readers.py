"""How each category is read from FHIR R4, by category.

The second registration of a category, beside `CATEGORIES`: a category that is asked of FHIR nodes
has a row here, with its reading in a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from federation.model import Category
from federation.records.fhir import (
    about_me,
    alerts,
    allergy_lists,
    appointments,
    care_plans,
    contacts,
    documents,
    encounters,
    immunisations,
    medications,
    observations,
    problems,
    procedures,
    referrals,
    results,
    social_care,
)
from federation.records.fhir.reading import FhirReading

FHIR_READERS: Mapping[Category, FhirReading] = {
    Category.ALLERGIES: allergy_lists.READING,
    Category.MEDICATIONS: medications.READING,
    Category.PROBLEMS: problems.READING,
    Category.ALERTS: alerts.READING,
    Category.CARE_PLANS: care_plans.READING,
    Category.CONTACTS: contacts.READING,
    Category.SOCIAL_CARE: social_care.READING,
    Category.ABOUT_ME: about_me.READING,
    Category.OBSERVATIONS: observations.READING,
    Category.RESULTS: results.READING,
    Category.ENCOUNTERS: encounters.READING,
    Category.DOCUMENTS: documents.READING,
    Category.APPOINTMENTS: appointments.READING,
    Category.REFERRALS: referrals.READING,
    Category.IMMUNISATIONS: immunisations.READING,
    Category.PROCEDURES: procedures.READING,
}
"""A category without a row is not asked of FHIR nodes."""
