"""What is sensitive, to whom. Scenarios 18, 19, 20, 23, 41, 57 and 59."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from demo.model import LONDON as DEMO_LONDON
from demo.population.labels import SEXUAL_HEALTH
from demo.population.world import ROYAL_FREE
from federation.model import Category
from federation.records.base import Item
from tests.acceptance.answer import Answer
from tests.acceptance.asking import CLINICAL, EVERYTHING, As
from tests.acceptance.conftest import Alike
from tests.acceptance.consenting import consents
from tests.acceptance.launching import Launched
from tests.acceptance.rewriting import with_another
from tests.scenarios.network import System

HERTS, LONDON = "herts-west-essex", "london-care-record"
TOPICS = ("sexual", "Chlamydia", "HIV", "Genitourinary", "STD", "Lamplight")


async def test_18_no_topic_is_named(as_: As):
    """Social worker about somebody whom a sexual health clinic saw: withheld, no topic named."""
    answer = await as_("social-worker-herts").asks(about="sensitive-items", categories=CLINICAL)
    said = answer.everything.replace(answer.notice, "")
    assert not [topic for topic in TOPICS if topic.lower() in said.lower()]
    other = await as_("social-worker-herts").asks(about="care-home-resident")
    assert answer.notice == other.notice


async def test_18_by_the_topic_alone(as_: As, system: System, tmp_path: Path):
    """No matter how little the clinic labels: withheld, and a hospital's like stay is shown."""
    seen = {}
    for told in (_a_stay_at_the_clinic, _a_stay_at_a_hospital):
        folder = tmp_path / told.__name__
        folder.mkdir()
        gateway = with_another(
            system, folder, DEMO_LONDON, "sensitive-items", Category.ENCOUNTERS, told
        )
        answer = await as_("social-worker-herts", gateway).asks(
            about="sensitive-items", categories=CLINICAL
        )
        seen[told] = len(answer.items("ENCOUNTERS"))
    assert seen == {_a_stay_at_the_clinic: 0, _a_stay_at_a_hospital: 1}


def _a_stay_at_the_clinic(visit: Item) -> Item:
    return replace(visit, kind="inpatient", security_labels=(SEXUAL_HEALTH,))


def _a_stay_at_a_hospital(visit: Item) -> Item:
    place = ROYAL_FREE.organisation
    plain = replace(visit, kind="inpatient", security_labels=(), specialty="General medicine")
    return replace(plain, place=place, custodian=place, author=None, clinicians=())


async def test_19_a_clinic_sees_what_it_wrote(as_: As, launched: Launched):
    """Clinician of a sexual health clinic about the clinic's own patient: its own items."""
    launch = await launched("gum-clinician-london", "sensitive-items", "APPOINTMENT")
    answer = await as_("gum-clinician-london").asks(
        about="sensitive-items", categories=CLINICAL, launch=launch
    )
    assert "Chlamydial infection" in answer.titles("PROBLEMS")
    assert "Sexual health clinic letter" in answer.titles("DOCUMENTS")
    (visit,) = answer.items("ENCOUNTERS")
    assert visit["custodian"]["odsCode"] == "Z99131"


async def test_20_another_clinics_record_is_hidden(as_: As, launched: Launched):
    """Practice about what a clinic wrote: hidden, but the medicine, without who and why."""
    launch = await launched("gp-london", "sensitive-items", "REFERRAL")
    answer = await as_("gp-london").asks(
        about="sensitive-items", categories=CLINICAL, launch=launch
    )
    assert answer.titles("PROBLEMS") == ["Asthma"]
    assert not answer.titles("DOCUMENTS")
    medicine = answer.item("MEDICATIONS", "Doxycycline 100mg capsules")
    assert (medicine["custodian"], medicine["author"], medicine["indication"]) == (None, None, None)
    said = answer.everything.replace(answer.notice, "")
    assert not [topic for topic in TOPICS if topic in said]


async def test_23_a_former_gender(as_: As, launched: Launched, alike: Alike):
    """Midwife, pregnant patient with a gender history: hidden; the former number never joined."""
    answers = {}
    for slug in ("gender-history", "gender-history-alike"):
        launch = await launched("midwife-london", slug, "ADMISSION")
        answers[slug] = await as_("midwife-london").asks(
            about=slug, categories=EVERYTHING, launch=launch
        )
    one, other = answers["gender-history"], answers["gender-history-alike"]
    assert alike("gender-history", one, "gender-history-alike", other)
    assert "Pregnancy" in one.titles("PROBLEMS")
    assert "Gender" not in one.everything
    assert "Rebecca" not in one.everything
    assert one.states("ENCOUNTERS")[LONDON] == "NO_RECORD_HELD"


async def test_23_on_recorded_consent(as_: As, system: System, launched: Launched, tmp_path: Path):
    """The person's recorded consent opens the history, and still not the former number."""
    gateway = system.gateway_of("gender-consent", lambda _: None)

    async def looks() -> Answer:
        launch = await launched("midwife-london", "gender-history", "ADMISSION", at=gateway)
        return await as_("midwife-london", gateway).asks(
            about="gender-history", categories=EVERYTHING, launch=launch
        )

    await consents(system, gateway, tmp_path, "gender-history", FERTILITY="2026-01-01,")
    assert "Gender" not in (await looks()).everything
    await consents(system, gateway, tmp_path, "gender-history", GENDER_HISTORY="2026-01-01,")
    opened = await looks()
    assert "Gender reassignment" in opened.titles("PROBLEMS")
    assert "Gender identity clinic letter" in opened.titles("DOCUMENTS")
    assert "Rebecca" not in opened.everything
    assert "Sore throat" not in opened.everything
    assert opened.states("ENCOUNTERS")[LONDON] == "NO_RECORD_HELD"


@pytest.mark.parametrize("persona", ["gp-herts", "gp-london", "consultant-london"])
async def test_41_whereabouts_are_emptied_for_everybody(as_: As, persona: str):
    """Clinician about a restricted person: address, telephone and practice emptied for all."""
    answer = await as_(persona).asks(about="restricted", categories=EVERYTHING)
    person = answer.person
    assert (person["address"], person["phones"], person["gpPractice"]) == (None, [], None)
    for secret in ("Harlow", "CM20", "Foxbury", "Roding", "07700 900124", "Hamstel"):
        assert secret not in answer.everything, secret
    assert "Trimethoprim" in answer.titles("ALLERGIES")
    for visit in answer.items("ENCOUNTERS"):
        assert visit["place"] is None
        assert "place" in {one["field"] for one in visit["redactions"]}
    assert not any(contact["phones"] for contact in answer.items("CONTACTS"))


async def test_41_whoever_looks_is_alerted(as_: As):
    """Privacy officers are told of a look at a restricted person."""
    doctor = as_("gp-herts")
    await doctor.asks(about="restricted")
    assert await doctor.alerts("VIEW")


async def test_57_the_next_appointment_is_withheld(as_: As):
    """Anybody about a restricted person's next appointment: withheld whole, places emptied."""
    answer = await as_("gp-herts").asks(about="restricted", categories=("APPOINTMENTS",))
    assert not answer.items("APPOINTMENTS")
    states = set(answer.states("APPOINTMENTS").values())
    assert states <= {"WITHHELD NOT_PERMITTED", "NOT_ASKED NOT_OFFERED"}
    assert "2026-07" not in answer.everything


async def test_59_the_mothers_infection(as_: As, launched: Launched):
    """Newborn's clinician, mother's infection: withheld, but what its source marked as needed."""
    launch = await launched("neonatal-nurse-milton-keynes", "newborn", "REFERRAL")
    answer = await as_("neonatal-nurse-milton-keynes").asks(
        about="newborn", categories=("OBSERVATIONS",), launch=launch
    )
    titles = answer.titles("OBSERVATIONS")
    assert "Mother's infection in pregnancy" not in titles
    assert "Exposure before birth" in titles
    assert "viral load" not in answer.everything
