"""The two codes by which a decision on resuscitation is known; no words ever make one."""

from __future__ import annotations

from federation.records.care_plans import CprKind

CPR_CODES = {
    # SNOMED CT: for attempted, not for attempted cardiopulmonary resuscitation.
    "450475007": CprKind.ATTEMPT_CPR,
    "450476008": CprKind.DO_NOT_ATTEMPT_CPR,
}
TWO_DECISIONS = "two decisions on resuscitation in one plan"
"""Choosing one of them would be a clinical decision."""
