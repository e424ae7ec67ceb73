"""Which episodes of care are social care."""

import pytest

from federation.records.fhir.episodes import FhirEpisodeOfCare, is_social_care
from tests.federation.records.fhir.reading import known, parse

EPISODE = {"resourceType": "EpisodeOfCare", "id": "e1", "status": "active"}
HOUSE = {"resourceType": "Organization", "id": "1", "name": "Exampleton Borough Council"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, False),
        ({"type": [{"text": "Smoking cessation therapy"}]}, False),
        ({"type": [{"text": "Adult social care"}]}, True),
        ({"type": [{"coding": [{"code": "x", "display": "Care package"}], "text": "p"}]}, True),
        ({"managingOrganization": {"reference": "Organization/1"}}, True),
        ({"managingOrganization": {"display": "Exampleton County Council"}}, True),
        ({"managingOrganization": {"display": "Exampleton Hospital"}}, False),
        # Parts of other words.
        ({"type": [{"text": "Counselling"}]}, False),
        ({"type": [{"text": "Antisocial careers advice"}]}, False),
    ],
)
def test_social_care(given, expected):
    """The words of the type, or who manages it, mark an episode as social care."""
    episode = parse(EPISODE | given).read(FhirEpisodeOfCare)
    assert is_social_care(episode, known(HOUSE)) is expected
