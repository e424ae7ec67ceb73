"""What sort of organisation a FHIR server says that one is: `Organization.type`.

Read are the roles of the Organisation Data Service that stand for one sort alone, as its role list
publishes them (https://directory.spineservices.nhs.uk/ORD/2-0-0/roles), and the words that the
network's own rules use, where a server writes just those. An NHS trust may be a hospital, a
community service or an ambulance service, so that its role tells no sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from federation.records.fhir.elements import CodeableConcept

ROLE_SYSTEM = "https://fhir.nhs.uk/CodeSystem/organisation-role"
_ROLE_SYSTEMS = frozenset(
    (
        ROLE_SYSTEM,
        "https://directory.spineservices.nhs.uk/STU3/CodeSystem/ODSAPI-OrganizationRole-1",
    )
)
KINDS: Mapping[str, str] = {
    "76": "gp",  # GP PRACTICE
    "141": "local-authority",  # LOCAL AUTHORITY
    "182": "pharmacy",  # PHARMACY
    "280": "pharmacy",  # PHARMACY SITE
    "269": "care-home",  # CARE HOME
    "270": "home-care",  # DOMICILIARY CARE
}
"""The sort of organisation by the number of its role, which is written with or without `RO`."""
_WORDS = frozenset((*KINDS.values(), "acute", "ambulance", "community"))


def kind_of(types: Iterable[CodeableConcept]) -> str | None:
    """The one sort that they tell; None where they tell none, or contradict each other."""
    kinds = {kind for one in types for kind in _told(one)}
    return kinds.pop() if len(kinds) == 1 else None


def _told(concept: CodeableConcept) -> Iterator[str]:
    for coding in concept.coding:
        if coding.system in _ROLE_SYSTEMS and coding.code:
            kind = KINDS.get(coding.code.removeprefix("RO"))
            if kind:
                yield kind
    word = (concept.text or "").strip().casefold()
    if word in _WORDS:
        yield word
