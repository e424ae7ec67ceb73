"""What completed questionnaires are about, and what was answered in them."""

import json

import msgspec
import pytest

from federation.records.clinical import value_text
from federation.records.fhir import questionnaires
from federation.records.fhir.questionnaires import (
    MOST_ANSWERS,
    MOST_LEVELS,
    FhirQuestionnaireResponse,
    purpose_of,
    title_of,
)
from federation.records.fhir.resource import Resource, UnreadableError
from tests.real_data import DATA, NEEDS_DATA

RESPONSE = {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed"}


def a_response(**given):
    return Resource.parse(msgspec.json.encode(RESPONSE | given)).read(FhirQuestionnaireResponse)


def called(display):
    extension = [{"url": questionnaires.DISPLAY_URL, "valueString": display}]
    return {"questionnaire": "https://x.example/Q/7", "_questionnaire": {"extension": extension}}


def containing(title):
    author = {"resourceType": "Practitioner", "id": "a"}
    contained = [author, {"resourceType": "Questionnaire", "id": "q", "title": title}]
    return {"questionnaire": "#q", "contained": contained}


@pytest.mark.parametrize(
    ("given", "purpose", "title"),
    [
        ({"questionnaire": "https://x.example/Questionnaire/EOLPlan"}, "care plan", "EOL Plan"),
        ({"questionnaire": "https://x.example/Questionnaire/ReSPECT|3"}, "care plan", "ReSPECT"),
        (called("ReSPECT version 3"), "care plan", "ReSPECT version 3"),
        (containing("Emergency care plan"), "care plan", "Emergency care plan"),
        (called("About me"), "about me", "About me"),
        ({"questionnaire": "urn:x/this-is-me/"}, "about me", "this is me"),
        # Words that only resemble one of them.
        (called("Dignity and respect survey"), None, "Dignity and respect survey"),
        (called("Care planning course feedback"), None, "Care planning course feedback"),
        ({"questionnaire": "https://x.example/Q/FitnessForWork"}, None, "Fitness For Work"),
        # A name that no person gave says nothing.
        (
            {"questionnaire": "https://x.example/Q/0b1c2d3e-0000-4000-8000-01"},
            None,
            "Questionnaire",
        ),
        ({"item": [{"linkId": "1", "text": "Falls risk"}]}, None, "Falls risk"),
        ({"item": [{"text": "Name"}, {"text": "Age"}]}, None, "Questionnaire"),
        ({}, None, "Questionnaire"),
    ],
)
def test_purpose_and_title(given, purpose, title):
    """A questionnaire is told by whole words of its title, its display or its address."""
    response = a_response(**given)
    assert (purpose_of(response), title_of(response)) == (purpose, title)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"valueBoolean": True}, "yes"),
        ({"valueBoolean": False}, "no"),
        ({"valueDecimal": 3.15}, "3.15"),
        ({"valueInteger": 0}, "0"),
        ({"valueDate": "2021-02"}, "2021-02"),
        ({"valueDateTime": "2021-02-11T10:00:00Z"}, "2021-02-11T10:00:00Z"),
        ({"valueTime": "10:00:00"}, "10:00:00"),
        ({"valueString": "None"}, "None"),
        ({"valueUri": "urn:x"}, "urn:x"),
        ({"valueAttachment": {"title": "A drawing", "data": "eA=="}}, "A drawing"),
        ({"valueAttachment": {"data": "eA=="}}, "an attachment"),
        ({"valueCoding": {"code": "female"}}, "female"),
        ({"valueCoding": {"system": "s", "code": "1", "display": "Fit"}}, "Fit"),
        ({"valueQuantity": {"value": 42.4, "unit": "cm"}}, "42.4 cm"),
        ({"valueReference": {"reference": "Condition/1", "display": "Asthma"}}, "Asthma"),
        ({"valueReference": {"reference": "Condition/1"}}, "Condition"),
        ({"valueReference": {}}, "another entry"),
        ({}, None),
    ],
)
def test_answers_of_every_kind(answer, expected):
    """Every kind of answer that R4 knows is read; of an attachment nothing but its name."""
    (found,) = questionnaires.answers(a_response(item=[{"text": "Q", "answer": [answer]}]))
    assert (found.question, value_text(found.value)) == ("Q", expected)


def test_answers_below_others():
    """Nested questions keep the headings above them; headings without words are passed over."""
    item = [
        {
            "text": "Birth",
            "item": [
                {
                    "linkId": "group",
                    "item": [
                        {
                            "text": "Vitamin K",
                            "answer": [
                                {
                                    "valueBoolean": True,
                                    "item": [{"linkId": "dose", "answer": [{"valueInteger": 1}]}],
                                },
                                {"valueString": "at birth"},
                            ],
                        },
                        {"text": "Not answered"},
                    ],
                }
            ],
        }
    ]
    found = questionnaires.answers(a_response(item=item))
    assert [(one.words(), value_text(one.value)) for one in found] == [
        ("Birth: Vitamin K", "yes"),
        ("Birth: Vitamin K: dose", "1"),
        ("Birth: Vitamin K", "at birth"),
    ]


def test_questionnaires_out_of_bounds():
    """More answers, or deeper ones, than anybody could read refuse the whole, with a reason."""
    many = [{"text": "Q", "answer": [{"valueInteger": 1}] * (MOST_ANSWERS + 1)}]
    with pytest.raises(UnreadableError, match="too many answers"):
        questionnaires.answers(a_response(item=many))
    deep = {"text": "Q", "answer": [{"valueInteger": 1}]}
    for _ in range(MOST_LEVELS + 1):
        deep = {"text": "H", "item": [deep]}
    with pytest.raises(UnreadableError, match="too many levels"):
        questionnaires.answers(a_response(item=[deep]))


def test_an_identifier_outside_a_list():
    """R4 gives a response one identifier and no list; it is read all the same."""
    response = a_response(identifier={"system": "urn:x", "value": "1"})
    assert [one.value for one in response.identifiers] == ["1"]


@NEEDS_DATA
@pytest.mark.parametrize(
    ("name", "purpose", "count"),
    [("BabyPatientSurvey", None, 10), ("EOLPlan", "care plan", 5),
     ("FitnessForWork", None, 3), ("InpatientSurvey", None, 7)],
)  # fmt: skip
def test_published_questionnaires(name, purpose, count):
    """UK Core's own examples are told apart, and every answer of theirs is found."""
    path = DATA / "ukcore" / f"UKCore-QuestionnaireResponse-{name}-Example.json"
    response = a_response(**json.loads(path.read_text("utf-8")))
    assert purpose_of(response) == purpose
    assert len(questionnaires.answers(response)) == count
