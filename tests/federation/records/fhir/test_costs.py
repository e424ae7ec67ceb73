"""What a source could make reading cost: bounded, and said where the bound is reached."""

import pytest

from federation.model import Category
from federation.records.fhir import investigations
from federation.records.fhir.elements import Reference
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, UnreadableError
from tests.federation.records.fhir.reading import SELF, parse

TOO_MUCH = "references that cost more than can be followed"
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r",
    "contained": [{"resourceType": "Practitioner", "id": "d", "name": [{"text": "Dr Ada"}]}],
    "practitioner": {"reference": "#d"},
    "code": [{"text": "x" * 1000}],
}


def an_observation(number, **given):
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "subject": SELF,
        "code": {"text": "Pulse"},
        "valueString": "60",
    } | given


def gathered(category, resources, *along, most_bytes=10**9):
    found = [parse(one) for one in resources]
    known = {f"{one.kind}/{one.id}": one for one in (*found, *map(parse, along))}
    reading = FHIR_READERS[category]
    return reading.gather(reading.readers, found, References(known, {}, most_bytes=most_bytes))


def test_a_large_resource_that_everything_points_at():
    """It is read so often and no oftener; what needs it beyond that is counted, the rest stands."""
    author = {"performer": [{"reference": "PractitionerRole/r"}]}
    pointing = [an_observation(number, **author) for number in range(50)]
    found = gathered(
        Category.OBSERVATIONS, [*pointing, an_observation(50)], ROLE, most_bytes=20_000
    )
    shown, refused = len(found.items), found.unreadable[TOO_MUCH]
    assert (shown + refused, found.items[-1].source_id) == (51, "o50")
    assert shown > 1 < refused


def test_what_is_contained_is_looked_through_once():
    """However many point at a resource, what it contains is found once."""
    role = parse(ROLE)
    references = References({"PractitionerRole/r": role}, {})
    one, other = references.within(role), references.none().within(role)
    inside = Reference(reference="#d")
    assert one.find(inside) is references.within(role).find(inside)
    assert one.find(inside) is not other.find(inside)


def test_documents_of_which_none_is_known_to_stand():
    """Where it cannot be told which document replaces which, none is shown as the current one."""
    first = {"resourceType": "DocumentReference", "id": "d1", "status": "current", "content": []}
    target = {"reference": "DocumentReference/d1"}
    second = first | {"id": "d2", "relatesTo": [{"code": "replaces", "target": target}]}
    first, second = (one | {"type": {"text": "Letter"}, "subject": SELF} for one in (first, second))
    assert len(gathered(Category.DOCUMENTS, [first, second]).items) == 2
    outcomes = [
        gathered(Category.DOCUMENTS, [first, second], most_bytes=most)
        for most in range(0, 2000, 50)
    ]
    assert {(len(one.items), one.unreadable[TOO_MUCH]) for one in outcomes} == {
        (0, 2),
        (2, 0),
    }


def test_two_documents_of_one_id_of_which_one_cannot_be_read():
    """The other one stands."""
    letter = {"resourceType": "DocumentReference", "id": "d1", "status": "current"}
    letter |= {"type": {"text": "Letter"}, "subject": SELF}
    changed = letter | {"modifierExtension": [{"url": "urn:not"}]}
    found = gathered(Category.DOCUMENTS, [letter, changed])
    assert (len(found.items), found.unreadable.total()) == (1, 1)


@pytest.mark.parametrize("category", [Category.RESULTS, Category.OBSERVATIONS])
def test_reports_that_list_the_same_over_and_over(category):
    """Under whose labels a result stands is then not known: none is shown, and all are counted."""
    members = [{"reference": f"Observation/o{number}"} for number in range(500)]
    group = an_observation("g", hasMember=members)
    inside = [an_observation(number) for number in range(500)]
    reports = [
        {
            "resourceType": "DiagnosticReport",
            "id": f"r{number}",
            "status": "final",
            "code": {"text": "Panel"},
            "result": [{"reference": "Observation/og"}],
        }
        for number in range(investigations.MOST_PLACES // 500 + 1)
    ]
    found = gathered(category, [*reports, group, *inside])
    assert found.items == []
    assert found.unreadable == {
        "reports that list more than can be followed": len(reports) + len(inside) + 1
    }


@pytest.mark.parametrize("led_to", ["PractitionerRole/r", "PractitionerRole/s"])
def test_roles_that_lead_to_each_other(led_to):
    """What leads round in a ring names nobody, and the item stands."""
    ends = {"practitioner": {"reference": led_to}, "organization": {"reference": led_to}}
    role = {"resourceType": "PractitionerRole", "id": "r"} | ends
    other = role | {"id": "s"} | {name: {"reference": "PractitionerRole/r"} for name in ends}
    author = {"reference": "PractitionerRole/r", "display": "Dr Ada Example"}
    (item,) = gathered(
        Category.OBSERVATIONS, [an_observation(1, performer=[author])], role, other
    ).items
    assert (item.author.name, item.custodian) == ("Dr Ada Example", None)


def test_many_things_of_one_id():
    """Things of one id that differ are all shown, however many there are."""
    same = [an_observation(1, valueString=str(number)) for number in range(3000)]
    assert len(gathered(Category.OBSERVATIONS, same).items) == 3000


def test_what_costs_too_much_is_no_crash():
    """Every category counts what it could not follow."""
    with pytest.raises(UnreadableError, match=TOO_MUCH):
        References({"PractitionerRole/r": parse(ROLE)}, {}, most_bytes=10).find(
            Reference(reference="PractitionerRole/r")
        )
