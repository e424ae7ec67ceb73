"""How each category is read from FHIR R4: the readers of its resource types, by category.

The second registration of a category, beside `CATEGORIES`: a category that is asked of FHIR nodes
has a row here, with its readers in a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.model import Category
from federation.records import (
    allergies_fhir,
    care_plans_fhir,
    medications_fhir,
    observations_fhir,
)
from federation.records.fhir_r4 import Reader

FHIR_READERS: Mapping[Category, Mapping[str, Reader[Any]]] = {
    Category.ALLERGIES: allergies_fhir.READERS,
    Category.MEDICATIONS: medications_fhir.READERS,
    Category.CARE_PLANS: care_plans_fhir.READERS,
    Category.OBSERVATIONS: observations_fhir.READERS,
}
"""By category: resource type to reader. A category without a row is not asked of FHIR nodes."""
