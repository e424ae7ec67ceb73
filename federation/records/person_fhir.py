"""Reading the person from FHIR R4 `Patient` (UK Core and the tracing service's)."""

from __future__ import annotations

from federation.model import Organisation
from federation.nhs_number import NHS_NUMBER_SYSTEM, NhsNumber
from federation.records import fhir_elements, fhir_r4
from federation.records.fhir_r4 import References, Resource, UnreadableError, one_of, when
from federation.records.fhir_resources import Communication, FhirAddress, Patient
from federation.records.person import Address, Gender, HumanName, Person

RESTRICTED_LABELS = frozenset(("R", "V", "REDACTED"))
"""Confidentiality of a person whose whereabouts are protected, as the tracing service labels it."""
COMMUNICATION_URL = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication"
_OLD = frozenset(("old", "maiden"))
_NAMES = ("usual", "official", None)


def read_person(resource: Resource, references: References) -> Person:
    """The person; raises `UnreadableError` for one without an NHS number.

    Of somebody whose whereabouts are protected nothing is taken that could tell where they are.
    """
    found = resource.read(Patient)
    restricted = any(label.code in RESTRICTED_LABELS for label in found.meta.security)
    name, former = _names(found)
    spoken = _spoken(found.communication)
    return Person(
        nhs_number=_number(found),
        name=name,
        former_names=former,
        birth_date=when(found.birth_date),
        gender=one_of(Gender, found.gender, Gender.UNKNOWN) if found.gender else None,
        address=None if restricted else _address(found.address),
        phones=() if restricted else _phones(found),
        gp_practice=None if restricted else _practice(found, references.within(resource)),
        language=spoken.language.words() if spoken and spoken.language else None,
        interpreter_needed=_interpreter(found, spoken),
        deceased_at=when(found.deceased_date_time),
        deceased=found.deceased_boolean or found.deceased_date_time is not None,
        restricted=restricted,
        security_labels=fhir_r4.labels(found.meta),
    )


def _number(found: Patient) -> NhsNumber:
    numbers = [
        one.value
        for one in sorted(found.identifiers, key=lambda one: one.use == "old")
        if one.system == NHS_NUMBER_SYSTEM and one.value
    ]
    if not numbers:
        raise UnreadableError("a person without an NHS number")
    return NhsNumber(numbers[0])


def _names(found: Patient) -> tuple[HumanName | None, tuple[HumanName, ...]]:
    former = tuple(one for one in found.name if one.use in _OLD)
    current = [one for one in found.name if one.use not in _OLD and one.use != "nickname"]
    current.sort(key=lambda one: (_over(one.period), _rank(one.use)))
    nickname = next((one for one in found.name if one.use == "nickname"), None)
    preferred = nickname.words() if nickname else None
    return (
        _name(current[0], preferred) if current else None,
        tuple(name for one in (*former, *current[1:]) if (name := _name(one))),
    )


def _name(source: fhir_elements.HumanName, preferred: str | None = None) -> HumanName | None:
    text = source.words()
    if not text:
        return None
    return HumanName(
        text=text,
        family=source.family,
        given=source.given,
        prefix=" ".join(source.prefix) or None,
        preferred=preferred,
    )


def _rank(use: str | None) -> int:
    return _NAMES.index(use) if use in _NAMES else len(_NAMES)


def _over(period: fhir_elements.Period | None) -> bool:
    # Only a preference: sources leave an end on what their own `use` calls current.
    return period is not None and period.end is not None


def _address(addresses: tuple[FhirAddress, ...]) -> Address | None:
    current = [one for one in addresses if one.use != "old"]
    current.sort(key=lambda one: (_over(one.period), one.use != "home"))
    if not current:
        return None
    one = current[0]
    lines = tuple(filter(None, (*one.line, one.city, one.district)))
    text = one.text or ", ".join(filter(None, (*lines, one.postal_code)))
    return Address(text=text, lines=lines, postcode=one.postal_code) if text else None


def _phones(found: Patient) -> tuple[str, ...]:
    return tuple(
        point.value
        for point in found.telecom
        if point.system == "phone" and point.value and point.use != "old"
    )


def _practice(found: Patient, references: References) -> Organisation | None:
    practices = (fhir_r4.organisation(one, references) for one in found.general_practitioner)
    return next(filter(None, practices), None)


def _spoken(languages: tuple[Communication, ...]) -> Communication | None:
    preferred = (one for one in languages if one.preferred)
    return next(preferred, languages[0] if len(languages) == 1 else None)


def _interpreter(found: Patient, spoken: Communication | None) -> bool | None:
    places = (*(spoken.extension if spoken else ()), *found.extension)
    for one in places:
        nested = fhir_r4.extension(one.extension, "interpreterRequired")
        if one.url == COMMUNICATION_URL and nested is not None:
            return nested.value_boolean
    return None
