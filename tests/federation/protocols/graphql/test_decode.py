"""What becomes of the parts of a native reply, good and bad."""

import msgspec
import pytest

from federation.flow import Reply
from federation.model import Assertion, Category
from federation.protocols.failures import MALFORMED, Verdict
from federation.protocols.graphql.decode import MOST_QUARANTINED, read_reply
from federation.protocols.parts import MOST_RECORDS, Arrival
from federation.status import SourceState
from tests.builders import LONDON, NOW
from tests.federation.protocols.speakers import BAD, native_allergy, native_person

ARRIVAL = Arrival(node=LONDON, at=NOW)
GOOD = native_allergy(1, "Penicillin")
EMPTY = {"state": "COMPLETE", "items": []}


def read(body, *categories):
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return read_reply(encoded, categories or (Category.ALLERGIES,), ARRIVAL)


def reply(part, **record):
    return {"data": {"records": [{"person": native_person(), "allergies": part} | record]}}


def part_of(part, **record):
    found = read(reply(part, **record))
    assert isinstance(found, Reply), found
    return found.records[0].parts[Category.ALLERGIES]


STATES = [
    # state, code, items | state, code, origin, items
    ("COMPLETE", None, 1, ("FRESH", None, None, 1)),
    ("COMPLETE", None, 0, ("FRESH_EMPTY", None, None, 0)),
    ("COMPLETE", "WITHHELD_AT_SOURCE", 0, ("PARTIAL", "WITHHELD_AT_SOURCE", "NODE", 0)),
    ("PARTIAL", None, 1, ("PARTIAL", "OTHER", "NODE", 1)),
    ("PARTIAL", "AWAITING_FILING", 1, ("PARTIAL", "AWAITING_FILING", "NODE", 1)),
    ("PARTIAL", "WITHHELD_AT_SOURCE", 0, ("PARTIAL", "WITHHELD_AT_SOURCE", "NODE", 0)),
    ("PARTIAL", "INVENTED", 1, ("PARTIAL", "OTHER", "NODE", 1)),
    ("PARTIAL", "NO_AGREEMENT", 1, ("PARTIAL", "OTHER", "NODE", 1)),  # not a node's to say
    ("WITHHELD", None, 0, ("WITHHELD", "WITHHELD_AT_SOURCE", "NODE", 0)),
    ("WITHHELD", "OBJECTION", 1, ("WITHHELD", "OBJECTION", "NODE", 0)),  # and its items stay away
    ("NOT_OFFERED", None, 0, ("UNAVAILABLE", "NOT_OFFERED", "NODE", 0)),
    ("UNAVAILABLE", None, 0, ("UNAVAILABLE", "NODE_ERROR", "NODE", 0)),
    (
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        0,
        ("UNAVAILABLE", "DEADLINE_EXCEEDED", "UPSTREAM_OF_NODE", 0),
    ),
    ("UNAVAILABLE", None, 1, ("UNAVAILABLE", "NODE_ERROR", "NODE", 0)),
    ("INVENTED", None, 1, ("INVALID_RESPONSE", "MALFORMED", "NODE", 0)),
]


@pytest.mark.parametrize(("state", "code", "items", "expected"), STATES)
def test_states_of_a_part(state, code, items, expected):
    """A node's own state and code become ours; an unknown code loses nothing but itself."""
    part = part_of({"state": state, "code": code, "items": [GOOD] * items})
    assert (part.state, part.code, part.origin, len(part.items)) == expected


@pytest.mark.parametrize(
    ("state", "assertion", "expected"),
    [
        ("COMPLETE", "NONE_KNOWN", Assertion.NONE_KNOWN),
        ("COMPLETE", "NO_CONTENT_RECORDED", Assertion.NO_CONTENT_RECORDED),
        ("COMPLETE", "INVENTED", None),
        ("COMPLETE", None, None),
        ("PARTIAL", "NONE_KNOWN", None),
        ("UNAVAILABLE", "NONE_KNOWN", None),
    ],
)
def test_assertions_are_believed_of_a_whole_part_only(state, assertion, expected):
    """`None known` from a part that is not whole is no assertion."""
    assert part_of({"state": state, "assertion": assertion, "items": []}).assertion is expected


@pytest.mark.parametrize(
    "bad",
    [
        "text",
        None,
        {},
        {"sourceId": "a"},
        native_allergy(2, BAD),
        GOOD | {"sourceId": 4},
        GOOD | {"type": "INVENTED"},
        GOOD | {"recordedAt": "2019-13"},
        GOOD | {"recordedAt": "2019-02-30"},
        GOOD | {"recordedAt": "2019-04-02T10:00:00"},
        GOOD | {"recordedAt": "٢٠١٩"},
        GOOD | {"recordedAt": "2019-04-02\n"},
        GOOD | {"lastUpdatedAt": "2019-04-02T10:00:00"},
        GOOD | {"reactions": [{"codings": []}]},
    ],
)
def test_bad_items_are_set_aside(bad):
    """An item of another shape, or with a day that never was, is counted and not shown."""
    part = part_of({"state": "COMPLETE", "items": [GOOD, bad]})
    assert (part.state, part.quarantined, len(part.items)) == (SourceState.PARTIAL, 1, 1)
    assert sum(part.reasons.values()) == 1


def test_an_escaped_date_is_looked_at_all_the_same():
    """A day that never was does not get in by being spelled with escapes."""
    body = msgspec.json.encode(reply({"state": "COMPLETE", "items": [GOOD]}))
    found = read(body.replace(b"2019-04-02", rb"2019\u002d02\u002d30"))
    assert found.records[0].parts[Category.ALLERGIES].quarantined == 1


@pytest.mark.parametrize(
    "part",
    [
        None,
        "text",
        [],
        {},
        {"state": "COMPLETE"},
        {"state": "COMPLETE", "items": None},
        {"items": []},
        {"state": 4, "items": []},
        {"state": "COMPLETE", "items": [], "dataCurrentTo": "yesterday"},
    ],
)
def test_an_unreadable_part_is_lost_alone(part):
    """A part whose envelope cannot be read does not take the others with it."""
    body = reply(EMPTY, medications=part, allergies={"state": "COMPLETE", "items": [GOOD]})
    found = read(body, Category.ALLERGIES, Category.MEDICATIONS)
    assert isinstance(found, Reply)
    parts = found.records[0].parts
    assert parts[Category.ALLERGIES].state is SourceState.FRESH
    assert parts[Category.MEDICATIONS].state is SourceState.INVALID_RESPONSE


def test_a_part_that_is_not_there_is_no_empty_list():
    """A part that was asked for and left out cannot be read; it is not empty."""
    found = read(reply(EMPTY), Category.ALLERGIES, Category.OBSERVATIONS)
    assert found.records[0].parts[Category.OBSERVATIONS].state is SourceState.INVALID_RESPONSE


@pytest.mark.parametrize(
    "person",
    [None, {}, native_person(birthDate="1961-02-30"), native_person(nhsNumber=9990000018)],
)
def test_a_person_who_cannot_be_read_loses_the_reply(person):
    """Without a readable echo nobody knows whose record this is."""
    assert read(reply(EMPTY, person=person)) == MALFORMED


def test_too_many_bad_items_lose_the_part():
    """A part of nonsense is not searched to its end."""
    part = part_of({"state": "COMPLETE", "items": [GOOD, *[{}] * (MOST_QUARANTINED + 1)]})
    assert (part.state, part.items) == (SourceState.INVALID_RESPONSE, ())


def test_a_reply_of_endless_values_is_not_searched():
    """A reply that is wrong and has a million values costs no second reading."""
    body = b'{"data":{"records":[{"allergies":{"state":"COMPLETE","items":[%b0]}}]}}'
    assert read(body % (b"0," * 1_000_001)) == MALFORMED


def test_what_a_node_may_not_say():
    """Source, time of retrieval, redactions and confirmation are the gateway's, never a node's."""
    plan = {
        "sourceId": "c1",
        "planType": {"display": "ReSPECT"},
        "name": "Plan",
        "cpr": {"decision": "DO_NOT_ATTEMPT_CPR", "confirmedAt": "2001-01-01T00:00:00Z"},
        "retrievedAt": "2001-01-01T00:00:00Z",
        "redactions": [{"field": "name", "code": "x", "message": "x"}],
    }
    body = reply(EMPTY, carePlans={"state": "COMPLETE", "items": [plan]})
    (item,) = read(body, Category.CARE_PLANS).records[0].parts[Category.CARE_PLANS].items
    assert (item.source, item.retrieved_at, item.redactions) == (LONDON, NOW, ())
    assert item.cpr.confirmed_at == NOW


def test_repeats():
    """An exact repeat is shown once; two of one id that differ are both shown."""
    other = GOOD | {"severity": "severe"}
    part = part_of({"state": "COMPLETE", "items": [GOOD, GOOD, other]})
    assert [item.severity for item in part.items] == [None, "severe"]


def error(code):
    return {"message": "no", "extensions": {"code": code}}


@pytest.mark.parametrize(
    ("errors", "code"),
    [([error("NO_PATIENT_CONSENT")], "OBJECTION"), ([{"message": "x"}], "NODE_ERROR"), ([], None)],
)
def test_errors_without_data(errors, code):
    """Errors say why there is nothing; nothing without a reason is nonsense."""
    found = read({"data": None, "errors": errors})
    assert isinstance(found, Verdict)
    assert found.code == (code or "MALFORMED")


def test_data_beside_errors_is_not_whole():
    """What came beside an error is shown as a part, and `none known` is not believed of it."""
    part = {"state": "COMPLETE", "assertion": "NONE_KNOWN", "items": []}
    found = read(reply(part) | {"errors": [error("INTERNAL")]})
    shown = found.records[0].parts[Category.ALLERGIES]
    assert (shown.state, shown.code, shown.assertion) == ("PARTIAL", "NODE_ERROR", None)


def test_data_beside_a_refusal_is_not_shown():
    """A node that says that the person objects is believed, data or not."""
    found = read(reply(EMPTY) | {"errors": [error("NO_PATIENT_CONSENT")]})
    assert isinstance(found, Verdict)
    assert found.state is SourceState.WITHHELD


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("INTERNAL", "NODE_ERROR"),
        ("UPSTREAM_UNAVAILABLE", "NODE_ERROR"),
        ("CAPABILITY_DISABLED", "NOT_OFFERED"),
        ("?", "NODE_ERROR"),
    ],
)
def test_no_records_beside_errors_are_no_statement(code, told):
    """A node that failed before it found a record has not said that it holds none."""
    found = read({"data": {"records": []}, "errors": [error(code)]})
    assert isinstance(found, Verdict)
    assert (found.state, found.code) == (SourceState.UNAVAILABLE, told)


def test_data_beside_a_disabled_capability_is_kept():
    """Items that came are never turned into a record that is not held."""
    found = read(
        reply({"state": "COMPLETE", "items": [GOOD]}) | {"errors": [error("CAPABILITY_DISABLED")]}
    )
    shown = found.records[0].parts[Category.ALLERGIES]
    assert (shown.state, shown.code, len(shown.items)) == ("PARTIAL", "NOT_OFFERED", 1)


def test_more_records_than_a_person_can_have_lose_the_reply():
    """One person has few numbers: so many records are a fault, one fewer is read."""
    record = {"person": native_person(), "allergies": EMPTY}
    assert isinstance(read({"data": {"records": [record] * MOST_RECORDS}}), Reply)
    assert read({"data": {"records": [record] * (MOST_RECORDS + 1)}}) == MALFORMED
