"""Synthetic people whom others made, held by a FHIR server and asked for over HTTP."""

from collections import Counter

import msgspec
import pytest

from federation.flow import Reply
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource
from tests.federation.protocols.speakers import Fhir, a_node_at, fetch
from tests.real_data import NEEDS_DATA, files, loaded, numbered, shown
from tests.stubs.fhir_node import FhirNode
from tests.stubs.http import serving

pytestmark = NEEDS_DATA

STAMPED = ("source", "retrievedAt", "redactions", "cpr")
NUMBERS = (
    "9990009902",
    "9990009910",
    "9990009929",
    "9990009937",
    "9990009945",
    "9990009953",
    "9990009961",
    "9990009988",
)


@pytest.fixture(scope="module")
def people():
    """By number, what the server holds of each person."""
    found = files("synthea/p*.json.gz")
    assert len(found) == len(NUMBERS)
    return {
        number: numbered(loaded(file), number) for number, file in zip(NUMBERS, found, strict=True)
    }


@pytest.fixture(scope="module")
def server(people):
    """One server that holds them all, in pages of fifty."""
    held = {(one["resourceType"], one["id"]): one for some in people.values() for one in some}
    return FhirNode(list(held.values()), page_size=50)


@pytest.mark.parametrize("number", NUMBERS)
async def test_everything_arrives_once(people, server, transport, number):
    """Every resource of a category arrives, once, and nothing of another person's."""
    async with serving(server) as running:
        node = a_node_at(Fhir(), running.url)
        reply = await fetch(node, transport, number, categories=tuple(FHIR_READERS))
    assert isinstance(reply, Reply)
    (record,) = reply.records
    assert record.person.nhs_number == number
    arrived = Counter(
        (category, item.source_id) for category, part in record.parts.items() for item in part.items
    )
    assert arrived == shown(people[number])
    assert {part.code for part in record.parts.values()} == {None}
    assert server.refusals == []


RICHARD = "Patient/UKCore-Patient-RichardSmith-Example"
NAMES_THE_PERSON = ("subject", "patient", "for")


def is_about_richard(resource):
    """Whether a resource says that it is about him, in whichever element."""
    named = [resource.get(name, {}) for name in NAMES_THE_PERSON]
    named += [one.get("actor", {}) for one in resource.get("participant", [])]
    return any(one.get("reference") == RICHARD for one in named)


def read_at_once(resources, category):
    """What a category makes of his resources where everything that they point at is at hand."""
    known = {
        f"{one['resourceType']}/{one['id']}": Resource.parse(msgspec.json.encode(one))
        for one in resources
    }
    reading = FHIR_READERS[category]
    own = [one for one in resources if is_about_richard(one)]
    own += [one for one in resources if one["id"] == RICHARD.partition("/")[2]]
    wanted = [one for one in own if one["resourceType"] in reading.readers]
    parsed = [known[f"{one['resourceType']}/{one['id']}"] for one in wanted]
    return reading.gather(reading.readers, parsed, References(known, {}))


def as_read(items):
    """Items without what arrival adds to them."""
    plain = (msgspec.to_builtins(item) for item in items)
    return sorted(
        ({name: one[name] for name in one if name not in STAMPED} for one in plain),
        key=lambda one: one["sourceId"],
    )


@pytest.mark.parametrize("category", FHIR_READERS)
async def test_uk_core_arrives_as_it_is_read(category, transport):
    """Asked for over HTTP, UK Core's examples become what they become with everything at hand."""
    resources = numbered(loaded(*files("ukcore/*.json")), NUMBERS[0])
    server = FhirNode(resources, page_size=7)
    async with serving(server) as running:
        node = a_node_at(Fhir(), running.url)
        reply = await fetch(node, transport, NUMBERS[0], categories=(category,))
    assert isinstance(reply, Reply)
    (record,) = reply.records
    expected = read_at_once(resources, category)
    part = record.parts[category]
    assert as_read(part.items) == as_read(expected.items)
    assert (part.quarantined, part.assertion) == (expected.unreadable.total(), expected.assertion)
    assert server.refusals == []
