"""Plans that were written down as forms: what has a field, and what is only told."""

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, read, uk_core
from tests.real_data import NEEDS_DATA

FORM = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "questionnaire": "https://x.example/Questionnaire/ReSPECT",
    "status": "completed",
    "subject": SELF,
    "authored": "2024-03-01",
}


def form(*asked, **changes):
    items = [
        {"linkId": str(at), "text": text, "answer": [said]} for at, (text, said) in enumerate(asked)
    ]
    return read(Category.CARE_PLANS, FORM | {"item": items}, **changes)


def words(text):
    return {"valueString": text}


def code(value, display="as it is displayed", system="http://snomed.info/sct"):
    return {"valueCoding": {"system": system, "code": value, "display": display}}


@pytest.mark.parametrize(
    ("question", "answer", "field", "expected"),
    [
        ("Preferred place of care", words("home"), "preferred_place_of_care", "home"),
        ("Preferred place of death:", words("hospice"), "preferred_place_of_death", "hospice"),
        ("Ceiling of treatment?", words("ward"), "ceiling_of_treatment", "ward"),
        (
            "Anticipatory medicines",
            words("in the fridge"),
            "anticipatory_medicines",
            "in the fridge",
        ),
        (
            "Anticipatory medicines",
            words("Yes"),
            "anticipatory_medicines",
            "Anticipatory medicines: Yes",
        ),
        ("Anticipatory medicines", words("No"), "anticipatory_medicines", None),
        ("Anticipatory medicines", words("No"), "narrative", "Anticipatory medicines: No"),
        (
            "Advance decision to refuse treatment",
            {"valueBoolean": True},
            "advance_decision",
            "Advance decision to refuse treatment: yes",
        ),
        ("Advance decision to refuse treatment", {"valueBoolean": False}, "advance_decision", None),
        ("Lasting power of attorney", words("her son"), "lasting_power_of_attorney", "her son"),
        ("Preferred place of care last year", words("home"), "preferred_place_of_care", None),
        (
            "Preferred place of care last year",
            words("home"),
            "narrative",
            "Preferred place of care last year: home",
        ),
        ("CPR", words("Not for resuscitation"), "cpr", None),
        ("CPR", {"valueBoolean": False}, "cpr", None),
        ("CPR", code("450476008", system="urn:another"), "cpr", None),
        ("CPR", code("226201008"), "cpr", None),
        ("CPR", code("450476008"), "narrative", "CPR: as it is displayed"),
        ("Consent", {}, "narrative", None),
    ],
)
def test_answers_on_a_form(question, answer, field, expected):
    """Only known questions have a field; a plain no is told, but never in the field's place."""
    assert getattr(form((question, answer)), field) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("450475007", "ATTEMPT_CPR"), ("450476008", "DO_NOT_ATTEMPT_CPR")]
)
def test_a_decision_on_resuscitation_on_a_form(value, expected):
    """The two codes decide, whatever the question is called."""
    assert form(("Recommendation", code(value))).cpr.decision == expected


def test_two_decisions_on_one_form():
    """A form that says both is not read, since choosing would be a clinical decision."""
    with pytest.raises(UnreadableError) as caught:
        form(("CPR", code("450475007")), ("CPR now", code("450476008")))
    assert str(caught.value) == "two decisions on resuscitation in one plan"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("ReSPECT", "UNKNOWN", "2024-03-01")),
        ({"status": "in-progress"}, ("ReSPECT", "DRAFT", "2024-03-01")),
        ({"status": "entered-in-error"}, None),
        ({"questionnaire": "https://x.example/Questionnaire/FitnessForWork"}, None),
    ],
)
def test_which_forms_are_plans(changes, expected):
    """A plan's form is a plan; whether it is in use is not said by its being completed."""
    item = form(("Preferred place of care", words("home")), **changes)
    assert (item and (item.name, item.status, item.effective_at)) == expected


@NEEDS_DATA
def test_uk_cores_end_of_life_plan_as_the_record_shows_it():
    """Every answer of UK Core's example is shown, and nothing more than it says."""
    item = read(Category.CARE_PLANS, uk_core("QuestionnaireResponse-EOLPlan"))
    treatment = "Advanced Treatment Preferences"
    assert item.anticipatory_medicines == (
        f"{treatment}: Anticipatory medicines/just in case box issued: Yes"
    )
    assert item.advance_decision == f"{treatment}: Advance Decision to Refuse Treatment: Yes"
    assert item.cpr is None
    problems, *others = item.narrative.splitlines()
    assert problems == (
        f"{treatment}: Clinical Problems and Advised Interventions: ATP Problems: "
        f"Primary fibromyalgia syndrome"
    )
    assert others == [
        "Consent: Consent for Information Sharing: 2023-11-13",
        "EOL Register: On End Of Life Register: 2023-11-13T16:07:00+00:00",
    ]
