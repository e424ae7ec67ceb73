"""Codes in words: how the sheet's English names roles, kinds of organisation, categories and days.

Only for people to read; no rule is decided by a word of this file. What has no word here is shown
as its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from federation.flow import Disclosure
from federation.model import Category, Device, Purpose, RequesterKind
from federation.sharing.obligations import MESSAGES, ObligationCode

ROLES = {
    "R0050": "consultant",
    "R0260": "general practitioner",
    "R0700": "community nurse",
    "R1070": "paramedic",
    "R1290": "pharmacist",
    "R1330": "social worker",
    "R8000": "clinical practitioner",
    "R8001": "nurse",
    "R8003": "health professional",
    "R8009": "receptionist",
    "R8014": "social worker, by access role",
    "R8015": "systems support",
    "R9570": "senior social worker, adults",
    "R9605": "emergency duty social worker",
}
"""Source: UK Core SDSJobRoleName."""
_KINDS = {
    RequesterKind.PROFESSIONAL: "professionals",
    RequesterKind.CITIZEN: "the person themselves",
    RequesterKind.PROXY: "those who act for the person",
    RequesterKind.OPERATOR: "operators of the gateway",
}
_ORGANISATIONS = {
    "gp": "general practices",
    "acute": "acute hospitals",
    "ambulance": "ambulance services",
    "community": "community services",
    "care-home": "care homes",
    "pharmacy": "pharmacies",
    "local-authority": "local authorities",
    "hospice": "hospices",
    "prison": "prisons",
    "mental-health": "mental-health services",
}
_PURPOSES = {
    Purpose.DIRECT_CARE: "direct care",
    Purpose.EMERGENCY: "emergencies",
    Purpose.PATIENT_REQUEST: "the person's own request",
}
_DEVICES = {
    Device.MANAGED: "a managed device",
    Device.MOBILE: "a mobile device",
    Device.SHARED: "a shared device",
    Device.UNKNOWN: "a device that nobody knows",
}
ASSURANCE = {1: "low", 2: "medium", 3: "high"}
DISCLOSURES = {
    Disclosure.WITHHOLD_NOTICE: "Nothing beside the general notice says that anything is withheld",
    Disclosure.WITHHOLD_SOURCE: "The source's row says that it withholds, and whom to ring",
    Disclosure.HIDE: "Nothing may tell that there is anything at all",
}


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def roles(codes: Sequence[str]) -> str:
    """`consultant (R0050) or nurse (R8001)`."""
    return listed((f"{ROLES[one]} ({one})" if one in ROLES else one for one in codes), "or")


def kinds(some: Sequence[RequesterKind]) -> str:
    """`the person themselves and those who act for the person`."""
    return listed(_KINDS[one] for one in some)


def organisation_kinds(some: Sequence[str]) -> str:
    """`care homes and pharmacies`."""
    return listed(_ORGANISATIONS.get(one, f"organisations of the kind {one}") for one in some)


def category(one: Category) -> str:
    """`care plans`."""
    return one.lower().replace("_", " ")


def categories(some: Sequence[Category]) -> str:
    """`allergies, medications and care plans`."""
    if set(some) == set(Category):
        return "everything"
    return listed(category(one) for one in some)


def classes(some: Sequence[str]) -> str:
    """`sexual health or HIV`: what is recorded in short capitals stays so."""
    return listed((_spelt(one) for one in some), "or")


def _spelt(name: str) -> str:
    return name if name in {"HIV", "CPR"} else name.lower().replace("_", " ")


def purposes(some: Sequence[Purpose]) -> str:
    """`direct care and emergencies`."""
    return listed(_PURPOSES[one] for one in some)


def devices(some: Sequence[Device]) -> str:
    """`a mobile device or a shared device`."""
    return listed((_DEVICES[one] for one in some), "or")


def relationships(some: Sequence[str]) -> str:
    """`registered, referral or admission`."""
    return listed((one.lower().replace("_", " ") for one in some), "or")


def obligations(some: Sequence[ObligationCode]) -> str:
    """What is asked, in the words that clients show."""
    return listed(MESSAGES[one] for one in some)


def day(one: date) -> str:
    """`1 April 2026`."""
    return f"{one.day} {one:%B %Y}"
