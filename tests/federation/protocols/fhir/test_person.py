"""Whose resources are read: who the person is here, and what is about somebody else."""

import pytest

from federation.flow import Failure
from federation.model import Category
from tests.builders import NUMBER, OTHER_NUMBER
from tests.federation.protocols.fhir.asking import (
    always_sent,
    ask,
    calling,
    holding,
    part,
    seen,
)
from tests.federation.protocols.speakers import (
    Fhir,
    a_node_at,
    fetch,
    fhir_allergy,
    fhir_patient,
)
from tests.stubs.fhir_node import FhirNode, entry, outcome, searchset
from tests.stubs.http import serving

STRANGERS = [
    {"reference": "Patient/p2"},
    {"reference": "http://elsewhere.example/Patient/p1"},
    {"reference": "Group/p1"},
    {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": OTHER_NUMBER}},
    {"display": "Orla Fernsby"},
    {},
    {
        "reference": "Patient/p1",
        "identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": OTHER_NUMBER},
    },
]


@pytest.mark.parametrize("subject", STRANGERS)
async def test_somebody_elses_resource_among_the_persons(transport, subject):
    """A resource that is not shown to be this person's is set aside and counted."""
    stranger = fhir_allergy(2, "Latex") | {"patient": subject}
    found = await part(transport, always_sent(fhir_allergy(1, "Penicillin"), stranger))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 1, 1)


@pytest.mark.parametrize("subject", STRANGERS)
async def test_only_somebody_elses_resources(transport, subject):
    """An answer that is not about this person at all says so."""
    found = await part(transport, always_sent(fhir_allergy(2, "Latex") | {"patient": subject}))
    assert seen(found) == ("INVALID_RESPONSE", "WRONG_PERSON", 0, 0)
    assert found.reasons == {"about somebody else, or not said about whom": 1}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(NUMBER, ("FRESH", None, 1, 0)), (OTHER_NUMBER, ("INVALID_RESPONSE", "WRONG_PERSON", 0, 0))],
)
async def test_a_vaccination_that_contains_the_person(transport, number, expected):
    """Servers that hold no Patient of their own send the person inside each resource."""
    vaccination = {
        "resourceType": "Immunization",
        "id": "v1",
        "status": "completed",
        "contained": [fhir_patient("Pat1", number)],
        "patient": {"reference": "#Pat1"},
        "vaccineCode": {"text": "Seasonal influenza vaccine"},
        "occurrenceDateTime": "2021-02-07",
    }
    stub = holding(extra={"Immunization": [entry(vaccination)]})
    found = await part(transport, stub, categories=(Category.IMMUNISATIONS,))
    assert seen(found) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"value": NUMBER, "use": "official"}, NUMBER),
        ({"value": OTHER_NUMBER, "use": "old"}, NUMBER),
        ({"value": OTHER_NUMBER}, OTHER_NUMBER),
        ({"value": OTHER_NUMBER, "use": "official"}, OTHER_NUMBER),
    ],
)
async def test_a_record_that_bears_two_numbers(transport, second, expected):
    """A number in use that is not the person's makes it somebody else's: nothing is asked for."""
    patient = fhir_patient()
    patient["identifier"].append({"system": "https://fhir.nhs.uk/Id/nhs-number"} | second)
    reply, requests = await ask(transport, FhirNode([patient, fhir_allergy(1, "Latex")]))
    (record,) = reply.records
    assert record.person.nhs_number == expected
    assert len(record.parts[Category.ALLERGIES].items) == (expected == NUMBER)
    assert any("Allergy" in one.target for one in requests) is (expected == NUMBER)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/3"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}},
        {"reference": "http://inside.example/fhir/Patient/p1"},
        {"reference": "http://inside.example/fhir/Patient/p1/_history/9"},
    ],
)
async def test_ways_of_naming_the_person(transport, subject):
    """A subject may be named by reference, by version, by NHS number or as the node calls it."""
    stub = always_sent(fhir_allergy(1, "Latex") | {"patient": subject})
    found = await part(transport, stub, override=calling("http://inside.example/fhir/Patient/p1"))
    assert seen(found) == ("FRESH", None, 1, 0)


@pytest.mark.parametrize(
    ("full_url", "subject", "shown"),
    [
        ("urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", None, 1),
        ("urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", "urn:uuid:another", 0),
        ("http://inside.example/fhir/Patient/p2", None, 0),
        ("http://inside.example/fhir/Basic/p1", None, 0),
    ],
)
async def test_the_address_that_a_node_gives_the_person(transport, full_url, subject, shown):
    """It is believed where it is the person's own: a URN, or an address that ends in theirs."""
    allergy = fhir_allergy(1, "Latex") | {"patient": {"reference": subject or full_url}}
    found = await part(transport, always_sent(allergy), override=calling(full_url))
    assert len(found.items) == shown


async def test_what_a_node_calls_by_its_own_address_is_fetched(transport):
    """What is pointed at by the address by which the node knows itself is looked up here."""
    recorder = {"reference": "http://inside.example/fhir/Practitioner/d1"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr Ada Example"}]}
    override = calling("http://inside.example/fhir/Patient/p1")
    (item,) = (await part(transport, holding(allergy, doctor), override=override)).items
    assert item.author.name == "Dr Ada Example"


async def test_a_node_that_ignores_what_it_is_asked(transport):
    """Somebody with another number is echoed for the check, and nothing of theirs is asked for."""
    stub = FhirNode(extra={"Patient": [entry(fhir_patient("p2", OTHER_NUMBER))]})
    reply, requests = await ask(transport, stub)
    (record,) = reply.records
    assert record.person.nhs_number == OTHER_NUMBER
    assert record.parts[Category.ALLERGIES].code == "WRONG_PERSON"
    assert len(requests) == 1


async def test_a_person_held_twice(transport):
    """Two Patient resources of one person are two held records."""
    stub = holding(
        fhir_allergy(1, "Latex"),
        fhir_patient("p2", OTHER_NUMBER),
        fhir_allergy(2, "Pollen") | {"patient": {"reference": "Patient/p2"}},
    )
    reply, _ = await ask(transport, stub, numbers=(NUMBER, OTHER_NUMBER))
    held = [record.parts[Category.ALLERGIES].items[0].substance.display for record in reply.records]
    assert held == ["Latex", "Pollen"]


@pytest.mark.parametrize(
    ("both", "expected"),
    [(False, ("PARTIAL", "TRUNCATED", 0, 0)), (True, ("FRESH_EMPTY", None, 0, 0))],
)
async def test_a_person_whose_record_has_moved(transport, both, expected):
    """Where the resource that replaced a person's is not given, its emptiness says nothing."""
    moved = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]}
    patients = [fhir_patient() | moved, *([fhir_patient("p2", NUMBER)] if both else [])]
    assert seen(await part(transport, FhirNode(patients))) == expected


@pytest.mark.parametrize("active", [True, False])
async def test_a_person_held_by_two_resources_of_one_number(transport, active):
    """Both are read and compared, active or not; neither vouches for the other's resources."""
    stub = holding(
        fhir_allergy(1, "Latex"),
        fhir_patient("p2", active=active),
        fhir_allergy(2, "Pollen") | {"patient": {"reference": "Patient/p2"}},
    )
    reply, _ = await ask(transport, stub)
    held = [record.parts[Category.ALLERGIES].items[0].substance.display for record in reply.records]
    assert held == ["Latex", "Pollen"]


def about(patient, at, substance, **more):
    return fhir_allergy(at, substance) | {"patient": {"reference": f"Patient/{patient}"}} | more


def giving(*, of_p1, of_p2):
    """What a search gives, by the Patient resource that it is for."""

    def override(request):
        if not request.target.endswith("AllergyIntolerance/_search"):
            return None
        found = of_p2 if b"p2" in request.body else of_p1
        return searchset([entry(one) for one in found])

    return override


LATEX, POLLEN = about("p1", 1, "Latex"), about("p2", 2, "Pollen")
OF_BOTH = about("p1", 3, "Dust", subject={"reference": "Patient/p2"})
BY_NUMBER = fhir_allergy(4, "Egg") | {
    "patient": {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}}
}


@pytest.mark.parametrize(
    ("of_p1", "of_p2", "held"),
    [
        ([LATEX, POLLEN], [LATEX, POLLEN], [["Latex"], ["Pollen"]]),
        ([LATEX, POLLEN], [], [["Latex"], ["Pollen"]]),
        ([POLLEN], [LATEX], [["Latex"], ["Pollen"]]),
        ([POLLEN], [POLLEN], [[], ["Pollen"]]),
        ([BY_NUMBER], [], [["Egg"], []]),
    ],
)
async def test_what_one_search_gives_of_the_persons_other_resource(transport, of_p1, of_p2, held):
    """It is that resource's, once, and neither somebody else's nor the one's that was asked for."""
    stub = FhirNode([fhir_patient("p1"), fhir_patient("p2")])
    reply, _ = await ask(transport, stub, override=giving(of_p1=of_p1, of_p2=of_p2))
    parts = [record.parts[Category.ALLERGIES] for record in reply.records]
    assert [[item.substance.display for item in part.items] for part in parts] == held
    assert [part.quarantined for part in parts] == [0, 0]


async def test_what_speaks_of_both_of_the_persons_resources(transport):
    """Whose it is cannot be told apart if one of them proves wrong, so it is set aside and said."""
    stub = FhirNode([fhir_patient("p1"), fhir_patient("p2")])
    override = giving(of_p1=[LATEX, OF_BOTH], of_p2=[])
    reply, _ = await ask(transport, stub, override=override)
    assert seen(reply.records[0].parts[Category.ALLERGIES]) == (
        "PARTIAL", "ITEMS_QUARANTINED", 1, 1
    )  # fmt: skip


async def test_a_search_that_fails_where_another_gives_its_resources(transport):
    """What came by another way is shown, and that it may not be all is said."""
    stub = FhirNode([fhir_patient("p1"), fhir_patient("p2")])

    def override(request):
        if b"p2" in request.body and "Allergy" in request.target:
            return outcome("exception", status=500)
        return giving(of_p1=[LATEX, POLLEN], of_p2=[])(request)

    reply, _ = await ask(transport, stub, override=override)
    first, second = (record.parts[Category.ALLERGIES] for record in reply.records)
    assert seen(first) == ("FRESH", None, 1, 0)
    assert seen(second) == ("PARTIAL", "NODE_ERROR", 1, 0)


async def test_what_a_search_gives_of_somebody_with_another_number(transport):
    """A resource of a Patient that has none of the person's numbers is somebody else's."""
    stub = FhirNode(
        [fhir_patient("p1")], extra={"Patient": [entry(fhir_patient("p2", OTHER_NUMBER))]}
    )
    reply, _ = await ask(transport, stub, override=giving(of_p1=[LATEX, POLLEN], of_p2=[POLLEN]))
    first, second = (record.parts[Category.ALLERGIES] for record in reply.records)
    assert seen(first) == ("PARTIAL", "ITEMS_QUARANTINED", 1, 1)
    assert seen(second) == ("INVALID_RESPONSE", "WRONG_PERSON", 0, 0)


async def test_two_nodes_that_use_one_id(transport):
    """The same id with other content at another node is another item, of that node."""
    found = []
    for name, substance in (("one", "Latex"), ("another", "Pollen")):
        async with serving(holding(fhir_allergy(1, substance))) as server:
            reply = await fetch(a_node_at(Fhir(), server.url, id=name), transport)
        (item,) = reply.records[0].parts[Category.ALLERGIES].items
        found.append((item.source_id, item.source.id, item.substance.display))
    assert found == [("a1", "one", "Latex"), ("a1", "another", "Pollen")]


async def test_labels_reach_the_item(transport):
    """What the server says of confidentiality is on the item, for the rules to look at."""
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    security = [{"system": system, "code": "R"}, {"display": "no code"}]
    found = await part(
        transport, holding(fhir_allergy(1, "Latex") | {"meta": {"security": security}})
    )
    told = [(label.system, label.code) for label in found.items[0].security_labels]
    assert told == [(system, "R"), (None, "no code")]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2019", "2019"),
        ("2019-04", "2019-04"),
        ("2019-04-02T23:30:00+05:45", "2019-04-02T23:30:00+05:45"),
        ("2019-04-02T23:30:00.123456Z", "2019-04-02T23:30:00.123456Z"),
        ("2019-04-02T23:30:00-00:00", "2019-04-02T23:30:00-00:00"),
        ("2019-04-02T23:30:00", None),
        ("2019-04-02T23:30:00+25:00", None),
        ("02/04/2019", None),
    ],
)
async def test_dates_as_they_are_written(transport, recorded, expected):
    """A date keeps its precision and its offset; what is no date of R4 is set aside and counted."""
    found = await part(transport, holding(fhir_allergy(1, "Latex") | {"recordedDate": recorded}))
    if expected is None:
        assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)
    else:
        assert found.items[0].recorded_at == expected


async def test_what_was_entered_in_error(transport):
    """It is no item, and nothing that could not be read."""
    wrong = fhir_allergy(2, "Pollen") | {
        "verificationStatus": {"coding": [{"code": "entered-in-error"}]}
    }
    found = await part(transport, holding(fhir_allergy(1, "Latex"), wrong))
    assert seen(found) == ("FRESH", None, 1, 0)


async def test_too_many_people(transport):
    """A node that gives a crowd for one number has not understood the question."""
    stub = FhirNode([fhir_patient(f"p{number}") for number in range(11)])
    failure, _ = await ask(transport, stub)
    assert isinstance(failure, Failure)
    assert (failure.state, failure.code) == ("INVALID_RESPONSE", "MALFORMED")


@pytest.mark.parametrize(
    "wrong", [{"identifier": []}, {"birthDate": "1961-02-30"}, {"id": None}, {"name": "Orla"}]
)
async def test_a_person_who_cannot_be_read(transport, wrong):
    """Without a readable person nothing is shown."""
    stub = FhirNode(extra={"Patient": [entry(fhir_patient() | wrong)]})
    failure, _ = await ask(transport, stub)
    assert isinstance(failure, Failure)
    assert failure.code == "MALFORMED"
