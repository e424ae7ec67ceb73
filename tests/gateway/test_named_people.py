"""Whom a body names, whatever else it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from federation.audit import AuditTrail, Sealer
from federation.audit.chain import open_row
from federation.errors import AuditUnavailableError, ErrorCode
from federation.model import RequestId, ViewId
from federation.storage.memory import MemoryAudit
from gateway.named_people import MOST, people_named, record_unread
from resolvers.context import Context
from tests.builders import NUMBER, OTHER_NUMBER, a_requester
from tests.federation.access.standing import BrokenAudit
from tests.federation.audit.values import KEYS, Ticking


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", ()),
        (b'{"query": "{ me { role } }"}', ()),
        (b'{"variables": {"n": "9990000018"}}', (NUMBER,)),
        (b'{"query": "{ patient(nhsNumber: \\"999 000 0018\\"', (NUMBER,)),
        (b"999-000-0018 is broken JSON", (NUMBER,)),
        (b"9990000018 9990000026 9990000018", (NUMBER, OTHER_NUMBER)),
        (b"\xff9990000018\xff", (NUMBER,)),
        pytest.param(b"9990000019", (), id="a wrong check digit"),
        pytest.param(b"19990000018 99900000180", (), id="longer numbers"),
        pytest.param(b"999  000 0018", (), id="other spaces"),
    ],
)
def test_numbers_are_found_in_any_body(body: bytes, named: tuple[str, ...]) -> None:
    """As a number is written, with a check digit that is right; each once."""
    assert people_named(body) == named


def test_no_more_than_some_are_told_apart() -> None:
    """A body full of numbers is bounded."""
    many = b" ".join(f"999000{n:04}".encode() for n in range(10_000))
    assert len(people_named(many)) == MOST


def a_context() -> Context:
    async def ask(_question):
        raise AssertionError

    return Context(
        requester=a_requester(),
        request_id=RequestId("request-1"),
        ask=ask,
        nodes=tuple,
        clock=lambda: datetime(2026, 11, 2, 9, tzinfo=UTC),
        loop_time=float,
        id_key=bytes(32),
        new_view_id=lambda: ViewId("view-1"),
    )


async def test_each_of_them_is_on_the_record() -> None:
    """With who asked, and the error that they got; of a body that names nobody, that alone."""
    store = MemoryAudit()
    trail = await AuditTrail.open(store, "gateway-1", KEYS, Ticking())
    await record_unread(trail, a_context(), b"{", ErrorCode.BAD_USER_INPUT)
    body = f"{NUMBER} {OTHER_NUMBER}".encode()
    await record_unread(trail, a_context(), body, ErrorCode.GRAPHQL_PARSE_FAILED)
    await trail.aclose()

    nobody, one, other = [open_row(row, Sealer(KEYS)) async for row in store.read()]
    assert (nobody.plain.error, nobody.sealed.number) == ("BAD_USER_INPUT", None)
    assert nobody.sealed.subject == "consultant-london"
    assert (one.plain.kind, one.plain.error) == ("REFUSAL", "GRAPHQL_PARSE_FAILED")
    assert (one.plain.view_id, one.plain.request_id) == ("view-1", "request-1")
    assert (one.plain.asker and one.plain.asker.organisation) == "RRV"
    assert (one.sealed.subject, one.sealed.number) == ("consultant-london", NUMBER)
    assert other.sealed.number == OTHER_NUMBER
    assert NUMBER.encode() not in b"".join([row.body async for row in store.read()])


async def test_where_it_cannot_be_written_that_is_the_answer() -> None:
    """No error goes out about a person that is not on the record."""
    trail = await AuditTrail.open(BrokenAudit(), "gateway-1", KEYS, Ticking())
    with pytest.raises(AuditUnavailableError):
        await record_unread(trail, a_context(), NUMBER.encode(), ErrorCode.BAD_USER_INPUT)
    await trail.aclose()
