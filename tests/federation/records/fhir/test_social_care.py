"""Social care: one fact is one episode of care, by table."""

import pytest

from federation.model import Category, Organisation, Practitioner
from tests.federation.records.fhir.reading import SELF, coded, read, uk_core
from tests.real_data import NEEDS_DATA

COUNCIL = {"reference": "Organization/c", "display": "Exampleshire County Council"}
WORKER = {"reference": "Practitioner/w", "display": "Ada Worker"}
PROVIDER = {"resourceType": "Organization", "id": "p", "name": "Example Home Care"}
TEAM = {
    "resourceType": "CareTeam",
    "id": "t",
    "managingOrganization": [{"reference": "#p"}],
}
EPISODE = {
    "resourceType": "EpisodeOfCare",
    "id": "e1",
    "status": "active",
    "type": [{"text": "Package of care"}],
    "patient": SELF,
    "managingOrganization": COUNCIL,
}


def episode(**changes):
    return read(Category.SOCIAL_CARE, EPISODE, **changes)


def narrated(status, words="Carers visit twice a day."):
    return {"text": {"status": status, "div": f"<div><p>{words}</p></div>"}}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "text", "Package of care"),
        (narrated("additional"), "text", "Carers visit twice a day."),
        (narrated("extensions"), "text", "Carers visit twice a day."),
        (narrated("generated"), "text", "Package of care"),
        (narrated("additional", ""), "text", "Package of care"),
        (
            {"type": [{"text": "Package of care"}, {"text": "Reablement"}]},
            "text",
            "Also: Reablement",
        ),
        (
            {"diagnosis": [{"condition": {"display": "dementia"}}, {}]},
            "text",
            "Because of: dementia",
        ),
        ({"team": [{"display": "North team"}]}, "text", "Team: North team"),
        ({}, "status", "active"),
        ({"status": "finished"}, "status", "finished"),
        ({"period": {"start": "2024-01", "end": "2024-06"}}, "start", "2024-01"),
        ({"period": {"start": "2024-01", "end": "2024-06"}}, "end", "2024-06"),
        ({}, "provider", Organisation(name="Exampleshire County Council")),
        ({}, "custodian", Organisation(name="Exampleshire County Council")),
        (
            {"contained": [PROVIDER, TEAM], "team": [{"reference": "#t"}]},
            "provider",
            Organisation(name="Example Home Care"),
        ),
        (
            {"contained": [PROVIDER, TEAM], "team": [{"reference": "#t"}]},
            "custodian",
            Organisation(name="Exampleshire County Council"),
        ),
        (
            {"contained": [TEAM | {"managingOrganization": []}], "team": [{"reference": "#t"}]},
            "provider",
            Organisation(name="Exampleshire County Council"),
        ),
        ({"careManager": WORKER}, "named_worker", Practitioner(name="Ada Worker")),
        ({}, "named_worker", None),
        ({}, "author", None),
        ({"status": "entered-in-error"}, None, None),
    ],
)
def test_social_care(changes, field, expected):
    """Each element of an episode of social care has its place."""
    item = episode(**changes)
    assert (getattr(item, field) if field else item) == expected


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([{"text": "Package of care"}], "Package of care"),
        ([coded("1", "Needs assessment"), {"text": "Social care"}], "Needs assessment"),
        ([{"text": "Social care"}, {"text": "Reablement"}], "Reablement"),
        ([{"text": "Social care"}], "Social care"),
        ([], "Social care"),
    ],
)
def test_what_kind_of_social_care(types, expected):
    """The word that only marks an episode as social care is not its kind, if it has another."""
    assert episode(type=types).kind.display == expected


def test_other_care_is_no_social_care():
    """An episode that nothing shows to be social care is left to the encounters."""
    clinic = {"reference": "Organization/h", "display": "Example Hospital"}
    assert episode(type=[{"text": "Smoking cessation"}], managingOrganization=clinic) is None


@NEEDS_DATA
def test_uk_cores_episode_is_no_social_care():
    """A course of treatment is an encounter."""
    assert read(Category.SOCIAL_CARE, uk_core("EpisodeOfCare-SmokingCessationTherapy")) is None
