"""Closed sets that only the schema knows yet: why access is forced, and what an objection does."""

from __future__ import annotations

from enum import StrEnum


class EmergencyReason(StrEnum):
    """Why emergency access is needed."""

    LACKS_CAPACITY = "LACKS_CAPACITY"
    RISK_TO_LIFE = "RISK_TO_LIFE"
    PATIENT_AGREES = "PATIENT_AGREES"
    SAFEGUARDING = "SAFEGUARDING"


class ObjectionEffect(StrEnum):
    """Whether an objection is made or taken back."""

    OBJECT = "OBJECT"
    WITHDRAW = "WITHDRAW"
