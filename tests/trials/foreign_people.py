"""The people of a region whose FHIR server others wrote: public data, numbered as test people.

The data is Synthea's and UK Core's (`tests/real_data.py`). What it lacks and a region has to bring
is added in the same form: a number of the 999 range, a label, an assertion about allergies. What
check (m) found in it is mended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import count, islice
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from demo.files import toml_of
from federation.model import Category
from federation.nhs_number import check_digit
from federation.records.person import Person
from tests.real_data import TYPES, Json, files, loaded, numbered

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
NONE_KNOWN = "716186003"
_LABELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SYNTHEA = {
    "plain": "p01-plain",
    "no-known-allergies": "p07-plain",
    "no-allergies-recorded": "p10-plain",
    "superseded": "p14-plain",
    "deceased": "p20-sensitive",
    "restricted": "p03-sensitive",
}
_OBSERVATIONS = 15
"""So many of one person's: the server looks at each anew in every search, for milliseconds."""
_ECHOCARDIOGRAM = "34552-0"
"""A LOINC code, which Synthea files under SNOMED CT."""


def number(place: int) -> str:
    """The test number of this place."""
    issued = (f"{nine}{digit}" for nine in count(999000900) if (digit := check_digit(f"{nine}")))
    return next(islice(issued, place, None))


class TestPeople:
    """Everybody of the test endpoint: what the server holds, and what is expected of it."""

    __test__ = False  # no test of pytest's

    def __init__(self) -> None:
        self.numbers = {label: number(place) for place, label in enumerate(_SYNTHEA)}
        self.held = {label: synthea(name, self.numbers[label]) for label, name in _SYNTHEA.items()}
        for label in self.held:
            keep = _OBSERVATIONS if label == "plain" else 0
            self.held[label] = [*_fewer(self.held[label], keep)]
        self.held["no-known-allergies"].append(self._no_known_allergies())
        self.held["no-allergies-recorded"].append(self._list())
        _protect(self.held["restricted"])
        _refile(self.held["deceased"])
        self.numbers["uk-core"] = number(20)
        self.held["uk-core"] = _richard_smith(self.numbers["uk-core"])

    @property
    def resources(self) -> list[Json]:
        """What the server holds."""
        return [one for held in self.held.values() for one in held]

    @property
    def expectations(self) -> str:
        """The expectations file."""
        return toml_of({"person": [*self._known(), *self._special()]})

    def _known(self) -> Iterator[Mapping[str, Any]]:
        counts = Counter(TYPES.get(one["resourceType"]) for one in self.held["plain"])
        whole = (Category.PROBLEMS, Category.IMMUNISATIONS, Category.ENCOUNTERS)
        problem = next(one for one in self.held["plain"] if one["resourceType"] == "Condition")
        yield self._person("plain") | {
            "counts": {one.value: counts[one] for one in whole},
            "dates": [problem["onsetDateTime"]],
            "codes": [
                {
                    "category": "PROBLEMS",
                    "system": SNOMED,
                    "code": problem["code"]["coding"][0]["code"],
                    "text": problem["code"]["text"],
                }
            ],
            "excluded": ["86406008", "fertility treatment"],
        }
        yield self._person("no-known-allergies") | {
            "allergies": "NONE_KNOWN",
            "empty": ["CARE_PLANS"],
        }
        yield self._person("no-allergies-recorded") | {"allergies": "NO_CONTENT_RECORDED"}
        yield self._person("uk-core")

    def _special(self) -> Iterator[Mapping[str, Any]]:
        yield self._person("superseded", "superseded") | {
            "nhs_number": number(30),
            "current_number": self.numbers["superseded"],
        }
        yield self._person("deceased", "deceased")
        yield self._person("restricted", "restricted") | {"labels": {"PROBLEMS": ["R"]}}
        for place, situation in enumerate(("unknown", "invalidated")):
            yield {"label": situation, "nhs_number": number(31 + place), "situation": situation}

    def _person(self, label: str, situation: str = "known") -> dict[str, Any]:
        patient = patient_of(self.held[label])
        return {
            "label": label,
            "nhs_number": self.numbers[label],
            "situation": situation,
            "family_name": patient["name"][0]["family"],
            "birth_date": patient["birthDate"],
            "gender": patient["gender"].upper(),
        }

    def _no_known_allergies(self) -> Json:
        """UK Core's example of an allergy that is known not to be there, about all allergies."""
        (example,) = loaded(*files("ukcore/*NegHandlNoKnownAllergies*.json"))
        coding = {"system": SNOMED, "code": NONE_KNOWN, "display": "No known allergy"}
        return _about(example, self.held["no-known-allergies"]) | {"code": {"coding": [coding]}}

    def _list(self) -> Json:
        """UK Core's example of a list that says that nothing is recorded."""
        (example,) = loaded(*files("ukcore/*List-Sn-NoAllergyData*.json"))
        return _about(example, self.held["no-allergies-recorded"])


def synthea(name: str, given: str) -> list[Json]:
    """A Synthea person under this number, in ids of their own."""
    (file,) = files(f"synthea/{name}*.json.gz")
    return numbered(loaded(file), given)


def _richard_smith(given: str) -> list[Json]:
    """UK Core's examples, but for the other people among them."""
    examples = numbered(loaded(*files("ukcore/*.json")), given)
    others = [
        one for one in examples if one["resourceType"] == "Patient" and given not in json.dumps(one)
    ]
    return [one for one in examples if one not in others]


def patient_of(resources: Sequence[Json]) -> Json:
    """Whom they are about."""
    return next(one for one in resources if one["resourceType"] == "Patient")


def _about(example: Json, resources: Sequence[Json]) -> Json:
    """The example about somebody else, as a resource of its own."""
    subject = "patient" if "patient" in example else "subject"
    person = patient_of(resources)["id"]
    own = str(uuid5(NAMESPACE_URL, f"{person}/{example['id']}"))
    return deepcopy(example) | {"id": own, subject: {"reference": f"Patient/{person}"}}


def _fewer(resources: Sequence[Json], keep: int) -> Iterator[Json]:
    """The same with so many observations, and without reports, which would miss the others."""
    observations = [one for one in resources if one["resourceType"] == "Observation"]
    for one in resources:
        if one["resourceType"] != "DiagnosticReport" and one not in observations[keep:]:
            yield one


def at_home(person: Person, given: str) -> list[Json]:
    """What the region holds of somebody whom others know too: Synthea's person, and two examples.

    Everything about them is as it was, but for who they are.
    """
    held = synthea("p05-allergy", given)
    patient_of(held).update(
        name=[{"family": person.name.family, "given": list(person.name.given)}],
        birthDate=str(person.birth_date),
        gender=person.gender.lower(),
    )
    examples = loaded(*files("ukcore/*AllergyIntolerance-Amoxicillin*", "ukcore/*Flag-Food*"))
    return [*held, *(_about(one, held) for one in examples)]


def _refile(resources: Sequence[Json]) -> None:
    for one in resources:
        for coding in one.get("code", {}).get("coding", ()):
            if coding["code"] == _ECHOCARDIOGRAM:
                coding["system"] = LOINC


def _protect(resources: Sequence[Json]) -> None:
    """Mark somebody as protected, and what is sensitive with the label for it."""
    label = {"security": [{"system": _LABELS, "code": "R"}]}
    for one in resources:
        if one["resourceType"] in {"Patient", "Condition"}:
            one["meta"] = one.get("meta", {}) | label
    for name in ("address", "telecom", "contact"):
        patient_of(resources).pop(name, None)
