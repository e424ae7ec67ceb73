"""Roles as the rules know them: which of them give care.

National role codes. Source: UK Core SDSJobRoleName, as the record model lists them. Which of them
may see what is for agreements and rules; here stands only what a "treating clinician" is.
"""

from __future__ import annotations

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
