"""Labels as a source puts them on an item: those of HL7, version 3, and the demo's own.

HL7 has no code for assisted conception, for a former gender, for what is about somebody else, or
for what a source says of its own release; those are of a system of the demo network's own.
"""

from __future__ import annotations

from federation.records.base import SecurityLabel

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SENSITIVITY = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NETWORK = "urn:watling:sensitivity"
"""What the network agreed on where HL7 has no code (`federation/sharing/valuesets/labels.toml`)."""


def _sensitive(code: str, display: str) -> SecurityLabel:
    return SecurityLabel(system=_SENSITIVITY, code=code, display=f"{display} sensitivity")


def _agreed(code: str, display: str) -> SecurityLabel:
    return SecurityLabel(system=NETWORK, code=code, display=display)


RESTRICTED = SecurityLabel(system=_CONFIDENTIALITY, code="R", display="restricted")
SEXUAL_HEALTH = _sensitive("STD", "sexually transmitted disease information")
HIV = _sensitive("HIV", "HIV/AIDS information")
ABUSE = _sensitive("SDV", "sexual assault, abuse, or domestic violence information")
REPRODUCTION = _sensitive("SEX", "sexuality and reproductive health information")
PSYCHIATRY = _sensitive("PSY", "psychiatry disorder information")
PSYCHOTHERAPY = _sensitive("PSYTHPN", "psychotherapy note information")
SUBSTANCES = _sensitive("ETH", "substance abuse information")

FERTILITY = _agreed("FERTILITY", "assisted conception")
GENDER_HISTORY = _agreed("GENDER_HISTORY", "gender history")
THIRD_PARTY = _agreed("THIRD_PARTY", "about somebody else")
SAFEGUARDING = _agreed("SAFEGUARDING", "safeguarding")
STAFF_SAFETY = _agreed("STAFF_SAFETY", "for the safety of staff")
CONTRACEPTION = _agreed("CONTRACEPTION", "contraception")
EMERGENCY_PATH = _agreed("EMERGENCY_PATH", "its source lets an emergency open it")
CLINICALLY_NEEDED = _agreed(
    "CLINICALLY_NEEDED", "its source says that care of this person needs it"
)
UNRELEASED = _agreed("UNRELEASED", "not yet released to the person")
