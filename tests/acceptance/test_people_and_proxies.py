"""People for themselves, and who acts for them. Scenarios 24 to 29, 55, 56 and 58."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.asking import CLINICAL, EVERYTHING, As
from tests.acceptance.conftest import Alike
from tests.acceptance.launching import Launched
from tests.acceptance.marking import keeps_out
from tests.scenarios.network import System

HERTS, LONDON, OWN = "herts-west-essex", "london-care-record", "PATIENT_REQUEST"
CLINIC = "Z99131"


async def test_24_parent_of_a_nine_year_old(as_: As):
    """Parent of a child of nine: vaccinations and appointments; safeguarding hidden."""
    answer = await as_("parent-proxy").asks(about="child-of-nine", categories=CLINICAL, purpose=OWN)
    assert len(answer.titles("IMMUNISATIONS")) == 2
    assert answer.titles("APPOINTMENTS") == ["Children's asthma clinic"]
    assert not answer.items("ALERTS")
    assert not answer.items("SOCIAL_CARE")
    assert "afeguarding" not in answer.everything.replace(answer.notice, "")
    assert answer.states("ALERTS")[LONDON] == answer.states("CARE_PLANS")[LONDON]


async def test_25_review_is_overdue(as_: As):
    """Parent of a child of fourteen, past the review of the proxy: suspended until reviewed."""
    answer = await as_("parent-proxy-overdue").asks(about="child-of-fourteen", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"
    assert "Migraine" not in answer.everything


async def test_26_confidential_care(as_: As, alike: Alike):
    """Parent of a child of fifteen, seen in confidence: hidden, as if it had never been."""
    one = await as_("parent-of-fifteen").asks(
        about="child-of-fifteen", categories=EVERYTHING, purpose=OWN
    )
    other = await as_("parent-of-fifteen-alike").asks(
        about="child-of-fifteen-alike", categories=EVERYTHING, purpose=OWN
    )
    assert "Asthma" in one.titles("PROBLEMS")
    assert alike("child-of-fifteen", one, "child-of-fifteen-alike", other)
    doctor = await as_("gp-london").asks(about="child-of-fifteen", categories=("MEDICATIONS",))
    assert "Desogestrel 75microgram tablets" in doctor.titles("MEDICATIONS")


async def test_26_confidential_care_in_the_access_log(as_: As):
    """Nor does the child's access log tell the parent of it."""
    await as_("gp-london").asks(about="child-of-fifteen")
    await as_("gum-clinician-london").asks(about="child-of-fifteen")
    log = await as_("parent-of-fifteen").log_of("child-of-fifteen")
    assert log.looks[0]["role"] == "General practitioner"
    assert CLINIC not in log.everything
    assert {look["regions"] for look in log.looks} == {None}


async def test_27_own_record(as_: As):
    """The person, surely identified: all nodes, but confidences, safeguarding, new results."""
    answer = await as_("citizen-own-record").asks(
        about="asks-for-his-own", categories=EVERYTHING, purpose=OWN
    )
    assert answer.titles("PROBLEMS") == ["Asthma"]
    assert {item["source"]["id"] for item in answer.items("RESULTS")} == {LONDON}
    assert not answer.items("ALERTS")
    assert not answer.items("SOCIAL_CARE")
    for secret in ("neighbour", "Haemoglobin", "enquiry"):
        assert secret not in answer.everything.replace(answer.notice, ""), secret


async def test_28_who_looked(as_: As):
    """The person reads who looked, when, at what, why and from which organisation; no name."""
    doctor, person = as_("gp-london"), as_("citizen-own-record")
    for categories in (("ALLERGIES",), ("RESULTS", "ALERTS")):
        await doctor.asks(about="asks-for-his-own", categories=categories)
    log = await person.log_of("asks-for-his-own", first=1)
    (look,) = log.looks
    assert (look["role"], look["kind"]) == ("General practitioner", "VIEW")
    assert look["organisation"]["name"] == "Larkfield Road Surgery"
    assert (look["purpose"], look["emergency"]) == ("DIRECT_CARE", False)
    assert set(look["categories"]) == {"ALERTS", "RESULTS"}
    assert "London" in look["regions"]
    assert look["name"] is None
    page = log.body["data"]["accessLog"]["pageInfo"]
    assert page["hasNextPage"]
    *_, view = await doctor.events("VIEW")
    assert look["id"].partition(".")[0] == view["viewId"]
    (before,) = (await person.log_of("asks-for-his-own", first=1, after=page["endCursor"])).looks
    assert set(before["categories"]) == {"ALLERGIES"}
    assert await person.events("ACCESS_LOG")


async def test_28_an_officer_reads_names(as_: As):
    """A privacy officer reads what their own staff did, with names; the person reads that, too."""
    await as_("consultant-london").asks(about="asks-for-his-own")
    log = await as_("privacy-officer-london").log_of("asks-for-his-own")
    assert log.looks[0]["name"] == "Dr Helena Brandt"
    assert {look["organisation"]["odsCode"] for look in log.looks} == {"RRV"}
    elsewhere = await as_("privacy-officer-herts").log_of("asks-for-his-own")
    assert elsewhere.looks == []
    own = await as_("citizen-own-record").log_of("asks-for-his-own", first=2)
    assert [(look["kind"], look["role"]) for look in own.looks] == [
        ("ACCESS_LOG", "Privacy officer"),
    ] * 2
    assert (await as_("gp-london").log_of("asks-for-his-own")).refused_with == "FORBIDDEN"
    assert (await as_("citizen").log_of("asks-for-his-own")).refused_with == "FORBIDDEN"


async def test_28_an_approved_exception(as_: As, system: System, tmp_path: Path):
    """A look that a feed keeps out of the person's log, until the feed takes that back."""
    person, gateway = as_("citizen-own-record"), system.gateway({})
    await as_("social-worker-london").asks(about="asks-for-his-own")
    assert (await person.log_of("asks-for-his-own", first=1)).looks[0]["role"] == "Social worker"
    await keeps_out(system, gateway, tmp_path, "asks-for-his-own", "social-worker-london")
    kept = await person.log_of("asks-for-his-own")
    assert "Social worker" not in kept.everything
    await keeps_out(system, gateway, tmp_path, "asks-for-his-own")
    assert (await person.log_of("asks-for-his-own", first=1)).looks[0]["role"] == "Social worker"


async def test_29_low_assurance(as_: As):
    """The person, identified with little proof: refused, to prove more."""
    answer = await as_("citizen-p5").asks(about="everywhere", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"


async def test_55_a_revoked_attorney(as_: As):
    """Attorney whose power was revoked last week: refused; the one in force is answered."""
    revoked = await as_("attorney-revoked").asks(about="represented", purpose=OWN)
    assert revoked.refused_with == "FORBIDDEN"
    in_force = await as_("attorney-proxy").asks(about="represented", purpose=OWN)
    assert "Dementia" in in_force.titles("PROBLEMS")


async def test_56_signs_of_coercion(as_: As, alike: Alike):
    """The account of somebody who may be coerced: sensitive things hidden, and nothing tells."""
    one = await as_("citizen-coerced").asks(about="coerced", categories=EVERYTHING, purpose=OWN)
    other = await as_("citizen-coerced-alike").asks(
        about="coerced-alike", categories=EVERYTHING, purpose=OWN
    )
    assert "Asthma" in one.titles("PROBLEMS")
    assert alike("coerced", one, "coerced-alike", other)


async def test_56_who_looked(as_: As):
    """Nor does the log tell, before those eyes, which clinic or social worker looked."""
    for persona in ("gp-london", "gum-clinician-london", "social-worker-london"):
        for person in ("coerced", "coerced-alike"):
            await as_(persona).asks(about=person)
    one = await as_("citizen-coerced").log_of("coerced")
    other = await as_("citizen-coerced-alike").log_of("coerced-alike")
    assert {look["role"] for look in one.looks} & {"Social worker"} == set()
    assert CLINIC not in one.everything
    assert [look["role"] for look in other.looks[:2]] == ["Social worker", "Clinical practitioner"]


async def test_58_a_marker_for_staff(as_: As, launched: Launched, alike: Alike):
    """Crew at the door: the marker; the person's own account: as if there were none."""
    launch = await launched("paramedic-london", "staff-safety", "INCIDENT")
    crew = await as_("paramedic-london").asks(
        about="staff-safety", purpose="EMERGENCY", launch=launch
    )
    (alert,) = crew.items("ALERTS")
    assert "weapon" in alert["text"]
    one = await as_("citizen-staff-safety").asks(
        about="staff-safety", categories=EVERYTHING, purpose=OWN
    )
    other = await as_("citizen-staff-safety-alike").asks(
        about="staff-safety-alike", categories=EVERYTHING, purpose=OWN
    )
    assert alike("staff-safety", one, "staff-safety-alike", other)


async def test_29_nobody_elses_record(as_: As):
    """A citizen asks about somebody else: refused, as anybody is who is not the person."""
    answer = await as_("citizen-own-record").asks(about="everywhere", purpose=OWN)
    assert answer.refused_with == "FORBIDDEN"
