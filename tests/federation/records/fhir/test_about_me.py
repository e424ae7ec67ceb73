"""What matters to a person: forms and documents, by table."""

import pytest

from federation.model import Category
from federation.records.fhir.questionnaires import MOST_LEVELS
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, read, uk_core
from tests.real_data import NEEDS_DATA

RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "identifier": {"system": "urn:x", "value": "7"},
    "questionnaire": "https://x.example/Questionnaire/about-me",
    "status": "completed",
    "subject": SELF,
    "authored": "2024-05-01",
    "author": {"reference": "Practitioner/n", "display": "Nurse Ada Example"},
}
DOCUMENT = {
    "resourceType": "Composition",
    "id": "d1",
    "status": "final",
    "type": {"text": "About me"},
    "title": "What matters to Orla",
    "date": "2024-05-01",
    "subject": SELF,
    "author": [{"reference": "Practitioner/n", "display": "Nurse Ada Example"}],
    "custodian": {"reference": "Organization/o", "display": "Example Trust"},
}


def asked(*questions):
    return {
        "item": [
            {"linkId": str(at), "text": text, "answer": [{"valueString": one} for one in said]}
            for at, (text, *said) in enumerate(questions)
        ]
    }


def section(title, words=None, *inner, **more):
    text = {"text": {"status": "additional", "div": f"<div>{words}</div>"}} if words else {}
    return {"title": title, "section": list(inner)} | text | more


def told(resource, /, **changes):
    found = read(Category.ABOUT_ME, resource, **changes)
    items = found if isinstance(found, tuple) else [found] if found else []
    return [(item.heading, item.text) for item in items]


GARDEN = ("What matters to me", "My garden.")
TEA = ("How I take my tea", "Strong.")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (asked(GARDEN), [GARDEN]),
        (asked(GARDEN, TEA), [GARDEN, TEA]),
        (asked(GARDEN, ("Not answered",)), [GARDEN]),
        (
            asked(("What matters to me", "My garden.", "The cat.")),
            [(GARDEN[0], "My garden.\nThe cat.")],
        ),
        (
            {"item": [{"linkId": "g", "text": "At home", **asked(GARDEN, TEA)}]},
            [
                ("At home: What matters to me", "My garden."),
                ("At home: How I take my tea", "Strong."),
            ],
        ),
        ({"item": [{"text": "Food", "answer": [{}]}, asked(GARDEN)["item"][0]]}, [GARDEN]),
        ({}, []),
        (asked(GARDEN) | {"status": "entered-in-error"}, []),
        (asked(GARDEN) | {"questionnaire": "https://x.example/FitnessForWork"}, []),
    ],
)
def test_forms(changes, expected):
    """Each heading that was answered is an item, in the person's own words."""
    assert told(RESPONSE, **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"section": [section(*GARDEN), section(*TEA)]}, [GARDEN, TEA]),
        (
            {"section": [section("Tea", "a &amp; b<p>c</p><script>x</script>")]},
            [("Tea", "a & b\nc")],
        ),
        (
            {"section": [section("At home", None, section(*TEA))]},
            [("At home: How I take my tea", "Strong.")],
        ),
        ({"section": [section(None, "x", code={"text": "Food"})]}, [("Food", "x")]),
        ({"section": [section(None, "x")]}, [("About me", "x")]),
        ({"section": [section("Empty"), section("Blank", " ")]}, []),
        (
            {
                "type": {"text": "Discharge summary"},
                "title": ...,
                "section": [section("Diagnoses", "x"), section("About me", "My garden.")],
            },
            [("About me", "My garden.")],
        ),
        ({"type": {"text": "Letter"}, "title": "Letter", "section": [section(*GARDEN)]}, [GARDEN]),
        ({"type": {"text": "Letter"}, "title": ..., "section": [section(*TEA)]}, []),
        ({"section": [section(*GARDEN)], "status": "entered-in-error"}, []),
    ],
)
def test_documents(changes, expected):
    """Each section with words is an item, and of another document only one that is called so."""
    assert told(DOCUMENT, **changes) == expected


@pytest.mark.parametrize(
    ("resource", "changes", "prefix"),
    [
        (RESPONSE, asked(GARDEN, TEA), "q1#"),
        (DOCUMENT, {"section": [section(*GARDEN), section(*TEA)]}, "d1#"),
    ],
)
def test_items_of_one_resource(resource, changes, prefix):
    """Each has a name that does not hang on the order, and the resource's author and day."""
    found = read(Category.ABOUT_ME, resource, **changes)
    turned = {name: value[::-1] for name, value in changes.items()}
    again = read(Category.ABOUT_ME, resource, **turned)
    assert {one.source_id for one in found} == {one.source_id for one in again}
    assert all(one.source_id.startswith(prefix) for one in found)
    assert {(one.author.name, one.recorded_at, one.effective_at) for one in found} == {
        ("Nurse Ada Example", "2024-05-01", "2024-05-01")
    }
    keys = {tuple(one.value for one in item.identifiers) for item in found}
    assert len(keys) == (2 if resource is RESPONSE else 1)


def test_the_only_thing_told_has_the_resources_own_id():
    """One heading is the whole of it."""
    item = read(Category.ABOUT_ME, DOCUMENT, section=[section(*GARDEN)])
    assert (item.source_id, item.custodian.name) == ("d1", "Example Trust")


def test_a_document_of_too_many_levels():
    """Sections without end are refused, not followed."""
    deep = section("x", "x")
    for _ in range(MOST_LEVELS + 1):
        deep = section("x", None, deep)
    with pytest.raises(UnreadableError):
        told(DOCUMENT, section=[deep])


@NEEDS_DATA
@pytest.mark.parametrize(
    "name",
    [
        "Composition-Discharge",
        "QuestionnaireResponse-EOLPlan",
        "QuestionnaireResponse-FitnessForWork",
        "QuestionnaireResponse-InpatientSurvey",
        "QuestionnaireResponse-BabyPatientSurvey",
    ],
)
def test_uk_cores_examples_are_about_something_else(name):
    """None of the published forms and documents is taken for what matters to a person."""
    assert told(uk_core(name)) == []
