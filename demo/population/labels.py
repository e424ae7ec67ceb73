"""Confidentiality labels as a source puts them on an item: those of HL7, version 3."""

from __future__ import annotations

from federation.records.base import SecurityLabel

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SENSITIVITY = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

RESTRICTED = SecurityLabel(system=_CONFIDENTIALITY, code="R", display="restricted")
SEXUAL_HEALTH = SecurityLabel(
    system=_SENSITIVITY, code="STD", display="sexually transmitted disease information sensitivity"
)
HIV = SecurityLabel(system=_SENSITIVITY, code="HIV", display="HIV/AIDS information sensitivity")
ABUSE = SecurityLabel(
    system=_SENSITIVITY,
    code="SDV",
    display="sexual assault, abuse, or domestic violence information sensitivity",
)
