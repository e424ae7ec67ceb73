"""The node kit: whatever a source says and whatever is asked, the answer is a clear one."""

from __future__ import annotations

import logging

import httpx
import msgspec
import pytest

from federation.model import Assertion, Category
from federation.node_kit import (
    KeptPart,
    NodeErrorCode,
    NodeRefusalError,
    PartState,
    build_node_app,
)
from federation.node_kit.app import MOST_BODY_BYTES
from federation.node_kit.documents import MOST_DOCUMENTS, Documents
from federation.protocols.graphql.documents import document_for, request_body
from federation.protocols.requester_token import REQUESTER_HEADER
from federation.records import CATEGORIES
from federation.status import SourceCode
from tests.federation.node_kit.sources import NUMBER, OFFERED, OTHER, Records, allergy, weight
from tests.vouching import a_token, a_verifier

JSON = {"content-type": "application/json"}
EVERYTHING = frozenset(definition.category for definition in CATEGORIES)
SHORT = (
    "query($nhsNumbers: [NHSNumber!]!) { records(nhsNumbers: $nhsNumbers) { allergies { state } } }"
)

SPELT = [(SHORT, {Category.ALLERGIES}), (document_for(OFFERED), OFFERED)]


async def post(source, content, *numbers, categories=EVERYTHING, **headers):
    """Post a body, vouched for as a question about these numbers and categories."""
    transport = httpx.ASGITransport(build_node_app(source, a_verifier()))
    signed = content if isinstance(content, bytes) else b""
    token = a_token("a-node", signed, *(numbers or (NUMBER,)), categories=categories)
    headers = JSON | {REQUESTER_HEADER: token} | headers
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        return await client.post("/graphql", content=content, headers=headers)


async def ask(source, categories, *numbers):
    body = request_body(frozenset(categories), numbers)
    response = await post(source, body, *numbers, categories=categories)
    assert response.status_code == 200
    return response.json()["data"]["records"]


def body(query, **variables):
    return msgspec.json.encode({"query": query, "variables": variables})


def codes(response):
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_nobody_held_is_an_empty_list():
    """No record under the number: an empty list, not a null and not an error."""
    assert await ask(Records(), {Category.ALLERGIES}, OTHER) == []


async def test_each_number_that_is_held_has_its_record():
    """Asked by two numbers, a node that holds both answers two records."""
    records = await ask(Records(numbers=(NUMBER, OTHER)), {Category.ALLERGIES}, NUMBER, OTHER)
    assert [record["person"]["nhsNumber"] for record in records] == [NUMBER, OTHER]


async def test_the_source_is_asked_for_what_it_offers_alone():
    """A category that is not offered never reaches the source; it is told NOT_OFFERED."""
    source = Records({Category.ALLERGIES: KeptPart()})
    (record,) = await ask(source, {Category.ALLERGIES, Category.PROBLEMS}, NUMBER)
    assert source.asked == [((NUMBER,), frozenset((Category.ALLERGIES,)))]
    assert (record["problems"]["state"], record["problems"]["code"]) == (
        "NOT_OFFERED",
        "NOT_OFFERED",
    )


async def test_an_empty_part_is_complete():
    """Nothing recorded: COMPLETE, no items, and the assertion that the source gives."""
    part = KeptPart(assertion=Assertion.NONE_KNOWN)
    (record,) = await ask(Records({Category.ALLERGIES: part}), {Category.ALLERGIES}, NUMBER)
    assert record["allergies"] == {
        "state": "COMPLETE",
        "code": None,
        "assertion": "NONE_KNOWN",
        "dataCurrentTo": None,
        "items": [],
    }


async def test_a_part_that_was_forgotten_is_unavailable():
    """A source that leaves out what it offers is never read as having nothing."""
    (record,) = await ask(Records(), {Category.ALLERGIES}, NUMBER)
    assert (record["allergies"]["state"], record["allergies"]["code"]) == (
        "UNAVAILABLE",
        "NODE_ERROR",
    )


async def test_states_and_codes_are_told():
    """A part that is withheld says so; a code that the protocol does not have is told as OTHER."""
    parts = {
        Category.ALLERGIES: KeptPart(state=PartState.WITHHELD, code=SourceCode.OBJECTION),
        Category.OBSERVATIONS: KeptPart(state=PartState.PARTIAL, code=SourceCode.BREAKER_OPEN),
    }
    (record,) = await ask(Records(parts), parts, NUMBER)
    assert (record["allergies"]["state"], record["allergies"]["code"]) == ("WITHHELD", "OBJECTION")
    assert (record["observations"]["state"], record["observations"]["code"]) == (
        "PARTIAL",
        "OTHER",
    )


async def test_an_item_that_does_not_fit_is_set_aside():
    """One bad item costs itself alone: the part is PARTIAL, and asserts nothing."""
    items = (allergy("Latex"), allergy("Egg", onset="?"))
    part = KeptPart(items=items, assertion=Assertion.NONE_KNOWN)
    (record,) = await ask(Records({Category.ALLERGIES: part}), {Category.ALLERGIES}, NUMBER)
    told = record["allergies"]
    assert (told["state"], told["code"], told["assertion"]) == (
        "PARTIAL",
        "ITEMS_QUARANTINED",
        None,
    )
    assert [item["sourceId"] for item in told["items"]] == ["Latex"]


async def test_every_field_is_answered():
    """What a struct leaves out at its default stands in the answer, lists and nulls included."""
    source = Records({Category.ALLERGIES: KeptPart(items=(allergy(),))})
    (record,) = await ask(source, {Category.ALLERGIES}, NUMBER)
    (item,) = record["allergies"]["items"]
    assert (item["reactions"], item["onset"], item["criticality"]) == ([], None, "UNKNOWN")
    assert item["substance"]["degraded"] is False
    assert not {"source", "retrievedAt", "redactions"} & set(item)
    assert record["person"]["formerNames"] == []


@pytest.mark.parametrize("categories", [frozenset((Category.ALLERGIES,)), OFFERED, EVERYTHING])
async def test_a_fixed_document_and_any_other_agree(categories):
    """The gateway's document and the same spelt otherwise, answered field by field, agree."""
    source = Records(
        {
            Category.ALLERGIES: KeptPart(items=(allergy(),)),
            Category.OBSERVATIONS: KeptPart(items=(weight(),)),
            Category.CARE_PLANS: KeptPart(),
        }
    )
    query = document_for(categories)
    fixed = await post(source, body(query, nhsNumbers=[NUMBER]), categories=categories)
    other = await post(
        source, body(f"# spelt otherwise\n{query}", nhsNumbers=[NUMBER]), categories=categories
    )
    assert other.json() == fixed.json()
    assert other.status_code == fixed.status_code == 200


async def test_a_field_named_like_a_category_asks_for_no_category() -> None:
    """A plan has contacts of its own: asking for plans does not ask the source for contacts."""
    source = Records({Category.CARE_PLANS: KeptPart()})
    source.categories = EVERYTHING
    query = document_for(frozenset((Category.CARE_PLANS,)))
    assert "contacts" in query
    asked = (Category.CARE_PLANS,)
    response = await post(source, body(query, nhsNumbers=[NUMBER]), categories=asked)
    assert response.status_code == 200
    assert [categories for _, categories in source.asked] == [{Category.CARE_PLANS}]


BAD = [
    # body, why
    (b"", "nothing"),
    (b"{", "not JSON"),
    (b"[]", "not an object"),
    (b'{"query": 1}', "the query is no text"),
    (body("{", nhsNumbers=[NUMBER]), "not GraphQL"),
    (body("{ secrets }"), "no such field"),
    (body("mutation { records }"), "not a query"),
    (body(SHORT), "no numbers"),
    (body(SHORT, nhsNumbers=[]), "no number"),
    (body(SHORT, nhsNumbers=[None]), "a null"),
    (body(SHORT, nhsNumbers=["9990000019"]), "a number that fails its check"),
    (body(SHORT, nhsNumbers=[9990000018]), "a number that is no text"),
    (body(SHORT, nhsNumbers=[NUMBER] * 21), "too many numbers"),
    (body(document_for(OFFERED), nhsNumbers=["9990000019"]), "likewise in a fixed document"),
    (body(document_for(OFFERED), nhsNumbers="9990000018"), "not a list"),
    (body(document_for(OFFERED), nhsNumbers=[NUMBER] * 21), "too many in a fixed document"),
    (body('{a: records(nhsNumbers: ["9990000018"]) {person {nhsNumber}} '
          'b: records(nhsNumbers: ["9990000026"]) {person {nhsNumber}}}'), "two questions"),
    (body('{...F} fragment F on Query {records(nhsNumbers: ["9990000018"]) {person {nhsNumber}}}'),
     "a fragment at the root"),
    (body("query A {__typename} query B {__typename}"), "two operations"),
    (body(document_for(OFFERED), nhsNumbers=[NUMBER], since="2020"), "a variable of no meaning"),
    (body(SHORT, nhsNumbers=[NUMBER], since="2020"), "likewise in another document"),
    (msgspec.json.encode({"query": document_for(OFFERED), "variables": {"nhsNumbers": [NUMBER]},
                          "since": "2020"}), "a member of no meaning"),
    (msgspec.json.encode({"query": document_for(OFFERED), "variables": {"nhsNumbers": [NUMBER]},
                          "operationName": "Other"}), "the name of another operation"),
    (body("{" * 5_000), "deeper than anything"),
    (body("{" + "a " * 25_000 + "}"), "more words than a document needs"),
    (b"[" * 60_000, "deeply nested JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "why"), BAD, ids=[why for _, why in BAD])
async def test_what_cannot_be_read_is_a_bad_request(content, why):
    """Each is answered 400 with BAD_REQUEST; the source is not asked, and nothing is repeated."""
    source = Records()
    response = await post(source, content)
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"]), why
    assert source.asked == []
    assert "999000" not in response.text


async def test_a_huge_body_is_refused_by_its_length():
    """A body that says that it is too large is not read."""
    response = await post(Records(), b"x" * (MOST_BODY_BYTES + 1))
    assert (response.status_code, codes(response)) == (413, ["BAD_REQUEST"])


async def test_a_huge_body_without_a_length_is_refused_as_it_comes():
    """A body that does not say how long it is is cut off at the limit."""

    async def endless():
        for _ in range(100):
            yield b"x" * 10_000

    response = await post(Records(), endless())
    assert (response.status_code, codes(response)) == (413, ["BAD_REQUEST"])


async def test_the_media_type_must_be_json():
    """A form is refused, so that no browser can send one across sites."""
    response = await post(Records(), b"query=x", **{"content-type": "text/plain"})
    assert (response.status_code, codes(response)) == (415, ["BAD_REQUEST"])


async def test_a_parameter_in_the_address_is_refused():
    """Nothing is passed over that could have been meant as a filter, though it was vouched for."""
    source = Records()
    content = request_body(OFFERED, (NUMBER,))
    token = a_token("a-node", content, NUMBER, categories=OFFERED, path="?since=2020")
    transport = httpx.ASGITransport(build_node_app(source, a_verifier()))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        response = await client.post(
            "/graphql?since=2020", content=content, headers=JSON | {REQUESTER_HEADER: token}
        )
    assert (response.status_code, codes(response), source.asked) == (400, ["BAD_REQUEST"], [])


async def test_reading_by_address_is_refused():
    """GET would put numbers into an address."""
    transport = httpx.ASGITransport(build_node_app(Records(), a_verifier()))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        response = await client.get("/graphql", params={"query": SHORT})
        alive = await client.get("/livez")
    assert (response.status_code, codes(response)) == (405, ["BAD_REQUEST"])
    assert alive.status_code == 200


@pytest.mark.parametrize("code", [code for code in NodeErrorCode if code != "BAD_REQUEST"])
@pytest.mark.parametrize(("query", "asked"), SPELT, ids=["any", "fixed"])
async def test_a_refusal_is_told_by_its_code(code, query, asked):
    """A source that refuses is told by the code that it raised, whatever the document."""
    source = Records(error=NodeRefusalError(code, retry_after_seconds=7))
    response = await post(source, body(query, nhsNumbers=[NUMBER]), categories=asked)
    assert response.status_code == (429 if code == "RATE_LIMITED" else 200)
    assert codes(response) == [code]
    assert response.headers["retry-after"] == "7"
    assert response.json()["data"] is None


@pytest.mark.parametrize(("query", "asked"), SPELT, ids=["any", "fixed"])
async def test_a_source_that_breaks_is_internal(query, asked, caplog):
    """Whatever the source raises, the caller reads INTERNAL; no log holds its text."""
    caplog.set_level(logging.DEBUG)
    source = Records(error=RuntimeError(f"no row for {NUMBER} Ada Example"))
    response = await post(source, body(query, nhsNumbers=[NUMBER]), categories=asked)
    assert (response.status_code, codes(response)) == (500, ["INTERNAL"])
    assert "row" not in response.text
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "request failed" in logged
    assert NUMBER not in logged
    assert "Ada" not in logged


IDS = [
    # request id, what is logged
    ("0b1c2d3e-0000-4000-8000-000000000001", "0b1c2d3e-0000-4000-8000-000000000001"),
    ("view-2026.07_01", "view-2026.07_01"),
    ("9990000018", None),
    ("number-9990000018", None),
    ("999-000-0018", None),
    ("short", None),
    ("a b c d e f g h", None),
]


@pytest.mark.parametrize(("given", "logged"), IDS)
async def test_one_line_a_request_without_identifiers(given, logged, caplog):
    """The line has the request id if it can be nothing else, the status and a duration."""
    caplog.set_level(logging.INFO, logger="federation.node_kit.request_log")
    await post(
        Records(), request_body(OFFERED, (NUMBER,)), categories=OFFERED, **{"x-request-id": given}
    )
    (line,) = [one for one in caplog.records if one.getMessage() == "request answered"]
    assert (line.request_id, line.status) == (logged, 200)
    assert line.milliseconds >= 0
    assert NUMBER not in str(line.__dict__)


async def test_the_schema_can_be_looked_at():
    """A developer's tool may read the schema; that asks the source nothing."""
    source = Records()
    response = await post(source, body("{__schema {queryType {name}}}"))
    assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    assert source.asked == []


def test_documents_are_remembered_up_to_a_limit():
    """A document is prepared once, and the oldest are forgotten."""
    documents = Documents()
    first = documents.prepare(SHORT)
    assert documents.prepare(SHORT) is first
    for index in range(MOST_DOCUMENTS):
        documents.prepare(f"{SHORT} # {index}")
    assert len(documents._known) == MOST_DOCUMENTS
    assert documents.prepare(SHORT) is not first


async def test_answers_are_not_to_be_kept():
    """Every answer says that nobody may store it."""
    response = await post(Records(), request_body(OFFERED, (NUMBER,)), categories=OFFERED)
    assert response.headers["cache-control"] == "no-store"
