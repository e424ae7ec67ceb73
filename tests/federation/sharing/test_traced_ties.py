"""What tracing says ties a person to who asks: their practice, and the pharmacy they nominated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from federation.authority import EvidenceSource, RelationshipKind
from federation.sharing.traced_ties import traced_ties
from tests.builders import NOW, a_person, a_reference, a_requester, an_organisation

HERE, ELSEWHERE, NAMELESS = (an_organisation(code) for code in ("Z99101", "Z99102", None))


@pytest.mark.parametrize(
    ("person", "organisation", "kinds"),
    [
        ({"gp_practice": HERE}, HERE, [RelationshipKind.REGISTERED]),
        ({"nominated_pharmacy": HERE}, HERE, [RelationshipKind.NOMINATED_PHARMACY]),
        (
            {"gp_practice": HERE, "nominated_pharmacy": HERE},
            HERE,
            [RelationshipKind.REGISTERED, RelationshipKind.NOMINATED_PHARMACY],
        ),
        ({"gp_practice": HERE, "nominated_pharmacy": ELSEWHERE}, ELSEWHERE, ["NOMINATED_PHARMACY"]),
        ({"gp_practice": ELSEWHERE}, HERE, []),
        ({}, HERE, []),
        ({"gp_practice": HERE}, None, []),
        ({"gp_practice": NAMELESS}, NAMELESS, []),
    ],
)
def test_the_practice_and_the_pharmacy(person: dict[str, Any], organisation, kinds: list[str]):
    """Where the code is the requester's own; a code that is missing is nobody's."""
    requester = a_requester(organisation=organisation)
    ties = traced_ties(a_reference(person=a_person(**person)), requester, NOW)

    assert [tie.kind for tie in ties] == kinds
    for tie in ties:
        assert tie.source is EvidenceSource.TRACING
        assert tie.binds(requester)
        assert tie.holds(NOW)
        assert not tie.holds(NOW - timedelta(microseconds=1))


def test_where_tracing_says_nothing_there_is_no_tie():
    """It was not asked, or does not know the number."""
    assert traced_ties(a_reference(person=None), a_requester(), NOW) == ()
