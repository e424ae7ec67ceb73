"""Reading the person from FHIR R4 `Patient` (UK Core and the tracing service's)."""

from __future__ import annotations

from collections.abc import Iterable

from federation.model import Organisation
from federation.nhs_number import NHS_NUMBER_SYSTEM, NhsNumber
from federation.records.fhir import elements, r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, Extension
from federation.records.fhir.r4 import one_of, when
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.people import (
    Communication,
    FhirAddress,
    Patient,
    PersonExtension,
    PersonIdentifier,
    PreferredTimes,
)
from federation.records.fhir.words import phones
from federation.records.person import Address, Gender, HumanName, Person

RESTRICTED_LABELS = frozenset(("R", "V", "REDACTED"))
"""Confidentiality of a person whose whereabouts are protected, as the tracing service labels it."""
COMMUNICATION_URL = f"{UK_CORE_EXTENSION}NHSCommunication"
NUMBER_STATUS_URL = f"{UK_CORE_EXTENSION}NHSNumberVerificationStatus"
BIRTH_SEX_URL = f"{UK_CORE_EXTENSION}BirthSex"
ETHNICITY_URL = f"{UK_CORE_EXTENSION}EthnicCategory"
CONTACT_PREFERENCE_URL = f"{UK_CORE_EXTENSION}ContactPreference"
PHARMACY_URL = f"{UK_CORE_EXTENSION}NominatedPharmacy"
DEATH_URL = f"{UK_CORE_EXTENSION}DeathNotificationStatus"
_DAYS = {
    "mon": "Mondays",
    "tue": "Tuesdays",
    "wed": "Wednesdays",
    "thu": "Thursdays",
    "fri": "Fridays",
    "sat": "Saturdays",
    "sun": "Sundays",
}
_TIMES = {"MORN": "morning", "AFT": "afternoon", "EVE": "evening", "NIGHT": "night"}
_OLD = frozenset(("old", "maiden"))
_NAMES = ("usual", "official", None)


def read_person(resource: Resource, references: References) -> Person:
    """The person; raises `UnreadableError` for one without an NHS number.

    Of somebody whose whereabouts are protected nothing is taken that could tell where they are.
    """
    found = resource.read(Patient, without=("contact", "link"))
    inside = references.within(resource)
    restricted = is_restricted(found)
    name, former = _names(found)
    number = _number(found)
    spoken = _spoken(found.communication)
    return Person(
        nhs_number=NhsNumber(number.value or ""),
        number_status=_coded(number.extension, NUMBER_STATUS_URL),
        name=name,
        former_names=former,
        birth_date=when(found.birth_date),
        gender=one_of(Gender, found.gender, Gender.UNKNOWN) if found.gender else None,
        address=None if restricted else _address(found.address),
        phones=() if restricted else phones(found.telecom),
        gp_practice=None if restricted else _practice(found, inside),
        nominated_pharmacy=None if restricted else _pharmacy(found, inside),
        birth_sex=_coded(found.extension, BIRTH_SEX_URL),
        ethnicity=_coded(found.extension, ETHNICITY_URL),
        contact_preference=_preference(found.extension),
        language=_language(found, spoken),
        interpreter_needed=_interpreter(found, spoken),
        death_notification=_part(found.extension, DEATH_URL, "deathNotificationStatus"),
        deceased_at=when(found.deceased_date_time),
        deceased=found.deceased_boolean or found.deceased_date_time is not None,
        restricted=restricted,
        security_labels=r4.labels(found.meta),
    )


def is_restricted(found: Patient) -> bool:
    """Whether the person's whereabouts are protected."""
    return any(label.code in RESTRICTED_LABELS for label in found.meta.security)


def _number(found: Patient) -> PersonIdentifier:
    numbers = [
        one
        for one in sorted(found.identifier, key=lambda one: one.use == "old")
        if one.system == NHS_NUMBER_SYSTEM and one.value
    ]
    if not numbers:
        raise UnreadableError("a person without an NHS number")
    return numbers[0]


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


def _name(source: elements.HumanName, preferred: str | None = None) -> HumanName | None:
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


def _over(period: elements.Period | None) -> bool:
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


def _practice(found: Patient, references: References) -> Organisation | None:
    practices = (r4.organisation(one, references) for one in found.general_practitioner)
    return next(filter(None, practices), None)


def _pharmacy(found: Patient, references: References) -> Organisation | None:
    said = r4.extension(found.extension, PHARMACY_URL)
    return r4.organisation(said.value_reference if said else None, references)


def _coded(among: Iterable[Extension], url: str) -> str | None:
    said = r4.extension(among, url)
    concept = said.value_codeable_concept if said else None
    return concept.words() if concept else None


def _part(among: Iterable[Extension], url: str, part: str) -> str | None:
    whole = r4.extension(among, url)
    return _coded(whole.extension, part) if whole else None


def _preference(among: Iterable[PersonExtension]) -> str | None:
    """How, when and in what form somebody wants to be contacted, in one line."""
    whole = next((one for one in among if one.url == CONTACT_PREFERENCE_URL), None)
    if whole is None:
        return None
    times = next((one for one in whole.extension if one.url == "PreferredContactTimes"), None)
    said = (
        _coded(whole.extension, "PreferredContactMethod"),
        times.value_string or _times(times.value_timing) if times else None,
        _coded(whole.extension, "PreferredWrittenCommunicationFormat"),
    )
    return "; ".join(filter(None, said)) or None


def _times(said: PreferredTimes | None) -> str | None:
    if said is None:
        return None
    if said.code and (words := said.code.words()):
        return words
    repeat = said.repeat
    days = (_DAYS.get(day, day) for day in repeat.day_of_week)
    times = (*(_TIMES.get(code, code) for code in repeat.when), *repeat.time_of_day)
    return ", ".join((*days, *times)) or None


def _language(found: Patient, spoken: Communication | None) -> str | None:
    if spoken and spoken.language:
        return _tongue(spoken.language)
    said = _part(found.extension, COMMUNICATION_URL, "language")
    # Of several languages none of which is preferred, all are told: which to use is theirs to say.
    tongues = (_tongue(one.language) for one in found.communication if one.language)
    return said or ", ".join(filter(None, tongues)) or None


def _tongue(language: elements.CodeableConcept) -> str | None:
    displays = (coding.display for coding in language.coding)
    # One language may be named by two systems that say different things of it.
    named = language.text or ", ".join(dict.fromkeys(filter(None, displays)))
    return named or language.code()


def _spoken(languages: tuple[Communication, ...]) -> Communication | None:
    preferred = (one for one in languages if one.preferred)
    return next(preferred, languages[0] if len(languages) == 1 else None)


def _interpreter(found: Patient, spoken: Communication | None) -> bool | None:
    places = (*(spoken.extension if spoken else ()), *found.extension)
    for one in places:
        nested = r4.extension(one.extension, "interpreterRequired")
        if one.url == COMMUNICATION_URL and nested is not None:
            return nested.value_boolean
    return None
