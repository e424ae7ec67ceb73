"""Items of every category with defaults, so that a test shows only what matters.

`an_item(category)` makes one of any; the four first categories have builders of their own. A
concept takes a SNOMED CT code, identifiers are pairs. Nothing here is anybody's record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from federation.model import Category, Node
from federation.records.about_me import AboutMe
from federation.records.alerts import Alert
from federation.records.allergies import Allergy
from federation.records.appointments import Appointment
from federation.records.base import (
    STAMPED_FIELDS,
    Coding,
    Concept,
    Identifier,
    Item,
    PartialDateTime,
    stamp,
)
from federation.records.care_plans import CarePlan, CprDecision, CprKind
from federation.records.clinical import Quantity
from federation.records.contacts import Contact
from federation.records.documents import Document
from federation.records.encounters import Encounter
from federation.records.immunisations import Immunisation
from federation.records.medications import Medication
from federation.records.observations import Observation
from federation.records.problems import Problem
from federation.records.procedures import Procedure
from federation.records.referrals import Referral
from federation.records.results import Result
from federation.records.social_care import SocialCareItem
from tests.builders import GP_PRACTICE, LONDON, NOW, SNOMED, an_organisation


def a_concept(code: str | None = None, display: str | None = None, **given: Any) -> Concept:
    """A SNOMED CT concept; without a code, free text."""
    text = display or code or "free text"
    codings = (Coding(system=given.pop("system", SNOMED), code=code, display=text),) if code else ()
    return Concept(display=text, **({"codings": codings} | given))


def _item(
    item_type: type[Item], node: Node, source_id: str, given: Mapping[str, Any], /, **defaults: Any
) -> Any:
    values = defaults | dict(given)
    pairs = values.pop("identifiers", ())
    identifiers = tuple(Identifier(system=system, value=value) for system, value in pairs)
    retrieved_at = values.pop("retrieved_at", NOW)
    loose = item_type(source_id=source_id, identifiers=identifiers, **values)
    sent = {
        field.encode_name: msgspec.to_builtins(getattr(loose, field.name))
        for field in msgspec.structs.fields(item_type)
        if field.name not in STAMPED_FIELDS
    }
    item = msgspec.convert(sent, item_type)  # as strictly as a node's answer: texts become enums
    stamp((item,), node, retrieved_at)
    return item


def an_allergy(source_id: str = "a1", node: Any = LONDON, **given: Any) -> Any:
    """An active allergy to amoxicillin."""
    substance = a_concept("372687004", "Amoxicillin")
    return _item(
        Allergy,
        node,
        source_id,
        given,
        substance=substance,
        type="ALLERGY",
        clinical_status="ACTIVE",
    )


def a_medication(source_id: str = "m1", node: Any = LONDON, **given: Any) -> Any:
    """A repeat medicine of a practice."""
    return _item(
        Medication,
        node,
        source_id,
        given,
        medicine=a_concept("323509004", "Amoxicillin 250mg capsules"),
        status="ACTIVE",
        kind="REPEAT",
        dosage="one capsule three times a day",
        route="oral",
        form="capsule",
        start="2026-01-10",
        custodian=GP_PRACTICE,
    )


def a_care_plan(
    source_id: str = "p1",
    node: Any = LONDON,
    *,
    decision: str | None = None,
    decided_at: str | None = None,
    **given: Any,
) -> Any:
    """An active plan; with `decision`, one that decides on resuscitation."""
    signed = PartialDateTime(decided_at) if decided_at else None
    cpr = CprDecision(decision=CprKind(decision), decided_at=signed) if decision else None
    plan_type = a_concept("1382601000000107", "ReSPECT")
    return _item(
        CarePlan,
        node,
        source_id,
        given,
        plan_type=plan_type,
        name="ReSPECT plan",
        status="ACTIVE",
        cpr=cpr,
    )


def an_observation(source_id: str = "o1", node: Any = LONDON, **given: Any) -> Any:
    """A pulse rate at one instant."""
    return _item(
        Observation,
        node,
        source_id,
        given,
        code=a_concept("364075005", "Heart rate"),
        value=Quantity(value=72.0, unit="/min", ucum="/min"),
        effective_at="2026-09-01T08:00:00+01:00",
        custodian=an_organisation(),
    )


_OTHERS: Mapping[Category, tuple[type[Item], Mapping[str, Any]]] = {
    Category.PROBLEMS: (
        Problem,
        {"condition": a_concept("44054006", "Type 2 diabetes mellitus")},
    ),
    Category.ALERTS: (
        Alert,
        {"kind": a_concept("225915006", "Violence risk"), "text": "visit in pairs"},
    ),
    Category.CONTACTS: (Contact, {"name": "Basil Fernsby"}),
    Category.SOCIAL_CARE: (
        SocialCareItem,
        {"kind": a_concept("1", "Package"), "text": "visits twice a day"},
    ),
    Category.ABOUT_ME: (AboutMe, {"heading": "What matters", "text": "my garden"}),
    Category.RESULTS: (
        Result,
        {
            "report": a_concept("2", "Full blood count"),
            "code": a_concept("1022431000000105", "Haemoglobin"),
        },
    ),
    Category.IMMUNISATIONS: (
        Immunisation,
        {"vaccine": a_concept("3", "Influenza vaccine"), "given": True},
    ),
    Category.ENCOUNTERS: (Encounter, {"type": a_concept("4", "Outpatient visit")}),
    Category.PROCEDURES: (Procedure, {"code": a_concept("5", "Hip replacement")}),
    Category.DOCUMENTS: (
        Document,
        {"type": a_concept("6", "Discharge summary"), "name": "Discharge summary"},
    ),
    Category.APPOINTMENTS: (Appointment, {"service": "Orthopaedics"}),
    Category.REFERRALS: (Referral, {"service": a_concept("7", "Physiotherapy")}),
}
_MAKERS = {
    Category.ALLERGIES: an_allergy,
    Category.MEDICATIONS: a_medication,
    Category.CARE_PLANS: a_care_plan,
    Category.OBSERVATIONS: an_observation,
}


def an_item(category: Category, source_id: str = "i1", node: Any = LONDON, **given: Any) -> Any:
    """One item of any category."""
    if category in _MAKERS:
        return _MAKERS[category](source_id, node, **given)
    kind, defaults = _OTHERS[category]
    return _item(kind, node, source_id, given, **defaults)
