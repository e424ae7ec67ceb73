"""What can be searched, by patient or by id, as two literal tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from demo.directory import Medicine
from demo.fhir.about_me import about_me
from demo.fhir.allergy import allergy_intolerances, allergy_lists
from demo.fhir.appointment import appointments
from demo.fhir.care_plan import care_plans
from demo.fhir.condition import conditions
from demo.fhir.contact import care_teams, related_people
from demo.fhir.document import documents
from demo.fhir.elements import Resource
from demo.fhir.encounter import encounters, episodes
from demo.fhir.flag import flags
from demo.fhir.immunization import immunizations
from demo.fhir.medication import administrations, dispenses, medication, requests, statements
from demo.fhir.observation import observations
from demo.fhir.procedure import procedures
from demo.fhir.referral import referrals
from demo.fhir.report import reports, result_observations
from demo.fhir.social_care import social_care
from demo.fhir.staff import organization, practitioner
from demo.store import NodeStore, StoredPart
from federation.model import Category, Organisation, Practitioner


class Searchable(Struct, frozen=True, kw_only=True):
    """A resource type that is searched by patient.

    `includes` are the values of `_include` that are understood, with the element that each follows.
    """

    type: str
    category: Category
    resources: Callable[[StoredPart, str], list[Resource]]
    date: tuple[str, ...]
    includes: Mapping[str, str]


class Offered(Struct, frozen=True, kw_only=True):
    """A resource type as one node offers it, of every category that is written as this type.

    `narrowing` are the parameters that select by a code of the element of their name.
    """

    kinds: tuple[Searchable, ...]
    narrowing: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The resource type."""
        return self.kinds[0].type

    @property
    def date(self) -> tuple[str, ...]:
        """The elements that date one."""
        return self.kinds[0].date

    @property
    def includes(self) -> Mapping[str, str]:
        """What may be sent along, of whichever category."""
        return {name: element for kind in self.kinds for name, element in kind.includes.items()}


SEARCHABLE = (
    Searchable(
        type="AllergyIntolerance",
        category=Category.ALLERGIES,
        resources=allergy_intolerances,
        date=("recordedDate",),
        includes={"AllergyIntolerance:recorder": "recorder"},
    ),
    Searchable(
        type="List",
        category=Category.ALLERGIES,
        resources=allergy_lists,
        date=("date",),
        includes={},
    ),
    Searchable(
        type="Condition",
        category=Category.PROBLEMS,
        resources=conditions,
        date=("recordedDate",),
        includes={},
    ),
    Searchable(
        type="Flag",
        category=Category.ALERTS,
        resources=flags,
        date=("date",),
        includes={"Flag:author": "author"},
    ),
    Searchable(
        type="Procedure",
        category=Category.PROCEDURES,
        resources=procedures,
        date=("performedDateTime",),
        includes={},
    ),
    Searchable(
        type="Immunization",
        category=Category.IMMUNISATIONS,
        resources=immunizations,
        date=("occurrenceDateTime",),
        includes={},
    ),
    Searchable(
        type="MedicationStatement",
        category=Category.MEDICATIONS,
        resources=statements,
        date=("dateAsserted",),
        includes={
            "MedicationStatement:medication": "medicationReference",
            "MedicationStatement:source": "informationSource",
        },
    ),
    Searchable(
        type="MedicationRequest",
        category=Category.MEDICATIONS,
        resources=requests,
        date=("authoredOn",),
        includes={
            "MedicationRequest:medication": "medicationReference",
            "MedicationRequest:requester": "requester",
        },
    ),
    Searchable(
        type="MedicationDispense",
        category=Category.MEDICATIONS,
        resources=dispenses,
        date=("whenHandedOver",),
        includes={"MedicationDispense:medication": "medicationReference"},
    ),
    Searchable(
        type="MedicationAdministration",
        category=Category.MEDICATIONS,
        resources=administrations,
        date=("effectiveDateTime",),
        includes={"MedicationAdministration:medication": "medicationReference"},
    ),
    Searchable(
        type="Observation",
        category=Category.OBSERVATIONS,
        resources=observations,
        date=("effectiveDateTime",),
        includes={"Observation:performer": "performer"},
    ),
    Searchable(
        type="Observation",
        category=Category.RESULTS,
        resources=result_observations,
        date=("effectiveDateTime",),
        includes={"Observation:performer": "performer"},
    ),
    Searchable(
        type="DiagnosticReport",
        category=Category.RESULTS,
        resources=reports,
        date=("effectiveDateTime", "issued"),
        includes={"DiagnosticReport:performer": "performer"},
    ),
    Searchable(
        type="Encounter",
        category=Category.ENCOUNTERS,
        resources=encounters,
        date=(),
        includes={},
    ),
    Searchable(
        type="EpisodeOfCare",
        category=Category.ENCOUNTERS,
        resources=episodes,
        date=(),
        includes={},
    ),
    Searchable(
        type="DocumentReference",
        category=Category.DOCUMENTS,
        resources=documents,
        date=("date",),
        includes={"DocumentReference:custodian": "custodian"},
    ),
    # R4 has no search parameter for who signed a decision: they are looked up by id.
    Searchable(
        type="CarePlan",
        category=Category.CARE_PLANS,
        resources=care_plans,
        date=("created",),
        includes={"CarePlan:goal": "goal"},
    ),
    Searchable(
        type="RelatedPerson",
        category=Category.CONTACTS,
        resources=related_people,
        date=(),
        includes={},
    ),
    Searchable(
        type="CareTeam",
        category=Category.CONTACTS,
        resources=care_teams,
        date=(),
        includes={"CareTeam:participant": "participant"},
    ),
    Searchable(
        type="EpisodeOfCare",
        category=Category.SOCIAL_CARE,
        resources=social_care,
        date=(),
        includes={"EpisodeOfCare:care-manager": "careManager"},
    ),
    Searchable(
        type="QuestionnaireResponse",
        category=Category.ABOUT_ME,
        resources=about_me,
        date=("authored",),
        includes={"QuestionnaireResponse:author": "author"},
    ),
    Searchable(
        type="Appointment",
        category=Category.APPOINTMENTS,
        resources=appointments,
        date=("start", "created"),
        includes={},
    ),
    Searchable(
        type="ServiceRequest",
        category=Category.REFERRALS,
        resources=referrals,
        date=("authoredOn",),
        includes={
            "ServiceRequest:requester": "requester",
            "ServiceRequest:performer": "performer",
        },
    ),
)


_NARROWING = {"Observation": ("category",)}


def offered_by(categories: Collection[Category]) -> dict[str, Offered]:
    """What a node offers that holds these categories, by type."""
    together: dict[str, list[Searchable]] = {}
    for kind in SEARCHABLE:
        if kind.category in categories:
            together.setdefault(kind.type, []).append(kind)
    return {
        name: Offered(kinds=tuple(kinds), narrowing=_NARROWING.get(name, ()))
        for name, kinds in together.items()
    }


def read(store: NodeStore, resource_type: str, key: str) -> Resource | None:
    """A resource of the node's directory by its id."""
    if resource_type == "Medication":
        medicine = store.listed(Medicine, key)
        return medication(medicine, key) if medicine else None
    if resource_type == "Practitioner":
        who = store.listed(Practitioner, key)
        return practitioner(who, key) if who else None
    if resource_type == "Organization":
        house = store.listed(Organisation, key)
        return organization(house, key) if house else None
    return None


LISTED = ("Medication", "Practitioner", "Organization")
SENT_ALONG = ("Medication/", "Practitioner/")
"""What `_include` brings. Organisations are left to be read by their id."""
