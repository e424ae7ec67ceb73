"""Names of code and identifier systems: which are one system, and which name no fact.

A short literal table, because a guess here could make two things one. Everything that is not in it
is compared to the letter. Sources: the HL7 FHIR R4 specification ("Using Codes in Resources", its
table of external code systems with their OIDs); OIDs of the NHS as its GP2GP adaptors and the
Organisation Data Service publish them; RFC 9562 for UUIDs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from federation.records.base import Coding, Identifier

SNOMED_SYSTEM = "http://snomed.info/sct"
_LOINC = "http://loinc.org"
ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"

ALIASES: Mapping[str, str] = {
    # dm+d's codes are SNOMED CT codes of its United Kingdom drug extension.
    "https://dmd.nhs.uk": SNOMED_SYSTEM,
    "https://dmd.nhs.uk/": SNOMED_SYSTEM,
    "https://fhir.nhs.uk/Id/dmd": SNOMED_SYSTEM,
    "http://snomed.info/sct/": SNOMED_SYSTEM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_SYSTEM,
    "2.16.840.1.113883.6.96": SNOMED_SYSTEM,
    "urn:oid:2.16.840.1.113883.2.1.3.2.4.15": SNOMED_SYSTEM,
    "2.16.840.1.113883.2.1.3.2.4.15": SNOMED_SYSTEM,
    "http://loinc.org/": _LOINC,
    "urn:oid:2.16.840.1.113883.6.1": _LOINC,
    "2.16.840.1.113883.6.1": _LOINC,
    "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.48": ODS_SYSTEM,
    "2.16.840.1.113883.2.1.3.2.4.18.48": ODS_SYSTEM,
}
"""Other names under which a system is seen in the field."""
SNOMED_SYSTEMS = frozenset(
    (SNOMED_SYSTEM, *(name for name, one in ALIASES.items() if one == SNOMED_SYSTEM))
)

DEGRADED_CODES = frozenset(
    # Transfer-degraded medication, drug allergy and non-drug allergy: the meaning is in the words
    # alone.
    ("196421000000109", "196461000000101", "196471000000108")
)
_OF_NO_FACT = frozenset(
    # The person's number, an organisation or a member of staff: true of many facts at once.
    (
        "https://fhir.nhs.uk/Id/nhs-number",
        "urn:oid:2.16.840.1.113883.2.1.4.1",
        "2.16.840.1.113883.2.1.4.1",
        ODS_SYSTEM,
        "https://fhir.nhs.uk/Id/ods-site-code",
        "https://fhir.nhs.uk/Id/sds-user-id",
        "https://fhir.nhs.uk/Id/sds-role-profile-id",
        "https://fhir.hl7.org.uk/Id/gmc-number",
        "https://fhir.hl7.org.uk/Id/gmp-number",
        "https://fhir.hl7.org.uk/Id/nmc-number",
        "https://fhir.hl7.org.uk/Id/gphc-number",
    )
)
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
"""Source: HL7 v3 Confidentiality; unrestricted, low, moderate and normal rank below restricted."""
ORDINARY_LABELS = frozenset(f"{CONFIDENTIALITY}|{code}" for code in ("U", "L", "M", "N"))
"""Labels, as `system|code`, that ask for no more care than any record does."""
_SAYS_NOTHING = re.compile(
    # Blank, nil, a dash: what systems write where they have no number.
    r"[\W_0]*|n/?a|nil|none|null|unknown|not known",
    re.IGNORECASE,
)
_UUID_LENGTHS = (36, 45)
_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def same_system(system: str) -> str:
    """The one name of a system.

    >>> same_system("urn:oid:2.16.840.1.113883.6.1")
    'http://loinc.org'
    """
    return ALIASES.get(system, system)


def token(coding: Coding) -> str:
    """A code as `system|code`, under the one name of its system."""
    return f"{same_system(coding.system)}|{coding.code}"


def same_token(said: str) -> str:
    """A `system|code` as a client writes it, under the one name of its system."""
    system, bar, code = said.rpartition("|")
    return f"{same_system(system)}{bar}{code}"


def identities(
    identifiers: Iterable[Identifier], within: str = ""
) -> Sequence[tuple[str, str, str]]:
    """What two items must share one of to be named alike; none for what names no fact.

    A system, a value, and the caller's own: what of a named thing is meant. UUIDs are compared in
    any case and with or without their prefix, all else to the letter.
    """
    names = []
    for one in identifiers:  # asked of every item of a large record: a comprehension is a call more
        named = _named(one.system, one.value)
        if named is not None:
            names.append((named[0], named[1], within))
    return names


@lru_cache(maxsize=65_536)
def _named(system: str, value: str) -> tuple[str, str] | None:
    """System and value as they are compared; None for what names no fact."""
    naming = _naming_facts(system)
    if naming is None or _SAYS_NOTHING.fullmatch(value) is not None:
        return None
    if len(value) in _UUID_LENGTHS and (uuid := _UUID.fullmatch(value)):
        return naming, uuid[1].lower()
    return naming, value


@lru_cache(maxsize=1024)
def _naming_facts(system: str) -> str | None:
    system = same_system(system)
    return None if system in _OF_NO_FACT or not system.strip() else system
