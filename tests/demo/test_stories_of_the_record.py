"""The curated people beyond the first twelve: what their nodes hold is what their stories say.

What is one fact and what is two is asked of the merge itself, over what the stores hold.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES, NODES, Story
from demo.population import labels
from demo.population.labels import (
    ABUSE,
    CLINICALLY_NEEDED,
    HIV,
    RESTRICTED,
    SAFEGUARDING,
    SEXUAL_HEALTH,
    STAFF_SAFETY,
    THIRD_PARTY,
)
from demo.population.numbers import numbered
from demo.population.services import SEXUAL_HEALTH_CLINIC
from demo.population.stories import stories
from demo.population.stories.writing import INSTANTS
from federation.merge.link import Line, link
from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.base import UNSTAMPED, Item, SecurityLabel, stamp
from federation.records.care_plans import CprKind
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.medications import MedicationStatus, PrescriptionKind
from federation.records.results import ResultStatus
from federation.sharing.valuesets import load_labels
from tests.demo.items import held, texts_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)
TOLD = {story.slug: story for story in stories()}


def items(slug: str, node, category: Category) -> tuple[Any, ...]:
    return tuple(
        one
        for holding in TOLD[slug].resident.holdings
        if holding.node == node
        for one in held(holding, category)
    )


def lines(slug: str, category: Category) -> list[Line]:
    """The lines of one category, as they come to be over all nodes that hold the person."""
    for holding in TOLD[slug].resident.holdings:
        node = replace(UNSTAMPED, id=holding.node, name=holding.node)
        stamp(held(holding, category), node, NOW)
    return link(
        DEFINITIONS[category],
        [held(holding, category) for holding in TOLD[slug].resident.holdings],
    )


def traced(slug: str) -> tuple[Any, ...]:
    """What tracing knows, number by number, typed as the test knows it to be."""
    return TOLD[slug].resident.traced


def nodes_of(story: Story) -> set[str]:
    return {holding.node for holding in story.resident.holdings}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twin-a", "twin-b"),
        ("birthday-namesake-a", "birthday-namesake-b"),
        ("namesake-a", "namesake-b"),
    ],
)
def test_easily_confused_people_have_neighbouring_numbers(one, other):
    """Between their numbers there is no other valid one."""
    first, last = (int(TOLD[slug].nhs_number[3:9]) for slug in (one, other))
    assert [body for body in range(first + 1, last) if numbered(body)] == []


def test_twins():
    """One birth date, family name and address; one's allergy is not the other's."""
    one, other = (traced(slug)[0].person for slug in ("twin-a", "twin-b"))
    assert (one.birth_date, one.address) == (other.birth_date, other.address)
    assert (one.name.family, one.name.given != other.name.given) == (other.name.family, True)
    (peanut,) = items("twin-a", LONDON, Category.ALLERGIES)
    assert peanut.substance.display == "Peanut"
    assert items("twin-b", LONDON, Category.ALLERGIES) == ()


def test_birthday_namesakes():
    """Name and birth date are the same, address, practice and allergies are not."""
    one, other = (traced(slug)[0].person for slug in ("birthday-namesake-a", "birthday-namesake-b"))
    assert (one.name, one.birth_date) == (other.name, other.birth_date)
    assert one.address != other.address
    assert one.gp_practice != other.gp_practice


def test_adopted_child():
    """Tracing knows the old number as nobody's; one node files another name under it."""
    story = TOLD["adopted-child"]
    current, old = traced("adopted-child")
    assert (current.number, old.number) == (story.nhs_number, story.old_number)
    assert (current.person.nhs_number, old.person) == (story.nhs_number, None)
    before = next(one for one in story.resident.holdings if one.node == HERTS).person
    assert before.nhs_number == story.old_number
    assert before.name
    assert before.name.family != current.person.name.family
    for holding in story.resident.holdings:
        other = story.old_number if holding.node == LONDON else story.nhs_number
        for category in holding.items:
            for item in held(holding, category):
                assert other not in "|".join(texts_of(item))


def test_newborn_and_her_mother():
    """What is about the mother is labelled in both records; what the child needs of it says so."""
    about, needed = [
        one for one in items("newborn", LONDON, Category.OBSERVATIONS) if one.security_labels
    ]
    assert about.security_labels == (THIRD_PARTY, HIV, RESTRICTED)
    assert about.area == "Third party"
    assert needed.security_labels == (THIRD_PARTY, CLINICALLY_NEEDED)
    (infection,) = items("new-mother", LONDON, Category.PROBLEMS)
    assert infection.security_labels == (HIV, RESTRICTED)
    assert items("newborn", LONDON, Category.ENCOUNTERS)[0].start.startswith("2026-06-22")


def test_deceased():
    """One node and tracing know of the death, the other has an appointment after it."""
    story = TOLD["deceased"]
    assert traced("deceased")[0].person.deceased_at == "2026-04-18"
    known = {holding.node: holding.person.deceased for holding in story.resident.holdings}
    assert known == {HERTS: True, MILTON_KEYNES: False}
    (booked,) = items("deceased", MILTON_KEYNES, Category.APPOINTMENTS)
    assert booked.start > "2026-04-18"
    for holding in story.resident.holdings:
        for category in holding.items:
            for item in held(holding, category):
                assert item.recorded_at[:10] <= "2026-04-18"


def test_hospital_and_practice():
    """One product at one dose, repeated by the practice and given on a ward: two lines."""
    (ours,) = items("hospital-and-practice", LONDON, Category.MEDICATIONS)
    (theirs,) = items("hospital-and-practice", MILTON_KEYNES, Category.MEDICATIONS)
    assert (ours.medicine, ours.dosage) == (theirs.medicine, theirs.dosage)
    assert (ours.kind, theirs.kind) == (PrescriptionKind.REPEAT, PrescriptionKind.ACUTE)
    assert (ours.status, theirs.status) == (MedicationStatus.ACTIVE, MedicationStatus.COMPLETED)
    assert len(lines("hospital-and-practice", Category.MEDICATIONS)) == 2


@pytest.mark.parametrize(
    ("slug", "apart", "together"),
    [
        ("high-risk-medicines", 3, 1),
        ("high-risk-immunosuppressants", 2, 1),
    ],
)
def test_high_risk_medicines(slug, apart, together):
    """Written alike at two nodes: those of high risk stand twice, the other stands once."""
    found = lines(slug, Category.MEDICATIONS)
    assert sorted(len(line.items) for line in found) == [1] * (2 * apart) + [2] * together


def test_weekly_methotrexate_says_so():
    """Every entry of it has the day of the week in its dose."""
    for node in (LONDON, MILTON_KEYNES):
        dosages = {
            one.medicine.display.split()[0]: one.dosage
            for one in items("high-risk-immunosuppressants", node, Category.MEDICATIONS)
        }
        assert "once a week" in dosages["Methotrexate"]


def test_degraded_codes():
    """Equal codes and equal words at three nodes, and no two of them on one line."""
    for category, count in ((Category.ALLERGIES, 4), (Category.MEDICATIONS, 2)):
        found = lines("degraded-codes", category)
        assert [len(line.items) for line in found] == [1] * count
    for node in (LONDON, HERTS, MILTON_KEYNES):
        for one in items("degraded-codes", node, Category.ALLERGIES):
            assert one.substance.degraded


def test_ended_allergies():
    """Ended and active on one line, the active one leads; refuted and ended are all there."""
    found = {
        line.lead.substance.display: line for line in lines("ended-allergies", Category.ALLERGIES)
    }
    penicillin = found["Penicillin"]
    assert {one.clinical_status for one in penicillin.items} == {
        ClinicalStatus.ACTIVE,
        ClinicalStatus.RESOLVED,
    }
    assert penicillin.lead.clinical_status is ClinicalStatus.ACTIVE
    assert found["Latex"].lead.verification_status is VerificationStatus.REFUTED
    assert all(one.end_reason for one in found["Trimethoprim"].items)
    assert set(found) == {"Penicillin", "Trimethoprim", "Latex", "Codeine"}


def test_thousand_results():
    """A thousand items; the hundred copies stand on the lines of their originals."""
    counts = {
        node: len(items("thousand-results", node, Category.RESULTS))
        for node in (LONDON, HERTS, MILTON_KEYNES)
    }
    assert counts == {LONDON: 600, HERTS: 300, MILTON_KEYNES: 100}
    found = lines("thousand-results", Category.RESULTS)
    assert sorted({len(line.items) for line in found}) == [1, 2]
    assert len(found) == 900
    assert len(lines("thousand-results", Category.MEDICATIONS)) == 2


def test_amended_result():
    """One line of three; the amended value leads, the first stays with it."""
    (line,) = lines("amended-result", Category.RESULTS)
    assert line.lead.status is ResultStatus.AMENDED
    assert {one.value.value for one in line.items} == {6.4, 4.5}
    (first,) = items("amended-result", MILTON_KEYNES, Category.RESULTS)
    assert (first.status, first.value.value) == (ResultStatus.PRELIMINARY, 6.4)


def test_partial_dates():
    """Every precision and every offset of the story is there as it was written."""
    onsets = {one.onset for one in items("partial-dates", LONDON, Category.PROBLEMS)}
    assert onsets == {"1987", "2004-11", "2019-04-02", None}
    written = [
        one.effective_at for one in items("partial-dates", MILTON_KEYNES, Category.OBSERVATIONS)
    ]
    assert written[: len(INSTANTS)] == list(INSTANTS)
    assert written[len(INSTANTS) :] == ["2012", "2018-06", "2021-02-28", None]
    (vaccine,) = items("partial-dates", HERTS, Category.IMMUNISATIONS)
    assert (vaccine.effective_at, vaccine.recorded_at) == (None, None)


ONE_EVENT = (
    Category.OBSERVATIONS,
    Category.MEDICATIONS,
    Category.IMMUNISATIONS,
    Category.ENCOUNTERS,
    Category.RESULTS,
)


@pytest.mark.parametrize("category", ONE_EVENT)
def test_same_event_written_twice(category):
    """What happened once stands on one line, though no two items of it are written alike."""
    (line,) = lines("same-event-written-twice", category)
    one, other = line.items
    assert {one.source.id, other.source.id} == {LONDON, MILTON_KEYNES}
    assert one.identifiers[0] != other.identifiers[0]


def test_near_misses():
    """Nothing at all stands on one line with anything."""
    story = TOLD["near-misses"]
    categories = {category for holding in story.resident.holdings for category in holding.items}
    assert len(categories) > 7
    for category in categories:
        assert all(len(line.items) == 1 for line in lines("near-misses", category)), category


def test_superseded_document():
    """The first letter names the one that replaced it; another node has the first alone."""
    newer, older = items("superseded-document", LONDON, Category.DOCUMENTS)
    assert older.superseded_by == newer.source_id
    assert (newer.status, older.status) == ("current", "superseded")
    (copy,) = items("superseded-document", MILTON_KEYNES, Category.DOCUMENTS)
    assert copy.identifiers == older.identifiers
    assert len(lines("superseded-document", Category.DOCUMENTS)) == 2


def test_given_and_not_given():
    """One vaccine, one day: given here, not given there, on two lines."""
    (given,) = items("given-and-not-given", LONDON, Category.IMMUNISATIONS)
    (refused,) = items("given-and-not-given", HERTS, Category.IMMUNISATIONS)
    assert (given.given, refused.given, bool(refused.not_given_reason)) == (True, False, True)
    assert (given.vaccine, given.effective_at) == (refused.vaccine, refused.effective_at)
    assert len(lines("given-and-not-given", Category.IMMUNISATIONS)) == 2


def test_sensitive_items():
    """All that the clinic wrote is labelled, nothing that the practice wrote is."""
    for holding in TOLD["sensitive-items"].resident.holdings:
        for category in holding.items:
            for item in held(holding, category):
                clinic = item.custodian == SEXUAL_HEALTH_CLINIC.organisation
                assert item.security_labels == ((SEXUAL_HEALTH, RESTRICTED) if clinic else ())


def test_child_protection():
    """The alert has the social worker's telephone and no label; the narrative has labels."""
    (plan,) = items("child-protection", HERTS, Category.ALERTS)
    assert plan.security_labels == ()
    assert "01632 960242" in plan.text
    (narrative,) = items("child-protection", HERTS, Category.SOCIAL_CARE)
    assert narrative.security_labels == (SAFEGUARDING, ABUSE, RESTRICTED)
    assert narrative.text not in plan.text
    assert any(
        one.organisation and "01632 960242" in one.phones
        for one in items("child-protection", HERTS, Category.CONTACTS)
    )


def test_staff_safety():
    """The marker is an active alert about the safety of staff, and labelled."""
    (marker,) = items("staff-safety", LONDON, Category.ALERTS)
    assert (marker.area, marker.status) == ("staff safety", "ACTIVE")
    assert marker.security_labels == (STAFF_SAFETY, RESTRICTED)


def test_palliative():
    """The plan has every field that a crew needs at the door."""
    (plan,) = items("palliative", CARE_PLAN_NODE, Category.CARE_PLANS)
    assert plan.cpr.decision is CprKind.DO_NOT_ATTEMPT_CPR
    empty = [
        field
        for field in ("access_note", "contacts", "anticipatory_medicines", "ceiling_of_treatment",
                      "advance_decision", "lasting_power_of_attorney", "narrative", "activities")
        if not getattr(plan, field)
    ]  # fmt: skip
    assert empty == []
    assert all(contact.phones for contact in plan.contacts)
    assert items("palliative", CARE_PLAN_NODE, Category.CONTACTS)


def test_interpreter():
    """One node knows the language and the adjustments, the other nothing of them."""
    told = {
        holding.node: (
            holding.person.language,
            holding.person.interpreter_needed,
            bool(holding.person.reasonable_adjustments),
        )
        for holding in TOLD["interpreter"].resident.holdings
    }
    assert told == {LONDON: ("Bengali", True, True), MILTON_KEYNES: (None, None, False)}


def test_care_home_resident():
    """Placement, legal status, attorney and the home's nurse are all there, the status labelled."""
    facts = items("care-home-resident", HERTS, Category.SOCIAL_CARE)
    assert [one.kind.display for one in facts] == ["Care home placement", "Deprivation of liberty"]
    assert [one.security_labels for one in facts] == [(), (RESTRICTED,)]
    contacts = items("care-home-resident", HERTS, Category.CONTACTS)
    assert any(one.lasting_power_of_attorney for one in contacts)
    assert any(one.organisation and one.organisation.kind == "care-home" for one in contacts)


def test_restricted_leaks():
    """What is held of the restricted person outside demographics does tell where she lives.

    Otherwise it would show nothing that none of it comes out.
    """
    telling = {
        category
        for holding in TOLD["restricted"].resident.holdings
        for category in holding.items
        for item in held(holding, category)
        if any(word in "|".join(texts_of(item)) for word in ("Harlow", "Roding", "Foxbury"))
    }
    assert {
        Category.DOCUMENTS,
        Category.APPOINTMENTS,
        Category.CONTACTS,
        Category.ENCOUNTERS,
    } <= telling


def test_everywhere_shows_the_whole_record():
    """The first person whom a newcomer asks for has entries in every category."""
    found = {
        category for holding in TOLD["everywhere"].resident.holdings for category in holding.items
    }
    assert found == set(Category) - {Category.DEMOGRAPHICS}
    assert nodes_of(TOLD["everywhere"]) == set(NODES)
    assert len(lines("everywhere", Category.PROBLEMS)) == 7


def test_nothing_of_a_story_lies_before_the_birth():
    """No curated person's fact is older than they are."""
    for story in TOLD.values():
        for holding in story.resident.holdings:
            born = str(holding.person.birth_date)
            for category in holding.items:
                for item in held(holding, category):
                    day = (item.effective_at or item.recorded_at or born)[:10]
                    assert day >= born[: len(day)], (story.slug, item)


ALIKE = {
    "fertility": 3,
    "gender-history": 2,
    "child-of-fifteen": 2,
    "coerced": 1,
    "staff-safety": 1,
}
"""How many labelled things the first of two has that the second has not."""


@pytest.mark.parametrize(("slug", "more"), ALIKE.items())
def test_people_who_are_alike(slug: str, more: int):
    """Two differ in labelled things alone, so that an answer that hides those tells the same."""
    labelled, titles = _told(slug)
    plain, same_titles = _told(f"{slug}-alike")
    assert (len(labelled), plain, titles) == (more, [], same_titles)


def _told(slug: str) -> tuple[list[Item], list[tuple[str, str]]]:
    """What is labelled, and the titles of all else with where they stand."""
    story = TOLD[slug]
    found = [
        (f"{holding.node} {category}", item)
        for holding in story.resident.holdings
        if holding.person.nhs_number == story.nhs_number
        for category in holding.items
        for item in held(holding, category)
    ]
    plain = [(place, item) for place, item in found if not item.security_labels]
    titles = [(place, DEFINITIONS[Category(place.split()[1])].title(item)) for place, item in plain]
    return [item for _, item in found if item.security_labels], sorted(titles)


def test_the_networks_own_labels():
    """Each label of the network's own is one that its sharing rules know."""
    known = {(one.system, one.code) for one in load_labels().labels}
    own = [one for one in vars(labels).values() if isinstance(one, SecurityLabel)]
    assert {(one.system, one.code) for one in own if one.system == labels.NETWORK} <= known
