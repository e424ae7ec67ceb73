"""How each category is read from FHIR R4, by category.

The second registration of a category, beside `CATEGORIES`: a category that is asked of FHIR nodes
has a row here, with its reading in a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from federation.model import Category
from federation.records import (
    about_me_fhir,
    alerts_fhir,
    allergy_lists_fhir,
    appointments_fhir,
    care_plans_fhir,
    contacts_fhir,
    documents_fhir,
    encounters_fhir,
    immunisations_fhir,
    medications_fhir,
    observations_fhir,
    problems_fhir,
    procedures_fhir,
    referrals_fhir,
    results_fhir,
    social_care_fhir,
)
from federation.records.fhir_reading import FhirReading

FHIR_READERS: Mapping[Category, FhirReading] = {
    Category.ALLERGIES: allergy_lists_fhir.READING,
    Category.MEDICATIONS: medications_fhir.READING,
    Category.PROBLEMS: problems_fhir.READING,
    Category.ALERTS: alerts_fhir.READING,
    Category.CARE_PLANS: care_plans_fhir.READING,
    Category.CONTACTS: contacts_fhir.READING,
    Category.SOCIAL_CARE: social_care_fhir.READING,
    Category.ABOUT_ME: about_me_fhir.READING,
    Category.OBSERVATIONS: observations_fhir.READING,
    Category.RESULTS: results_fhir.READING,
    Category.ENCOUNTERS: encounters_fhir.READING,
    Category.DOCUMENTS: documents_fhir.READING,
    Category.APPOINTMENTS: appointments_fhir.READING,
    Category.REFERRALS: referrals_fhir.READING,
    Category.IMMUNISATIONS: immunisations_fhir.READING,
    Category.PROCEDURES: procedures_fhir.READING,
}
"""A category without a row is not asked of FHIR nodes."""
