"""Care plans beyond the decision on resuscitation: activities, contacts, and nothing lost."""

import pytest

from federation.model import Category, Organisation
from federation.records.care_plans import PlanContact
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, coded, read, uk_core
from tests.real_data import NEEDS_DATA

PLAN = {
    "resourceType": "CarePlan",
    "id": "c1",
    "status": "active",
    "intent": "plan",
    "title": "My plan",
    "category": [coded("1382601000000107", "ReSPECT")],
    "subject": SELF,
}
JOY = {
    "resourceType": "RelatedPerson",
    "id": "joy",
    "name": [{"text": "Joy Smith"}],
    "relationship": [{"text": "wife"}],
    "telecom": [{"system": "phone", "value": "07700 900123"}],
}
NURSE = {"reference": "Practitioner/n", "display": "Nurse Ada Example"}


def plan(*along, **changes):
    return read(Category.CARE_PLANS, PLAN, *along, **changes)


def noted(*texts):
    return {"note": [{"text": text} for text in texts]}


def doing(**detail):
    return {"activity": [{"detail": {"status": "in-progress"} | detail}]}


def team(*participants):
    return {"resourceType": "CareTeam", "id": "team", "participant": list(participants)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (doing(description="Turn twice a day"), "Turn twice a day"),
        (doing(code={"text": "Physiotherapy"}), "Physiotherapy"),
        (doing(code={"text": "Physiotherapy"}, description="at home"), "Physiotherapy: at home"),
        (doing(code={"text": "Exercise"}, status="completed"), "Exercise (completed)"),
        (
            doing(code={"text": "Exercise"}, status="stopped", statusReason={"text": "pain"}),
            "Exercise (stopped: pain)",
        ),
        (doing(code={"text": "Diet"}, statusReason={"text": "weight"}), "Diet (weight)"),
        (
            doing(
                code={"text": "Turning"},
                scheduledTiming={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
            ),
            "Turning, 2 times every day",
        ),
        (doing(code={"text": "Turning"}, scheduledString="at night"), "Turning, at night"),
        (
            doing(code={"text": "Rehab"}, scheduledPeriod={"start": "2024", "end": "2025"}),
            "Rehab, 2024 to 2025",
        ),
        (
            doing(code={"text": "Turning"}, location={"display": "at home"}, performer=[NURSE]),
            "Turning, at home, Nurse Ada Example",
        ),
        (
            doing(
                productCodeableConcept={"text": "Thickener"},
                dailyAmount={"value": 2, "unit": "tin"},
            ),
            "Thickener, 2 tin a day",
        ),
        (
            doing(productReference={"display": "Thickener"}, quantity={"value": 9, "unit": "tin"}),
            "Thickener, 9 tin",
        ),
        (doing(code={"text": "Ventilation"}, doNotPerform=True), "Not to be done: Ventilation"),
        (
            {"activity": [{"reference": {"reference": "ServiceRequest/x", "display": "Scan"}}]},
            "Scan",
        ),
        (
            {"activity": [{"reference": {"reference": "ServiceRequest/x"}}]},
            "An activity that its source did not send along",
        ),
        (
            {
                "contained": [
                    {"resourceType": "ServiceRequest", "id": "s", "code": {"text": "Scan"}}
                ],
                "activity": [{"reference": {"reference": "#s"}}],
            },
            "Scan",
        ),
        (
            {
                "activity": [
                    {
                        "detail": {"status": "in-progress", "code": {"text": "Diet"}},
                        "outcomeCodeableConcept": [{"text": "lost weight"}],
                    }
                ]
            },
            "Diet; outcome: lost weight",
        ),
    ],
)
def test_activities(changes, expected):
    """Each activity is a line, with its state where that is not that it is to be done."""
    assert plan(**changes).activities == (expected,)


@pytest.mark.parametrize(
    "activity",
    [
        {"modifierExtension": [{"url": "urn:not"}]},
        {"detail": {"status": "unknown", "modifierExtension": [{"url": "urn:not"}]}},
        {"detail": {"status": "unknown", "scheduledTiming": {"modifierExtension": [{"url": "x"}]}}},
    ],
)
def test_an_activity_that_means_something_else(activity):
    """A plan with an activity whose meaning an extension changes is not read."""
    with pytest.raises(UnreadableError) as caught:
        plan(activity=[activity])
    assert str(caught.value) == "an extension that changes the meaning"


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        (noted("Lasting power of attorney: her son"), "lasting_power_of_attorney", "her son"),
        (noted("Access: key safe 1234"), "access_note", "key safe 1234"),
        (noted("Condition plan: hydroxyurea"), "narrative", "Condition plan: hydroxyurea"),
        (noted("He likes tea.", "And toast."), "narrative", "He likes tea.\nAnd toast."),
        (
            {"note": [{"text": "He likes tea.", "authorString": "Joy"}]},
            "narrative",
            "He likes tea. (Joy)",
        ),
        ({"description": "In words."}, "narrative", "In words."),
        ({"title": ..., "description": "In words."}, "narrative", None),
        ({"title": ..., "description": "In words."}, "name", "In words."),
        (noted("Discussed with: her son"), "narrative", "Discussed with: her son"),
        ({"addresses": [{"display": "diabetes"}]}, "narrative", "Because of: diabetes"),
        (
            {"category": [*PLAN["category"], {"text": "End of life"}]},
            "narrative",
            "Also: End of life",
        ),
        (
            {"supportingInfo": [{"reference": "DocumentReference/d", "display": "The form"}]},
            "narrative",
            "See also: The form",
        ),
        (
            {"activity": [{"reference": {"display": "x"}, "progress": [{"text": "went well"}]}]},
            "narrative",
            "went well",
        ),
        ({}, "narrative", None),
        ({}, "activities", ()),
        ({}, "contacts", ()),
        (
            noted("Contact: Joy, wife, 07700 900123"),
            "contacts",
            (PlanContact(name="Joy, wife, 07700 900123"),),
        ),
        (
            {"contributor": [{"reference": "Organization/o", "display": "GP"}]},
            "custodian",
            Organisation(name="GP"),
        ),
        ({"contributor": [NURSE]}, "author", None),
    ],
)
def test_nothing_of_a_plan_is_lost(changes, field, expected):
    """What has a field stands in it, and everything else in the narrative, word for word."""
    assert getattr(plan(**changes), field) == expected


WIFE = PlanContact(name="Joy Smith", relationship="wife", phones=("07700 900123",))
ADA = PlanContact(name="Nurse Ada Example", relationship="District nurse")
AT_JOY = {"reference": "#joy"}
AS_NURSE = {"member": NURSE, "role": [{"text": "District nurse"}]}
IN_TEAM = {"careTeam": [{"reference": "#team"}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contained": [JOY]}, (WIFE,)),
        ({"contained": [JOY], "contributor": [AT_JOY]}, (WIFE,)),
        ({"contained": [JOY, team(AS_NURSE, {"member": AT_JOY})]} | IN_TEAM, (ADA, WIFE)),
        ({"contained": [JOY, team({"member": AT_JOY}, AS_NURSE)]} | IN_TEAM, (WIFE, ADA)),
        ({"contained": [JOY | {"active": False}]}, ()),
        ({"contained": [team({"member": SELF}, {"role": [{"text": "x"}]})]} | IN_TEAM, ()),
        (
            {"contained": [team({"member": {"reference": "Practitioner/x"}})]} | IN_TEAM,
            (),
        ),
        (
            {"contained": [team({"member": {"reference": "Organization/o", "display": "Hospice"}})]}
            | IN_TEAM,
            (PlanContact(name="Hospice"),),
        ),
        (
            {"contributor": [{"reference": "RelatedPerson/x", "display": "Joy"}]},
            (PlanContact(name="Joy"),),
        ),
        (
            {"careTeam": [{"reference": "CareTeam/x", "display": "Night team"}]},
            (PlanContact(name="Night team"),),
        ),
        ({"careTeam": [{"reference": "CareTeam/x"}]}, ()),
    ],
)
def test_whom_to_ring(changes, expected):
    """The team comes in its order, then relatives who are named besides, each once."""
    assert plan(**changes).contacts == expected


def test_staff_who_were_looked_up():
    """A member of the plan's team is rung at their own number."""
    nurse = {
        "resourceType": "Practitioner",
        "id": "n",
        "name": [{"text": "Nurse Ada Example"}],
        "telecom": [{"system": "phone", "value": "01632 960002"}],
    }
    changes = {"contained": [team(AS_NURSE)]} | IN_TEAM
    assert plan(nurse, **changes).contacts[0].phones == ("01632 960002",)
    assert plan(nurse | {"telecom": 7}, **changes).contacts[0].phones == ()


def test_what_a_plan_refers_to_and_the_node_sent_along():
    """A document that a plan points at is named, and is no decision."""
    document = {"resourceType": "DocumentReference", "id": "d", "description": "The signed form"}
    item = plan(document, supportingInfo=[{"reference": "DocumentReference/d"}])
    assert (item.narrative, item.cpr) == ("See also: The signed form", None)


def test_a_plan_entered_in_error():
    """What was entered in error is nothing."""
    assert plan(status="entered-in-error") is None


@pytest.mark.parametrize(
    "words",
    [
        noted("Not for resuscitation"),
        noted("DNACPR in place"),
        {"title": "Do not attempt resuscitation"},
        {"category": [coded("735324008", "Not for CPR")]},
        doing(code=coded("450476008", "Not for attempted CPR")),
        {"contained": [JOY], "description": "For full resuscitation"},
    ],
)
def test_no_words_make_a_decision_on_resuscitation(words):
    """Only a flag with one of the two codes is a decision."""
    assert plan(**words).cpr is None


@NEEDS_DATA
def test_uk_cores_plan_as_the_record_shows_it():
    """Everything that UK Core's example carries is shown."""
    item = read(Category.CARE_PLANS, uk_core("CarePlan-WellnessPlan"))
    assert (item.plan_type.display, item.name, item.status) == (
        "Weight management plan",
        "Manage obesity and weight loss",
        "ACTIVE",
    )
    assert (item.recorded_at, item.effective_at, item.valid_until) == (
        "2020-02-01",
        None,
        "2020-01-01",
    )
    assert item.activities == (
        (
            "Body weight, once every day, Patient's home (completed: Achieved weight loss to "
            "mitigate diabetes risk.); outcome: Progressive weight loss"
        ),
    )
    assert item.narrative == (
        "Based on: Management of Type 2 Diabetes\nPart of: Overall wellness plan"
    )
    assert item.cpr is None
