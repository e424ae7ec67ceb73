"""Versioned tables of what is sensitive: codes, services and words, one class of things a file.

Each is a TOML file beside this one with its version and sources, so that a clinician can read it
and a change is reviewed as text; `labels.toml` says what the labels of a source mean. A code stands
here only if a public source confirms it; where none does, there are words alone. What a class means
for who may see a thing is for the rules (`policies/`). Read once, when they are imported.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

from msgspec import Struct, convert

from federation.model import Category
from federation.records.systems import SNOMED_SYSTEM
from federation.sharing.sensitivity import Sensitivity

ICD10_SYSTEMS = (
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-10-uk",
    "http://hl7.org/fhir/sid/icd-10-cm",
)
"""ICD-10 and its national editions share the stems of their codes."""
FUNCTION_SYSTEMS = (
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCode",
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCodeEngland",
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCodeWales",
)
"""Treatment functions and main specialties, as UK Core writes them."""


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """A code, and what it means."""

    code: str
    name: str


class ValueSet(Struct, frozen=True, forbid_unknown_fields=True, rename={"sensitivity": "class"}):
    """What tells that a thing is of one class.

    `codes` and `services` are SNOMED CT, `functions` treatment functions, `icd10` stems: what
    begins with one is of the class. `terms` are words as they stand in free text, in lower case;
    a plural is found too. `only_in`: services and words count in these categories alone.
    `never_of`: a thing with one of these codes is not of the class, whatever else it says.
    """

    version: str
    source: str
    sensitivity: Sensitivity
    terms: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    services: tuple[Code, ...] = ()
    functions: tuple[Code, ...] = ()
    icd10: tuple[Code, ...] = ()
    only_in: tuple[Category, ...] = ()
    never_of: tuple[str, ...] = ()


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """A label of one system, and the class that it stands for."""

    system: str
    code: str
    name: str
    says: str


class Labels(Struct, frozen=True, forbid_unknown_fields=True):
    """The labels that are known here. Any other that is not ordinary is a class of its own."""

    version: str
    source: str
    labels: tuple[Label, ...]


def load_value_sets() -> dict[str, ValueSet]:
    """Every table but the labels', by the name of its file, in a fixed order."""
    return {
        name: convert(_read(name), ValueSet)
        for name in (f"{one.value.lower()}.toml" for one in Sensitivity)
        if (files(__name__) / name).is_file()
    }


def load_labels() -> Labels:
    """The table in `labels.toml`."""
    return convert(_read("labels.toml"), Labels)


def systems_of(kind: str) -> tuple[str, ...]:
    """The systems that a column of a value set speaks of."""
    return {"functions": FUNCTION_SYSTEMS, "icd10": ICD10_SYSTEMS}.get(kind, (SNOMED_SYSTEM,))


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))
