"""Each curated person's story is true of what the nodes and the tracing service hold."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES, NODES
from demo.population.stories import stories
from federation.model import Assertion, Category
from federation.nhs_number import parse_nhs_number
from federation.records.allergies import Criticality
from federation.records.care_plans import CprKind
from federation.records.clinical import ClinicalStatus
from federation.records.medications import MedicationStatus

DOCUMENTED = Path(__file__).parents[2] / "docs" / "people.md"


def held(stores, node, number):
    people = stores[node].people([number])
    return people[0] if people else None


def items(stores, node, number, category):
    person = held(stores, node, number)
    return stores[node].part(person, category).items if person else ()


def nodes_holding(stores, number):
    return {node for node in NODES if held(stores, node, number)}


def test_the_documented_people_are_those_of_the_code_in_order(told):
    """`docs/people.md` has a row for each, the one who is everywhere first."""
    rows = re.findall(r"^\| `([a-z-]+)` \|(.+)\|(.+)\|$", DOCUMENTED.read_text(), re.MULTILINE)
    assert [slug for slug, *_ in rows] == list(told)
    assert all(shows.strip() and hazard.strip() for _, shows, hazard in rows)
    assert next(iter(told)) == "everywhere"


def test_each_is_told_with_all_that_a_newcomer_is_shown(told):
    """Slug, name, valid number, birth date, and a story in whole sentences."""
    for person in told.values():
        assert set(person) == {"slug", "name", "nhsNumber", "birthDate", "story"}
        assert parse_nhs_number(person["nhsNumber"]) == person["nhsNumber"]
        assert person["story"].endswith(".")


def test_stories_are_the_same_every_time():
    """Curated people do not depend on any seed."""
    assert stories() == stories()


def test_everywhere(stores, told):
    """Entries in all four nodes, some of them copies; nothing that her allergy forbids."""
    number = told["everywhere"]["nhsNumber"]
    assert nodes_holding(stores, number) == set(NODES)
    for node in (LONDON, HERTS, MILTON_KEYNES):
        substances = {
            one.substance.display for one in items(stores, node, number, Category.ALLERGIES)
        }
        assert "Penicillin" in substances
        assert items(stores, node, number, Category.MEDICATIONS)
        assert items(stores, node, number, Category.OBSERVATIONS)
    assert items(stores, CARE_PLAN_NODE, number, Category.CARE_PLANS)[0].cpr
    medicines = {
        one.medicine.display
        for node in NODES
        for one in items(stores, node, number, Category.MEDICATIONS)
    }
    assert len(medicines) >= 7
    assert not any("cillin" in name.lower() for name in medicines)
    shared = {
        identifier.value
        for one in items(stores, HERTS, number, Category.ALLERGIES)
        for identifier in one.identifiers
    } & {
        identifier.value
        for one in items(stores, LONDON, number, Category.ALLERGIES)
        for identifier in one.identifiers
    }
    assert shared


def test_allergy_contradiction(stores, told):
    """Hertfordshire asserts none known; London holds penicillin anaphylaxis, active and high."""
    number = told["allergy-contradiction"]["nhsNumber"]
    herts = stores[HERTS].part(held(stores, HERTS, number), Category.ALLERGIES)
    assert (herts.items, herts.assertion) == ((), Assertion.NONE_KNOWN)
    (allergy,) = items(stores, LONDON, number, Category.ALLERGIES)
    assert allergy.substance.display == "Penicillin"
    assert allergy.criticality is Criticality.HIGH
    assert allergy.clinical_status is ClinicalStatus.ACTIVE
    assert [one.display for one in allergy.reactions] == ["Anaphylaxis"]


def test_two_doses(stores, told):
    """One coded product, active in two nodes, with two directions."""
    number = told["two-doses"]["nhsNumber"]
    (one,) = items(stores, LONDON, number, Category.MEDICATIONS)
    (other,) = items(stores, MILTON_KEYNES, number, Category.MEDICATIONS)
    assert one.medicine == other.medicine
    assert one.medicine.codings
    assert one.dosage != other.dosage
    assert {one.status, other.status} == {MedicationStatus.ACTIVE}
    assert (one.route, one.form, one.kind) == (other.route, other.form, other.kind)


def test_two_cpr_decisions(stores, told):
    """The Universal Care Plan and the practice's plan differ."""
    number = told["two-cpr-decisions"]["nhsNumber"]
    decided = {
        node: [plan.cpr.decision for plan in items(stores, node, number, Category.CARE_PLANS)]
        for node in (CARE_PLAN_NODE, HERTS)
    }
    assert decided == {
        CARE_PLAN_NODE: [CprKind.DO_NOT_ATTEMPT_CPR],
        HERTS: [CprKind.ATTEMPT_CPR],
    }


def test_namesakes(told):
    """Similar names and numbers, other birth dates."""
    one, other = told["namesake-a"], told["namesake-b"]
    assert one["name"].split()[1] == other["name"].split()[1]
    assert one["birthDate"] != other["birthDate"]
    assert abs(int(one["nhsNumber"][:9]) - int(other["nhsNumber"][:9])) == 1


def test_other_birth_date(stores, tracing, told):
    """One node holds another birth date than the tracing service and the other node."""
    person = told["other-birth-date"]
    number = person["nhsNumber"]
    assert tracing.trace(number).person.birth_date == person["birthDate"]
    assert held(stores, LONDON, number).person.birth_date == person["birthDate"]
    assert held(stores, MILTON_KEYNES, number).person.birth_date != person["birthDate"]
    assert items(stores, MILTON_KEYNES, number, Category.ALLERGIES)


def test_superseded(stores, tracing, told, population):
    """Tracing gives the current number for the old one; Hertfordshire holds the old one alone."""
    current = told["superseded"]["nhsNumber"]
    replaced = msgspec.json.decode((population / "superseded.json").read_bytes())
    (old,) = [one["old"] for one in replaced if one["current"] == current]
    assert tracing.trace(old).person.nhs_number == current
    assert nodes_holding(stores, current) == {LONDON}
    assert nodes_holding(stores, old) == {HERTS}
    assert held(stores, HERTS, old).person.nhs_number == old


def test_held_nowhere(stores, tracing, told):
    """Tracing knows him, no node does."""
    number = told["held-nowhere"]["nhsNumber"]
    assert tracing.trace(number).person
    assert nodes_holding(stores, number) == set()


def test_retired_number(tracing, told):
    """Tracing knows the number and that it names nobody."""
    assert tracing.trace(told["retired-number"]["nhsNumber"]).person is None


def test_long_history(stores, told):
    """Some four hundred observations over three nodes, each at its own minute."""
    number = told["long-history"]["nhsNumber"]
    counts = [
        len(items(stores, node, number, Category.OBSERVATIONS))
        for node in (LONDON, HERTS, MILTON_KEYNES)
    ]
    assert sum(counts) == 400
    assert all(counts)


def test_restricted(stores, tracing, told):
    """Tracing and her practice protect her whereabouts; one node still holds an address."""
    number = told["restricted"]["nhsNumber"]
    person = tracing.trace(number).person
    assert person.restricted
    assert (person.address, person.phones, person.gp_practice) == (None, (), None)
    assert held(stores, HERTS, number).person.address is None
    assert held(stores, LONDON, number).person.address is not None
