"""How pages are read: links of every form, their end, and what they add up to."""

import pytest

from federation.model import Category
from tests.builders import NUMBER
from tests.federation.protocols.fhir.asking import (
    answering,
    ask,
    holding,
    many,
    part,
    seen,
)
from tests.federation.protocols.speakers import (
    fhir_allergy,
)
from tests.stubs.fhir_node import entry, searchset
from tests.stubs.http import Answer


async def test_pages_are_read_to_the_last(transport):
    """What stands on later pages is as much part of the answer as the first."""
    found = await part(transport, holding(*many(7), page_size=2))
    assert seen(found) == ("FRESH", None, 7, 0)


async def test_pages_have_an_end(transport):
    """A node that has more pages than it may is read that far, and it is said that more exist."""
    found = await part(transport, holding(*many(7), page_size=2), max_pages=2)
    assert seen(found) == ("PARTIAL", "TRUNCATED", 4, 0)


def linking(link):
    """Answers every allergy search with one page and this link."""

    def override(request):
        if "Allergy" not in request.target and "page" not in request.target:
            return None
        return searchset([entry(fhir_allergy(1, "Latex"))], [{"relation": "next", "url": link}])

    return override


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://elsewhere.example/r4?page=2",
        "https://127.0.0.1/r4?page=2",
        "//elsewhere.example/r4?page=2",
        "ftp://127.0.0.1/page",
        "http://user@127.0.0.1/page",
        "http://[::1",
        f"/r4/AllergyIntolerance?page=2&patient.identifier={NUMBER}",
        f"/r4/page?{NUMBER[:5]}%3{NUMBER[5]}{NUMBER[6:]}",
        f"/r4/page?{NUMBER[:5]}%253{NUMBER[5]}{NUMBER[6:]}",
        f"/r4/page?{NUMBER[:3]}%20{NUMBER[3:6]}+{NUMBER[6:]}",
    ],
)
async def test_links_that_are_not_followed(transport, link):
    """A link to another host, scheme or port, or with the person's number, ends the reading."""
    reply, requests = await ask(transport, holding(), override=linking(link))
    found = reply.records[0].parts[Category.ALLERGIES]
    assert seen(found) == ("PARTIAL", "TRUNCATED", 1, 0)
    assert {request.method for request in requests} == {"POST"}


@pytest.mark.parametrize("link", ["?page=1", "/r4/?page=1", "page=1"])
async def test_links_in_a_circle(transport, link):
    """A link that leads to where we have been is followed once."""
    found = await part(transport, holding(), override=linking(link))
    assert (found.state, found.code) == ("PARTIAL", "TRUNCATED")


@pytest.mark.parametrize(
    "link",
    [
        "?page=2",
        "page=2",
        "/r4/opaque/page=2",
        "http://{host}/elsewhere?page=2",
        "AllergyIntolerance?page=2",
    ],
)
async def test_forms_of_links(transport, link):
    """A link may be relative to the base or absolute, and say nothing of what is behind it."""

    def override(request):
        if request.method == "GET" and "page=2" in request.target:
            return searchset([entry(fhir_allergy(2, "Pollen"))])
        here = link.format(host=request.headers["host"])
        return linking(here)(request)

    found = await part(transport, holding(), override=override)
    assert seen(found) == ("FRESH", None, 2, 0)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_link_that_has_expired(transport, status):
    """A link that its server has forgotten ends the reading: there is more than was read."""

    def override(request):
        return Answer(status) if "page=" in request.target else None

    found = await part(transport, holding(*many(3), page_size=2), override=override)
    assert seen(found) == ("PARTIAL", "TRUNCATED", 2, 0)


async def test_a_server_that_sorts_and_counts_in_its_own_way(transport):
    """More in a page than was asked for, and in any order, is taken as it comes."""
    entries = [entry(fhir_allergy(number, f"substance {number}")) for number in (250, *range(249))]
    found = await part(transport, holding(), override=answering({"entry": entries, "total": 250}))
    assert seen(found) == ("FRESH", None, 250, 0)


async def test_a_resource_on_two_pages(transport):
    """What came twice while pages moved is one item, and does not stand in for one that is gone."""
    entries = [entry(fhir_allergy(1, "Latex"))] * 2
    found = await part(transport, holding(), override=answering({"entry": entries, "total": 2}))
    assert seen(found) == ("PARTIAL", "TRUNCATED", 1, 0)


async def test_a_page_that_fails(transport):
    """What the pages before gave is shown, and that it is not all is said."""

    def override(request):
        return Answer(500) if request.method == "GET" else None

    found = await part(transport, holding(*many(3), page_size=2), override=override)
    assert seen(found) == ("PARTIAL", "NODE_ERROR", 2, 0)


async def test_the_size_cap_is_for_the_whole_call(transport):
    """Pages that are small one by one cannot be too much together."""
    found = await part(transport, holding(*many(60), page_size=5), max_response_bytes=8_000)
    assert (found.state, found.code) == ("PARTIAL", "TOO_LARGE")
