"""Care across a border of two regions. Scenarios 1, 2, 3, 8, 9, 14, 16, 17 and 45."""

from __future__ import annotations

from tests.acceptance.asking import CLINICAL, As
from tests.acceptance.launching import Launched
from tests.acceptance.networks import with_oxford
from tests.scenarios.network import System

HOUR = 3600.0
HERTS, LONDON, MILTON_KEYNES = "herts-west-essex", "london-care-record", "milton-keynes"


async def test_01_gp_sees_hospital_results_of_a_registered_person(as_: As):
    """London practice, its registered patient, direct care: the Watford hospital's results."""
    answer = await as_("gp-london").asks(about="seen-in-watford", categories=("RESULTS",))
    assert answer.states("RESULTS")[HERTS] == "FRESH"
    results = [item for item in answer.items("RESULTS") if item["source"]["id"] == HERTS]
    assert {item["custodian"]["odsCode"] for item in results} == {"RWG"}
    assert not any(item["redactions"] for item in results)


async def test_02_emergency_department_sees_medicines_and_allergies(as_: As, launched: Launched):
    """Watford emergency department, patient attending: London's medicines and allergies, whole."""
    launch = await launched("ed-doctor-watford", "seen-in-watford", "ADMISSION")
    answer = await as_("ed-doctor-watford").asks(
        about="seen-in-watford", categories=("MEDICATIONS", "ALLERGIES"), launch=launch
    )
    assert "Penicillin" in answer.titles("ALLERGIES")
    assert "Ramipril 5mg capsules" in answer.titles("MEDICATIONS")
    for category in ("MEDICATIONS", "ALLERGIES"):
        assert answer.states(category)[LONDON] == "FRESH"
        assert not any(item["redactions"] for item in answer.items(category))


async def test_03_consultant_sees_letters_of_a_referred_person(as_: As, launched: Launched):
    """Milton Keynes consultant, referred patient: the London hospital's letters."""
    launch = await launched("consultant-milton-keynes", "superseded-document", "REFERRAL")
    answer = await as_("consultant-milton-keynes").asks(
        about="superseded-document", categories=("DOCUMENTS",), launch=launch
    )
    assert answer.states("DOCUMENTS")[LONDON] == "FRESH"
    assert any(item["source"]["id"] == LONDON for item in answer.items("DOCUMENTS"))


async def test_08_community_nurse_reads_a_discharge_summary(as_: As):
    """Community nurse on her mobile, caseload patient: London's summary, not to be downloaded."""
    answer = await as_("community-nurse-herts").asks(
        about="discharged-home", categories=("DOCUMENTS",)
    )
    assert answer.titles("DOCUMENTS") == ["Discharge summary: heart failure"]
    assert "NO_DOWNLOAD" in answer.obligations


async def test_09_nurse_has_no_business_with_somebody_else(as_: As):
    """The same nurse, not on her caseload: withheld; shown once she declares, which is alerted."""
    nurse = as_("community-nurse-herts")
    before = await nurse.asks(about="passing-through")
    for category in ("ALLERGIES", "MEDICATIONS", "PROBLEMS"):
        assert not before.items(category)
        assert before.states(category)[HERTS] == "WITHHELD RELATIONSHIP_NEEDED"
        assert before.states(category)[MILTON_KEYNES] == "WITHHELD RELATIONSHIP_NEEDED"
    declared = await nurse.does(
        "declareRelationship", "id expiresAt", "passing-through", reason="Dressing at the clinic"
    )
    assert declared.refused_with is None, declared
    after = await nurse.asks(about="passing-through", categories=CLINICAL)
    assert after.states("MEDICATIONS")[MILTON_KEYNES] == "FRESH"
    assert "Asthma" in after.titles("PROBLEMS")
    assert await nurse.alerts("DECLARE_RELATIONSHIP")


async def test_09_her_word_lasts_a_day(as_: As, system: System):
    """What she declared lets her in for a day, and then no longer."""
    gateway = system.gateway_of("declared", lambda _: None)
    nurse = as_("community-nurse-herts", gateway)
    declared = await nurse.does(
        "declareRelationship", "id", "passing-through", reason="Dressing at the clinic"
    )
    assert declared.refused_with is None, declared
    states = []
    for hours in (23, 25):
        system.set_clock(gateway, hours * HOUR)
        answer = await nurse.asks(about="passing-through", lasts=26 * HOUR)
        states.append(answer.states("MEDICATIONS")[HERTS])
    # The nodes keep their own time and believe no gateway of tomorrow: that it was asked tells.
    assert states == ["UNAVAILABLE NODE_REFUSED_IDENTITY", "WITHHELD RELATIONSHIP_NEEDED"]


async def test_14_pharmacist_sees_the_pharmacy_set(as_: As):
    """Nominated pharmacy, person agrees: medicines, allergies, problems, results; nothing else."""
    answer = await as_("pharmacist-london").asks(about="nominates-pharmacy", categories=CLINICAL)
    for category in ("MEDICATIONS", "ALLERGIES", "PROBLEMS", "RESULTS"):
        assert answer.states(category)[LONDON] == "FRESH", category
        assert answer.items(category), category
    for category in ("SOCIAL_CARE", "DOCUMENTS", "ENCOUNTERS", "CARE_PLANS", "ABOUT_ME"):
        assert not answer.items(category)
        assert answer.states(category)[LONDON].split()[0] in {"WITHHELD", "NOT_ASKED"}
    assert "Psychology" not in answer.everything
    assert "key worker" not in answer.everything


async def test_16_no_agreement_for_pharmacies_is_said(as_: As):
    """Pharmacist in Milton Keynes, agreement without pharmacies: London is not asked."""
    answer = await as_("pharmacist-milton-keynes").asks(
        about="two-doses", categories=("MEDICATIONS",)
    )
    assert answer.states("MEDICATIONS")[LONDON] == "NOT_ASKED NO_AGREEMENT"
    assert not any(item["source"]["id"] == LONDON for item in answer.items("MEDICATIONS"))
    assert answer.record["coverage"]["state"] == "SOME_SOURCES_MISSING"


async def test_17_social_worker_sees_what_an_open_case_needs(as_: As):
    """County social worker, open case: social care, plan, contacts, discharge; no results."""
    answer = await as_("social-worker-herts").asks(about="care-home-resident", categories=CLINICAL)
    for category in ("SOCIAL_CARE", "CARE_PLANS", "CONTACTS"):
        assert answer.items(category), category
    assert "Care home placement" in answer.titles("SOCIAL_CARE")
    assert any(item["end"] for item in answer.items("ENCOUNTERS"))
    for category in ("RESULTS", "OBSERVATIONS", "DOCUMENTS"):
        assert not answer.items(category)
        assert answer.states(category)[HERTS].split()[0] in {"WITHHELD", "NOT_ASKED"}
    assert "General practice consultation" not in answer.titles("ENCOUNTERS")
    assert answer.notice


async def test_45_a_visitor_from_oxford(as_: As, system: System, launched: Launched):
    """Resident of Oxford in a London emergency department: Oxford is listed as not asked."""
    gateway = system.gateway_of("oxford", with_oxford)
    launch = await launched("ed-doctor-london", "from-oxford", "ADMISSION", at=gateway)
    answer = await as_("ed-doctor-london", gateway).asks(
        about="from-oxford", categories=("ENCOUNTERS", "ALLERGIES"), launch=launch
    )
    assert answer.states("ENCOUNTERS")[LONDON] == "FRESH"
    assert answer.states("ENCOUNTERS")[HERTS] == "NO_RECORD_HELD"
    assert answer.states("ENCOUNTERS")["oxfordshire"] == "NOT_ASKED NO_AGREEMENT"
    assert answer.record["coverage"]["state"] == "SOME_SOURCES_MISSING"
    assert "Oxfordshire" in answer.headline
