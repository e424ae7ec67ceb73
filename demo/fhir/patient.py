"""Who somebody is, as Patient: shared by the FHIR nodes and the tracing stand-in."""

from __future__ import annotations

from demo.fhir.elements import HL7, UK_CORE, Resource, coded, house, trimmed
from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records.person import Address, HumanName, Person

VERIFICATION_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
LANGUAGE_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-HumanLanguage"
_LANGUAGES = {
    "Polish": "pl",
    "Romanian": "ro",
    "Urdu": "ur",
    "Bengali": "bn",
    "Gujarati": "gu",
    "Punjabi": "pa",
    "Arabic": "ar",
    "Portuguese": "pt",
}


def patient_resource(person: Person, key: str) -> Resource:
    """A node's Patient."""
    return trimmed(
        resourceType="Patient",
        id=key,
        meta={"security": [confidentiality(person)]} if person.restricted else None,
        extension=extensions(person),
        communication=_spoken(person),
        identifier=[number_identifier(person)],
        active=True,
        name=_names(person),
        telecom=phones(person),
        gender=person.gender.lower() if person.gender else None,
        birthDate=person.birth_date,
        **deceased(person),
        address=[address(person.address)] if person.address else None,
        generalPractitioner=[house(person.gp_practice)] if person.gp_practice else None,
    )


def extensions(person: Person) -> list[Resource]:
    """What UK Core says more of a person."""
    said = (
        communication(person) if person.language else None,
        _coded_extension("BirthSex", person.birth_sex),
        _coded_extension("EthnicCategory", person.ethnicity),
        _nested("ContactPreference", "PreferredContactMethod", person.contact_preference),
        _nested("DeathNotificationStatus", "deathNotificationStatus", person.death_notification),
        _pharmacy(person),
    )
    return [one for one in said if one]


def _coded_extension(name: str, text: str | None) -> Resource | None:
    url = f"{UK_CORE}/Extension-UKCore-{name}"
    return {"url": url, "valueCodeableConcept": {"text": text}} if text else None


def _nested(name: str, part: str, text: str | None) -> Resource | None:
    if not text:
        return None
    inside = {"url": part, "valueCodeableConcept": {"text": text}}
    return {"url": f"{UK_CORE}/Extension-UKCore-{name}", "extension": [inside]}


def _pharmacy(person: Person) -> Resource | None:
    pharmacy = house(person.nominated_pharmacy)
    url = f"{UK_CORE}/Extension-UKCore-NominatedPharmacy"
    return {"url": url, "valueReference": pharmacy} if pharmacy else None


def number_identifier(person: Person) -> Resource:
    """The NHS number, verified."""
    status = coded(VERIFICATION_SYSTEM, "01", "Number present and verified")
    status["coding"][0]["version"] = "1.0.0"
    return {
        "system": NHS_NUMBER_SYSTEM,
        "value": person.nhs_number,
        "extension": [
            {
                "url": f"{UK_CORE}/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": status,
            }
        ],
    }


def confidentiality(person: Person) -> Resource:
    """Whether whereabouts are protected."""
    code, display = ("R", "restricted") if person.restricted else ("U", "unrestricted")
    return {"system": f"{HL7}/v3-Confidentiality", "code": code, "display": display}


def communication(person: Person) -> Resource:
    """Language and interpreter, as UK Core's extension."""
    language = person.language or ""
    return {
        "url": f"{UK_CORE}/Extension-UKCore-NHSCommunication",
        "extension": [
            {
                "url": "language",
                "valueCodeableConcept": coded(
                    LANGUAGE_SYSTEM, _LANGUAGES.get(language, "und"), language
                ),
            },
            {"url": "interpreterRequired", "valueBoolean": bool(person.interpreter_needed)},
        ],
    }


def _spoken(person: Person) -> list[Resource]:
    language = person.language
    if not language:
        return []
    code = _LANGUAGES.get(language, "und")
    return [{"language": coded("urn:ietf:bcp:47", code, language), "preferred": True}]


def name(written: HumanName, use: str) -> Resource:
    """A name in its parts."""
    return trimmed(
        use=use,
        given=list(written.given),
        family=written.family,
        prefix=[written.prefix] if written.prefix else None,
    )


def phones(person: Person) -> list[Resource]:
    """Telephone numbers."""
    return [{"system": "phone", "value": phone, "use": "mobile"} for phone in person.phones]


def address(place: Address) -> Resource:
    """A postal address."""
    return trimmed(use="home", line=list(place.lines), postalCode=place.postcode)


def deceased(person: Person) -> Resource:
    """Death, where it is known."""
    if person.deceased_at:
        return {"deceasedDateTime": person.deceased_at}
    return {"deceasedBoolean": True} if person.deceased else {}


def _names(person: Person) -> list[Resource]:
    current = [name(person.name, "official")] if person.name else []
    return current + [name(former, "old") for former in person.former_names]
