"""People for themselves, and who acts for them. Scenarios 24 to 29, 55, 56 and 58."""

from __future__ import annotations

import pytest

from tests.acceptance.asking import As

HERTS, LONDON, OWN = "herts-west-essex", "london-care-record", "PATIENT_REQUEST"


async def test_25_review_is_overdue(as_: As):
    """Parent of a child of fourteen, past the review of the proxy: suspended until reviewed."""
    answer = await as_("parent-proxy-overdue").asks(about="child-of-fourteen", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"
    assert "Migraine" not in answer.everything


@pytest.mark.xfail(reason="turned on by the access log")
async def test_26_confidential_care_in_the_access_log(as_: As):
    """Nor does the child's access log tell the parent of it."""
    log = await as_("parent-of-fifteen").log_of("child-of-fifteen")
    assert log.refused_with is None


@pytest.mark.xfail(reason="turned on by the access log")
async def test_28_who_looked(as_: As):
    """The person reads who looked, when, at what, why and from which organisation."""
    log = await as_("citizen-own-record").log_of("asks-for-his-own")
    assert log.refused_with is None


async def test_29_low_assurance(as_: As):
    """The person, identified with little proof: refused, to prove more."""
    answer = await as_("citizen-p5").asks(about="everywhere", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"


async def test_29_nobody_elses_record(as_: As):
    """A citizen asks about somebody else: refused, as anybody is who is not the person."""
    answer = await as_("citizen-own-record").asks(about="everywhere", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"
