"""How a category's reading is honoured: what is searched for, once, and what readers are given."""

import threading

import msgspec
import pytest

from federation.model import Assertion, Category
from federation.protocols.fhir.client import FhirClient
from federation.records.fhir.observations import read_observation
from federation.records.fhir.reading import FhirReading, Search
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, fhir_patient
from tests.stubs.fhir_node import FhirNode, entry, outcome
from tests.stubs.http import serving

SNOMED = "http://snomed.info/sct"
VITAL = ("category", "vital-signs")


def an_observation(identity="o1", **given):
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "code": {"coding": [{"system": SNOMED, "code": "364075005", "display": "Heart rate"}]},
        "effectiveDateTime": "2024-05-01",
        "valueString": "72",
    } | given


def reading(*searches, **given):
    given = {"readers": {"Observation": read_observation}} | given
    return FhirReading(searches=searches, **given)


async def ask(transport, stub, readings, override=None):
    """The parts by category, and what was sent: type and form, in order."""

    def handler(request):
        return (override(request) if override else None) or stub(request)

    async with serving(handler) as server:
        node = a_node_at(Fhir(), server.url)
        client = FhirClient(node, transport, lambda: NOW, readings=readings)
        reply = await client.fetch(a_call(node, categories=tuple(readings)))
        await client.aclose()
        sent = [
            (request.target.split("/")[-2], request.body.decode())
            for request in server.requests
            if request.method == "POST"
        ]
    return reply.records[0].parts, sent[1:]


def holding(*resources, **given):
    return FhirNode([fhir_patient(), *resources], **given)


PULSE = {Category.OBSERVATIONS: reading(Search(kind="Observation", narrowed=(VITAL,)))}
SPARED = {
    Category.OBSERVATIONS: reading(
        Search(kind="Observation"), Search(kind="QuestionnaireResponse", spared=True)
    )
}


async def test_a_search_is_narrowed(transport):
    """What the category would not read anyway is not asked for, where the node can tell it."""
    other = an_observation("o2", category=[{"coding": [{"code": "laboratory"}]}])
    parts, sent = await ask(transport, holding(an_observation(), other), PULSE)
    assert [item.source_id for item in parts[Category.OBSERVATIONS].items] == ["o1"]
    assert sent == [("Observation", "patient=Patient%2Fp1&_count=200&category=vital-signs")]


def stating(**changes):
    """A node with another capability statement: that of these resource types, or of other words."""

    def override(request):
        if not request.target.endswith("/metadata"):
            return None
        return FhirNode().statement(**changes)

    return override


def listing(*resources):
    return stating(rest=[{"mode": "server", "resource": list(resources)}])


def listed(kind, *parameters, **given):
    return {"type": kind, "searchParam": [{"name": name} for name in parameters]} | given


BY_PATIENT = "patient=Patient%2Fp1&_count=200"


@pytest.mark.parametrize(
    "statement",
    [
        listing(listed("Observation", "patient", "code")),
        listing(listed("Observation")),
        lambda request: outcome("not-found", status=404) if "metadata" in request.target else None,
    ],
)
async def test_a_search_is_not_narrowed_by_what_the_node_does_not_list(transport, statement):
    """A node that does not say that it knows a parameter is asked without."""
    _, sent = await ask(transport, holding(an_observation()), PULSE, statement)
    assert sent == [("Observation", BY_PATIENT)]


async def test_a_spared_type(transport):
    """A type that many servers cannot search is asked of one that lists it."""
    _, sent = await ask(transport, holding(), SPARED)
    assert [kind for kind, _ in sent] == ["Observation", "QuestionnaireResponse"]


@pytest.mark.parametrize(
    "statement",
    [
        listing(listed("Observation")),
        listing(
            listed("Observation"),
            listed("QuestionnaireResponse", interaction=[{"code": "read"}]),
        ),
    ],
)
async def test_a_spared_type_that_is_not_asked_for(transport, statement):
    """It is not asked of one that does not list it, or cannot search it."""
    parts, sent = await ask(transport, holding(an_observation()), SPARED, statement)
    assert [kind for kind, _ in sent] == ["Observation"]
    assert parts[Category.OBSERVATIONS].code is None


def silent(*answers):
    """A node without a statement, that has this for questionnaires."""

    def override(request):
        if "metadata" in request.target:
            return outcome("not-found", status=404)
        return next(iter(answers), None) if "Questionnaire" in request.target else None

    return override


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((), None),
        ((outcome("not-supported", status=404),), None),
        ((outcome("not-supported", status=400),), None),
        ((outcome("forbidden", status=403),), None),
        ((outcome("exception", status=500),), "NODE_ERROR"),
    ],
)
async def test_a_spared_type_is_tried_where_nothing_is_said(transport, answers, code):
    """A node that says nothing is asked too: that it has no such type is no failure, others are."""
    found = await ask(transport, holding(an_observation()), SPARED, silent(*answers))
    part = found[0][Category.OBSERVATIONS]
    assert [kind for kind, _ in found[1]] == ["Observation", "QuestionnaireResponse"]
    assert (part.code and part.code.value, len(part.items)) == (code, 1)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((), "FRESH_EMPTY"), ((outcome("not-supported", status=404),), "UNAVAILABLE")],
)
async def test_a_category_of_spared_types_alone(transport, answers, expected):
    """Where a node that says nothing has none of a category's types, it does not offer it."""
    readings = {Category.SOCIAL_CARE: reading(Search(kind="QuestionnaireResponse", spared=True))}
    parts, _ = await ask(transport, holding(), readings, silent(*answers))
    assert parts[Category.SOCIAL_CARE].state.value == expected


async def test_two_categories_of_one_search(transport):
    """What two categories ask alike is asked once, with what either wants along, and read twice."""
    readings = {
        Category.OBSERVATIONS: reading(Search(kind="Observation", includes=("performer",))),
        Category.SOCIAL_CARE: reading(Search(kind="Observation", includes=("encounter",))),
    }
    parts, sent = await ask(transport, holding(an_observation()), readings)
    assert sent == [
        (
            "Observation",
            f"{BY_PATIENT}&_include=Observation%3Aperformer&_include=Observation%3Aencounter",
        )
    ]
    assert [len(parts[category].items) for category in readings] == [1, 1]


TWICE = [
    # what narrows the two searches, what the node lists, how many searches are sent
    ((VITAL,), (("category", "vital-signs,exam"),), ("patient", "category"), 2),
    ((VITAL,), (("category", "exam"),), ("patient",), 1),
]


@pytest.mark.parametrize(("first", "second", "parameters", "searches"), TWICE)
async def test_what_two_searches_of_a_category_find(transport, first, second, parameters, searches):
    """It is one resource, whether the node finds it twice or the two searches come to the same."""
    given = []
    readings = {
        Category.OBSERVATIONS: reading(
            Search(kind="Observation", narrowed=first),
            Search(kind="Observation", narrowed=second),
            readers={"Observation": lambda resource, _references: given.append(resource.id)},
        )
    }
    statement = listing(listed("Observation", *parameters))
    _, sent = await ask(transport, holding(an_observation()), readings, statement)
    assert (given, len(sent)) == (["o1"], searches)


async def test_what_cannot_be_read_is_counted_once(transport):
    """Two searches that come to the same at this node do not count its faults twice."""
    readings = {
        Category.OBSERVATIONS: reading(
            Search(kind="Observation", narrowed=(VITAL,)),
            Search(kind="Observation", narrowed=(("category", "exam"),)),
        )
    }
    stub = holding(extra={"Observation": [{}]})
    parts, _ = await ask(transport, stub, readings, listing(listed("Observation", "patient")))
    assert parts[Category.OBSERVATIONS].reasons == {"not a resource": 1}


async def test_a_narrowed_search_that_the_node_ignores(transport):
    """What came beside what was asked for is given to the readers: they know what it is."""
    other = an_observation("o2", category=[{"coding": [{"code": "laboratory"}]}])
    stub = holding(extra={"Observation": [entry(an_observation()), entry(other)]})
    given = []
    search = Search(kind="Observation", narrowed=(VITAL,))
    readers = {"Observation": lambda resource, _references: given.append(resource.id)}
    await ask(transport, stub, {Category.OBSERVATIONS: reading(search, readers=readers)})
    assert given == ["o1", "o2"]


async def test_a_narrowed_search_that_the_node_refuses(transport):
    """It is asked again without, once, and shared with what was asked so already."""

    def override(request):
        return outcome("invalid", status=400) if b"category=" in request.body else None

    readings = PULSE | {Category.SOCIAL_CARE: reading(Search(kind="Observation"))}
    parts, sent = await ask(transport, holding(an_observation()), readings, override)
    assert [len(parts[category].items) for category in readings] == [1, 1]
    assert sorted(form for _, form in sent) == [BY_PATIENT, f"{BY_PATIENT}&category=vital-signs"]


async def test_the_persons_own_resource(transport):
    """A reader of Patient is given the person's resource, which is not searched for again."""
    seen = []

    def read_patient(resource, _references):
        seen.append(resource.id)
        return Assertion.NO_CONTENT_RECORDED

    readings = {Category.CONTACTS: reading(readers={"Patient": read_patient})}
    parts, sent = await ask(transport, holding(), readings)
    assert (seen, sent) == (["p1"], [])
    assert parts[Category.CONTACTS].assertion is Assertion.NO_CONTENT_RECORDED


async def test_a_reader_that_makes_several(transport):
    """One resource may be several items."""

    def read_twice(resource, references):
        return (read_observation(resource, references),) * 2

    readings = {
        Category.OBSERVATIONS: reading(
            Search(kind="Observation"), readers={"Observation": read_twice}
        )
    }
    parts, _ = await ask(transport, holding(an_observation()), readings)
    assert parts[Category.OBSERVATIONS].state == "FRESH"
    assert len(parts[Category.OBSERVATIONS].items) == 1  # the two are the same to the letter


class _Kept:
    """A reading that keeps what its resources point at, by address."""

    def __init__(self, *points_at):
        self.found = {}
        self.reading = reading(
            Search(kind="Observation"), readers={"Observation": self.read}, points_at=points_at
        )

    def read(self, resource, references):
        raw = msgspec.json.decode(resource.raw)
        for reference in raw.get("hasMember", []):
            address = reference["reference"]
            found = references.find(msgspec.convert(reference, _Reference))
            self.found[address] = found and found.id


class _Reference(msgspec.Struct):
    reference: str


def pointing(*addresses):
    return an_observation(hasMember=[{"reference": address} for address in addresses])


async def test_references_of_any_kind(transport):
    """What readers follow is fetched by id, one search a kind, and nothing else is."""
    kept = _Kept("Observation", "Specimen", "Location")
    others = [
        {"resourceType": "Specimen", "id": "s1", "subject": {"reference": "Patient/p1"}},
        {"resourceType": "Location", "id": "l1"},
        {"resourceType": "Location", "id": "l2"},
        {"resourceType": "Device", "id": "d1"},
    ]
    addresses = ("Specimen/s1", "Location/l1", "Location/l2", "Device/d1")
    stub = holding(pointing(*addresses), *others)
    _, sent = await ask(transport, stub, {Category.OBSERVATIONS: kept.reading})
    assert kept.found == dict(zip(addresses, ("s1", "l1", "l2", None), strict=True))
    assert sent[1:] == [
        ("Location", "_id=l1%2Cl2&_count=50"),
        ("Specimen", "_id=s1&_count=50"),
    ]


async def test_what_two_categories_point_at(transport):
    """A place that two categories point at is fetched once."""
    readings = {
        Category.OBSERVATIONS: _Kept("Location").reading,
        Category.SOCIAL_CARE: _Kept("Location").reading,
    }
    stub = holding(pointing("Location/l1"), {"resourceType": "Location", "id": "l1"})
    _, sent = await ask(transport, stub, readings)
    assert [kind for kind, _ in sent] == ["Observation", "Location"]


@pytest.mark.parametrize(
    "subject", [{"reference": "Patient/p2"}, {"identifier": {"value": OTHER_NUMBER}}]
)
async def test_a_reference_to_somebody_elses_resource(transport, subject):
    """What is pointed at and speaks of somebody else is not known, however it came here."""
    kept = _Kept("Specimen")
    specimen = {"resourceType": "Specimen", "id": "s1", "subject": subject}
    stub = holding(pointing("Specimen/s1"), specimen)
    await ask(transport, stub, {Category.OBSERVATIONS: kept.reading})
    assert kept.found == {"Specimen/s1": None}


async def test_what_the_node_does_not_list_is_not_looked_up(transport):
    """A type that the node does not offer is not asked for, whatever points at it."""
    kept = _Kept("Location")
    stub = holding(pointing("Location/l1"), lacks=frozenset(("Location",)))
    parts, sent = await ask(transport, stub, {Category.OBSERVATIONS: kept.reading})
    assert len(sent) == 1
    assert parts[Category.OBSERVATIONS].code is None
    assert NUMBER not in str(sent)


@pytest.mark.parametrize(("count", "beside"), [(400, False), (401, True)])
async def test_much_is_read_beside_the_loop(transport, count, beside):
    """While hundreds of resources of one category are read others are served, and all are read."""
    threads = set()

    def noting(resource, references):
        threads.add(threading.get_ident())
        return read_observation(resource, references)

    readings = {
        Category.OBSERVATIONS: reading(Search(kind="Observation"), readers={"Observation": noting})
    }
    stub = holding(*(an_observation(f"o{number}") for number in range(count)))

    parts, _ = await ask(transport, stub, readings)

    assert len(parts[Category.OBSERVATIONS].items) == count
    assert (threads == {threading.get_ident()}) is not beside
