"""Roles as the rules know them: what they are called, and which of them give care.

National role codes. Source: UK Core SDSJobRoleName, as the record model lists them. Which of them
may see what is for agreements and rules; here stands only what a "treating clinician" is, who is of
social care, and who answers for looks (`PRIVACY_OFFICER`, a code of the network's own).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PRIVACY_OFFICER = "PRIVACY_OFFICER"

ROLE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "R0050": "Consultant",
        "R0260": "General practitioner",
        "R0700": "Community nurse",
        "R1070": "Paramedic",
        "R1290": "Pharmacist",
        "R1330": "Social worker",
        "R1730": "Receptionist",
        "R8000": "Clinical practitioner",
        "R8001": "Nurse",
        "R8003": "Health professional",
        "R8009": "Receptionist",
        "R8014": "Social worker",
        "R9570": "Senior social worker, adults",
        "R9605": "Emergency duty social worker",
        PRIVACY_OFFICER: "Privacy officer",
    }
)
"""What a person reads of the roles that may look at anything; of another, its code."""

SOCIAL_CARE = frozenset(("R1330", "R8014", "R9570", "R9605"))
"""Social workers: that one looked may tell of an enquiry."""

TREATING = frozenset(
    (
        "R0050",  # consultant
        "R0260",  # general practitioner
        "R0700",  # community nurse
        "R1070",  # paramedic
        "R1290",  # pharmacist
        "R8000",  # clinical practitioner
        "R8001",  # nurse
        "R8003",  # health professional
    )
)
"""Those who give care, from whom no allergy, medicine, alert or decision on CPR may be hidden."""
