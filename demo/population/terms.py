"""Concepts of the demo: coded where a public source confirms code and meaning, else in words.

Codes come from the UK Core and Synthea examples, NHS England's Immunisation FHIR API
(github.com/NHSDigital/immunisation-fhir-api), the clinical code sets of the Greater Manchester
care record (github.com/rw251/gm-idcr), and where each module says so from another named source.
"""

from __future__ import annotations

from msgspec.structs import replace

from federation.records.base import Coding, Concept

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
DMD = "https://dmd.nhs.uk"


def snomed(code: str, display: str) -> Concept:
    """A concept of SNOMED CT."""
    return Concept(display=display, codings=(Coding(system=SNOMED, code=code, display=display),))


def called(words: str, code: str, display: str) -> Concept:
    """A concept of SNOMED CT that is written down in other words than the code's own."""
    return replace(snomed(code, display), original_text=words)


def spoken(words: str) -> Concept:
    """A concept in words alone: no code for it was confirmed."""
    return Concept(display=words, original_text=words)
