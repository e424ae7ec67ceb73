"""What `/launch` answers to a launch that is believed, and to whatever else can be posted."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from federation.authority import Launch, RelationshipKind
from federation.errors import ErrorCode, StorageError
from federation.launches import HANDLE_LIVES
from gateway.launch.hosts import LONGEST_VALID_SECONDS, MOST_LEEWAY_SECONDS
from gateway.launch.record import MOST_A_MINUTE
from gateway.limits.in_flight import InFlight
from tests.builders import a_question, a_requester
from tests.federation.test_launches import Kept
from tests.gateway.launch.launching import (
    HOST,
    KEY,
    NOW,
    NUMBER,
    STRANGER,
    Door,
    a_key,
    claims,
    enrolled,
    seconds,
    sign,
)

WHY = {"kind": "ADMISSION", "evidence": "A-1"}
PERSON = {"nhsNumber": NUMBER, "birthDate": "1952-05-17"}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(Kept(), enrolled(tmp_path))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose shape is that of every other."""
    (error,) = answer.json()["errors"]
    assert set(error) == {"message", "extensions"}
    assert error["extensions"]["code"] in set(ErrorCode)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    for secret in (NUMBER, "1952-05-17", "Fernsby", "message-1", HOST, "eyJ"):
        assert secret not in answer.text
    return answer.status_code, error["extensions"]["code"]


async def redeemed(door: Door, answer: httpx.Response, **given: Any) -> Launch | None:
    """What the handle of an answer is changed for."""
    assert door.endpoint.launches
    asked = a_question(launch=answer.json()["launch"], asked_at=door.at, **given)
    return await door.endpoint.launches.redeem(asked)


async def test_a_launch_is_changed_for_a_handle(door: Door) -> None:
    """The answer is a handle and when it expires, kept by nobody on the way."""
    answer = await door.post(sign(claims()))
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert "location" not in answer.headers
    body = answer.json()
    assert set(body) == {"launch", "expiresAt"}
    assert len(body["launch"]) == 43
    assert body["expiresAt"] == "2026-10-05T09:40:00Z"


async def test_a_handle_is_worth_what_the_host_said(door: Door) -> None:
    """Everything that the host system vouched for is there when the handle is redeemed."""
    said = claims(
        aud=["https://other.example", "https://gateway.example"],
        organisation="RRV",
        person={"nhsNumber": "999 000 0018", "birthDate": "1952-05-17", "familyName": "Fernsby"},
        why={
            "kind": "REFERRAL",
            "evidence": "R-7",
            "beginsAt": "2026-10-01T09:00:00+01:00",
            "endsAt": "2026-11-01T00:00:00Z",
        },
        user=a_requester().subject,
        more="left alone",
    )
    answer = await door.post(sign(said), "application/jose; charset=us-ascii")
    named = a_requester(issuer="cis2")
    assert await redeemed(door, answer, requester=named) == Launch(
        id="message-1",
        host=HOST,
        launched_at=NOW,
        number=NUMBER,
        birth_date=date(1952, 5, 17),
        family_name="Fernsby",
        kind=RelationshipKind.REFERRAL,
        evidence="R-7",
        organisation="RRV",
        subject=named.principal,
        begins_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
        ends_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


async def test_what_is_left_out_is_not_made_up(door: Door) -> None:
    """Without a beginning it begins with the launch; nothing else is filled in."""
    launch = await redeemed(door, await door.post(sign(claims())))
    assert launch
    assert (launch.begins_at, launch.ends_at) == (NOW, None)
    assert (launch.family_name, launch.subject) == (None, None)


class Posted:
    """One thing to post, and what it is answered with."""

    def __init__(self, message: bytes, status: int, code: str, **sending: str) -> None:
        self.message, self.expected, self.sending = message, (status, code), sending


def _unsigned(header: dict[str, Any], body: dict[str, Any]) -> bytes:
    from joserfc.util import urlsafe_b64encode  # noqa: PLC0415 - only here

    parts = (urlsafe_b64encode(json.dumps(part).encode()) for part in (header, body))
    return b".".join((*parts, b""))


def _of(payload: bytes) -> bytes:
    """A launch signed by the host system over these bytes."""
    return sign(payload)


FORGED = {
    "another's key": sign(claims(), STRANGER),
    "a host that is not enrolled": sign(claims(iss="https://elsewhere.example")),
    "no issuer": sign(claims(iss=None)),
    "an issuer that is no text": sign(claims(iss=["https://epr.hospital.example"])),
    "a payload that is no object": _of(b"[]"),
    "a payload that is no JSON": _of(b"\xff{"),
    "a key of another id": sign(claims(), kid="key-2"),
    "no key id": sign(claims(), kid=None),
    "a changed payload": b".".join(
        (
            sign(claims()).split(b".")[0],
            sign(claims(organisation="RRU")).split(b".")[1],
            sign(claims()).split(b".")[2],
        )
    ),
    "a key that it brings": sign(claims(), STRANGER, kid="x", jwk=STRANGER.as_dict(private=False)),
}
MALFORMED = {
    "nothing": b"",
    "text": b"launch",
    "JSON": json.dumps(claims()).encode(),
    "no signature": _unsigned({"alg": "none", "typ": "launch+jwt", "kid": "key-1"}, claims()),
    "encrypted": b"e30.e30.e30.e30.e30",
    "two of them": sign(claims()) + b"\n" + sign(claims()),
    "no type": sign(claims(), typ=None),
    "another type": sign(claims(), typ="JWT"),
    "a type that is no text": sign(claims(), typ="launch+jwt\n"),
}
UNTIMELY = {
    "expired": claims(iat=seconds(-200), exp=seconds(-6)),
    "of tomorrow": claims(iat=seconds(60), exp=seconds(120)),
    "good for too long": claims(exp=seconds(301)),
    "good backwards": claims(iat=seconds(2), exp=seconds(1)),
    "not good yet": claims(nbf=seconds(60)),
    "good for ever": claims(exp=1e300),
    "for somebody else": claims(aud="https://other.example"),
    "for nobody": claims(aud=[]),
}
WRONG_CLAIMS = {
    "jti": claims(jti=None),
    "iat": claims(iat=None),
    "exp": claims(exp="soon"),
    "aud": claims(aud=None),
    "organisation": claims(organisation="rrv; drop"),
    "person": claims(person=None),
    "person.birthDate": claims(person=PERSON | {"birthDate": "17/05/1952"}),
    "person.nhsNumber": claims(person={"birthDate": "1952-05-17"}),
    "person.familyName": claims(person=PERSON | {"familyName": "x" * 201}),
    "why.kind": claims(why=WHY | {"kind": "CURIOSITY"}),
    "why.evidence": claims(why={"kind": "ADMISSION"}),
    "why.beginsAt": claims(why=WHY | {"beginsAt": "2026-10-05T09:30:00"}),
    "why.endsAt": claims(why=WHY | {"endsAt": "2026-10-05T09:29:59Z"}),
    "why": claims(why=WHY | {"ends": "2026-10-05T10:00:00Z"}),
    "user": claims(user={"subject": "y"}),
    "person`": claims(person=PERSON | {"person - at `$.Fernsby`": NUMBER}),
}
MORE_WRONG_CLAIMS = {
    "why.evidence": claims(why=WHY | {"evidence": f"admission of {NUMBER}"}),
    "why.evidence`": claims(why=WHY | {"evidence": "999-000-0018/1"}),
    "why.beginsAt`": claims(why=WHY | {"beginsAt": "0001-01-01T00:00:00+14:00"}),
    "why.endsAt`": claims(why=WHY | {"endsAt": "9999-12-31T23:59:59-12:00"}),
}
NOT_ALLOWED = {
    "another organisation": claims(organisation="RWG"),
    "a reason that it may not give": claims(why={"kind": "INCIDENT", "evidence": "CAD-1"}),
    "a reason that no launch gives": claims(why={"kind": "REGISTERED", "evidence": "GP"}),
    "one's own word": claims(why={"kind": "SELF_DECLARED", "evidence": "me"}),
}
POSTED: dict[str, Posted] = (
    {why: Posted(sent, 401, "UNAUTHENTICATED") for why, sent in FORGED.items()}
    | {why: Posted(sent, 400, "BAD_USER_INPUT") for why, sent in MALFORMED.items()}
    | {why: Posted(sign(said), 401, "UNAUTHENTICATED") for why, said in UNTIMELY.items()}
    | {why: Posted(sign(said), 400, "BAD_USER_INPUT") for why, said in WRONG_CLAIMS.items()}
    | {why: Posted(sign(said), 403, "FORBIDDEN") for why, said in NOT_ALLOWED.items()}
    | {
        "a wrong check digit": Posted(
            sign(claims(person=PERSON | {"nhsNumber": "9990000019"})), 400, "INVALID_NHS_NUMBER"
        ),
        "another media type": Posted(sign(claims()), 415, "BAD_USER_INPUT", media="text/plain"),
        "a form": Posted(
            sign(claims()), 415, "BAD_USER_INPUT", media="application/x-www-form-urlencoded"
        ),
        "no media type": Posted(sign(claims()), 415, "BAD_USER_INPUT", media=""),
        "too much": Posted(b"x" * 16_385, 413, "TOO_COMPLEX"),
        "a query": Posted(sign(claims()), 400, "BAD_USER_INPUT", path=f"/launch?n={NUMBER}"),
        "GET": Posted(b"", 405, "BAD_USER_INPUT", method="GET"),
        "PUT": Posted(sign(claims()), 405, "BAD_USER_INPUT", method="PUT"),
        "HEAD of it": Posted(b"", 405, "BAD_USER_INPUT", method="DELETE"),
    }
)


@pytest.mark.parametrize("posted", POSTED.values(), ids=POSTED)
async def test_what_is_not_believed_is_one_coded_error(door: Door, posted: Posted) -> None:
    """Nothing is kept, nothing repeated, and the log has nothing of the person either."""
    with capture_logs() as logs:
        answer = await door.post(posted.message, **posted.sending)
    assert refusal(answer) == posted.expected
    assert door.endpoint.launches._store.rows == []
    for secret in (NUMBER, "1952", "Fernsby", "message-1", "eyJ", "A-1"):
        assert secret not in repr(logs)
    assert ("allow" in answer.headers) == (answer.status_code == 405)
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


@pytest.mark.parametrize(
    ("claim", "said"),
    [*WRONG_CLAIMS.items(), *MORE_WRONG_CLAIMS.items()],
    ids=lambda one: str(one)[:20],
)
async def test_a_wrong_claim_is_named(door: Door, claim: str, said: dict[str, Any]) -> None:
    """Whoever builds a host system reads which claim to mend, and never its value."""
    answer = await door.post(sign(said))
    assert refusal(answer) == (400, "BAD_USER_INPUT")
    assert f"`{claim.rstrip('`')}`" in answer.json()["errors"][0]["message"]


async def test_a_member_of_staff_is_of_the_issuer_that_the_settings_name(tmp_path: Path) -> None:
    """A host system whose staff sign in nobody knows where may not name one."""
    door = Door(Kept(), enrolled(tmp_path, user_issuer=None))
    assert (await door.post(sign(claims()))).status_code == 201
    answer = await door.post(sign(claims(jti="2", user="consultant-london")))
    assert refusal(answer) == (400, "BAD_USER_INPUT")


async def test_whoever_did_not_sign_learns_nothing(door: Door) -> None:
    """Of what no enrolled key signed, every fault reads the same."""
    texts = {(await door.post(message)).text for message in FORGED.values()}
    assert len(texts) == 1


async def test_a_replay_is_refused(door: Door) -> None:
    """A message makes one handle, for as long as it is good."""
    assert (await door.post(sign(claims()))).status_code == 201
    door.at = NOW + timedelta(seconds=124)
    assert refusal(await door.post(sign(claims()))) == (409, "CONFLICT")
    door.at = NOW + timedelta(seconds=125)
    assert refusal(await door.post(sign(claims()))) == (401, "UNAUTHENTICATED")


def test_a_message_is_remembered_for_longer_than_it_is_good() -> None:
    """Whatever the host and its clock make of it, the id outlives the message."""
    longest = timedelta(seconds=LONGEST_VALID_SECONDS + 2 * MOST_LEEWAY_SECONDS)
    assert longest < HANDLE_LIVES


async def test_keys_are_changed_without_a_gap(tmp_path: Path) -> None:
    """While the file holds the old key and the new one, what either signed is taken."""
    new = a_key("key-2")
    door = Door(Kept(), enrolled(tmp_path, KEY, new))
    assert (await door.post(sign(claims()))).status_code == 201
    assert (await door.post(sign(claims(jti="2"), new, kid="key-2"))).status_code == 201
    assert refusal(await door.post(sign(claims(jti="3"), new)))[0] == 401


async def test_a_host_signs_for_itself_alone(tmp_path: Path) -> None:
    """One enrolled system's key says nothing in another's name."""
    other = a_key()
    (tmp_path / "other").mkdir()
    second = enrolled(tmp_path / "other", other, id="https://cad.example")
    door = Door(Kept(), enrolled(tmp_path), second)
    assert refusal(await door.post(sign(claims(), other)))[0] == 401
    assert (await door.post(sign(claims(iss="https://cad.example"), other))).status_code == 201


async def test_what_a_host_system_signed_is_on_the_record(door: Door) -> None:
    """Each launch that is taken, and each that is refused, with the system and why."""
    await door.post(sign(claims()))
    await door.post(sign(claims()))
    await door.post(sign(claims(organisation="RWG")))
    taken, again, foreign = door.trail.events
    assert (taken.plain.kind, taken.plain.vouched_by) == ("LAUNCHED", HOST)
    assert taken.sealed.number == NUMBER
    assert [(one.id, one.evidence) for one in taken.sealed.evidence] == [("message-1", "A-1")]
    refused = ((again, "REPLAYED", "CONFLICT"), (foreign, "NOT_ENROLLED", "FORBIDDEN"))
    for event, fault, code in refused:
        assert (event.plain.kind, event.plain.vouched_by) == ("LAUNCH_REFUSED", HOST)
        assert (event.plain.error, event.sealed.number) == (code, None)
        assert [(one.fault, one.count) for one in event.plain.failures] == [(fault, 1)]
    assert door.counted == []


async def test_what_nobody_known_posted_is_counted(door: Door) -> None:
    """By reason, with nothing of the message; a full gateway counts nothing."""
    await door.post(sign(claims(), STRANGER))
    await door.post(b"launch")
    await door.post(b"", method="GET")
    await door.post(b"x" * 16_385)
    door.endpoint.in_flight = InFlight(0)
    await door.post(b"launch")
    assert door.counted == [
        "LAUNCH_SIGNATURE",
        "LAUNCH_MALFORMED",
        "LAUNCH_MALFORMED",
        "LAUNCH_MALFORMED",
    ]
    assert door.trail.events == []


async def test_a_captured_launch_cannot_fill_the_log(door: Door) -> None:
    """Of one system so many refusals a minute are told singly; the rest are counted."""
    message = sign(claims())
    for _ in range(MOST_A_MINUTE + 6):
        await door.post(message)
    assert len(door.trail.events) == 1 + MOST_A_MINUTE
    assert door.counted == ["LAUNCH_REPLAYED"] * 5
    door.at += timedelta(minutes=1)
    await door.post(message)
    assert len(door.trail.events) == 2 + MOST_A_MINUTE


async def test_what_is_not_on_the_record_is_not_answered(door: Door) -> None:
    """Neither a handle nor a refusal leaves without it."""
    door.trail.full = True
    assert refusal(await door.post(sign(claims()))) == (503, "AUDIT_UNAVAILABLE")
    assert refusal(await door.post(sign(claims()))) == (503, "AUDIT_UNAVAILABLE")


class Full(Kept):
    async def put(self, launch: Any, at: datetime) -> bool:
        raise StorageError("the launch could not be kept")


async def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """A host system whose launch was not kept is told so, and to come again."""
    answer = await Door(Full(), enrolled(tmp_path)).post(sign(claims()))
    assert refusal(answer) == (503, "OVERLOADED")
    assert answer.headers["retry-after"] == "1"


class Broken(Kept):
    async def put(self, launch: Any, at: datetime) -> bool:
        raise RuntimeError


async def test_a_defect_tells_nothing(tmp_path: Path) -> None:
    """What nobody foresaw is an error without a trace of what it was."""
    answer = await Door(Broken(), enrolled(tmp_path)).post(sign(claims()))
    assert refusal(answer) == (500, "INTERNAL")


async def test_no_more_than_some_are_read_at_once(door: Door) -> None:
    """A stopping gateway, or a full one, takes no launch."""
    door.endpoint.in_flight = InFlight(0)
    assert refusal(await door.post(sign(claims()))) == (503, "OVERLOADED")
