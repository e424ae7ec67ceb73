"""What somebody is to a person, from the concepts of a FHIR R4 relationship.

One list says everything: daughter, next of kin, carer, attorney. What has a field of its own is
taken out of the words; only codes and exact words count, nothing is guessed from part of a phrase.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.records.fhir.elements import CodeableConcept

HL7 = "http://terminology.hl7.org/CodeSystem"
_CODES = {
    (f"{HL7}/v2-0131", "N"): "next_of_kin",
    (f"{HL7}/v3-RoleClass", "NOK"): "next_of_kin",
    (f"{HL7}/v2-0131", "C"): "emergency",
    (f"{HL7}/v3-RoleClass", "ECON"): "emergency",
    (f"{HL7}/v3-RoleClass", "CAREGIVER"): "carer",
    **{
        (f"{HL7}/v3-RoleCode", code): "lasting_power_of_attorney"
        for code in ("POWATT", "DPOWATT", "HPOWATT", "SPOWATT")
    },
}
_WORDS = {
    "next of kin": "next_of_kin",
    "next-of-kin": "next_of_kin",
    "emergency contact": "emergency",
    "carer": "carer",
    "main carer": "carer",
    "informal carer": "carer",
    "unpaid carer": "carer",
    "lasting power of attorney": "lasting_power_of_attorney",
}


def relationships(concepts: Iterable[CodeableConcept]) -> dict[str, Any]:
    """The fields of a contact that a relationship fills; `relationship` is there always.

    Where nothing but such fields is said, their own words are the relationship.
    """
    fields: dict[str, Any] = {}
    words: list[str] = []
    spare: list[str] = []
    for concept in concepts:
        said = concept.words()
        field = _field(concept, said)
        if field is None:
            words.extend(filter(None, (said,)))
            continue
        spare.extend(filter(None, (said,)))
        fields[field] = said if field == "lasting_power_of_attorney" else True
    return fields | {"relationship": ", ".join(dict.fromkeys(words or spare)) or None}


def _field(concept: CodeableConcept, words: str | None) -> str | None:
    codes = (_CODES.get((one.system or "", one.code or "")) for one in concept.coding)
    return next(filter(None, codes), None) or _WORDS.get((words or "").strip().lower())
