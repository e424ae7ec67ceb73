"""Launches over real HTTP: what a host system's handle opens, for whom, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demo.host_systems import HostSystem, host_system_for
from demo.personas import personas
from gateway.app import utc_now
from tests.acceptance.asking import As
from tests.acceptance.launching import Launched
from tests.scenarios.network import Exchange, System

CREW, DOCTOR = "paramedic-london", "ed-doctor-watford"


async def test_an_incident_earns_an_emergency_once(as_: As, launched: Launched):
    """The crew asks without a birth date; the look says who vouched, and the handle is spent."""
    crew = as_(CREW)
    handle = await launched(CREW, "everywhere", "INCIDENT")
    asked = {"about": "everywhere", "purpose": "EMERGENCY", "launch": handle, "confirm": None}
    answer = await crew.asks(**asked)
    assert answer.record["identity"]["basis"] == "TRACED_AND_CONFIRMED"
    assert "your host system gave" in answer.record["identity"]["message"]
    view = (await crew.events("VIEW"))[-1]
    assert (view["launched"], view["confirmed"]) == (True, False)
    assert view["vouchedBy"] == "https://dispatch.demo.watling.example"
    assert ["INCIDENT", "LAUNCH"] in view["evidence"]
    assert "INCIDENT-everywhere" in [held[3] for held in view["sealed"]["evidence"]]

    again = await crew.asks(**asked)
    assert again.refused_with == "IDENTITY_NOT_CONFIRMED"
    assert "open the record from your host system again" in again.refusal
    # The next page needs no handle: what was vouched for is remembered.
    later = await crew.asks(about="everywhere", purpose="EMERGENCY")
    assert later.refused_with is None


@pytest.mark.parametrize(
    ("made_for", "used_by", "of"),
    [
        (CREW, "paramedic-herts", "everywhere"),
        (DOCTOR, "ed-doctor-london", "everywhere"),
        (CREW, CREW, "namesake-a"),
    ],
    ids=["another service", "another hospital", "another person"],
)
async def test_a_handle_in_other_hands_opens_nothing(
    as_: As, launched: Launched, made_for: str, used_by: str, of: str
):
    """Whoever finds a handle, and whoever asks for somebody else with theirs, gets no record."""
    kind = "INCIDENT" if made_for == CREW else "ADMISSION"
    handle = await launched(made_for, "everywhere", kind)
    thief = await as_(used_by).asks(about=of, launch=handle, confirm=None)
    assert thief.refused_with == "IDENTITY_NOT_CONFIRMED"
    rightful = await as_(made_for).asks(about="everywhere", launch=handle, confirm=None)
    assert rightful.refused_with == "IDENTITY_NOT_CONFIRMED"


async def test_a_namesakes_birth_date_in_the_host_system_opens_nothing(
    as_: As, launched: Launched, system: System
):
    """The clerk picked the wrong row: every node agrees with the number, tracing does not."""
    born = system.people.stories["namesake-b"].birth_date
    handle = await launched(DOCTOR, "namesake-a", "ADMISSION", birthDate=born)
    answer = await as_(DOCTOR).asks(about="namesake-a", launch=handle, confirm=None)
    assert answer.refused_with == "IDENTITY_NOT_CONFIRMED"


class Posting:
    """Posts what a host system would not, or not any more."""

    def __init__(self, system: System) -> None:
        self._system = system
        story = system.people.stories["everywhere"]
        self._person = {"nhsNumber": story.nhs_number, "birthDate": story.birth_date}

    def signed(self, host: HostSystem | None = None, **claims: Any) -> str:
        by = host or host_system_for(self._system.place.keys, "INCIDENT")
        why = {"kind": "INCIDENT", "evidence": "CAD-1"}
        message = by.launch(personas()[CREW], self._person, why, utc_now(), **claims)
        self._system.tokens.used.add(message)
        return message

    async def post(self, message: str) -> tuple[int, str | None]:
        response = await self._system.client.post(
            f"{self._system.gateway({}).url}/launch",
            content=message,
            headers={"Content-Type": "application/jwt"},
        )
        self._system.exchanges.append(Exchange.of(response))
        errors = response.json().get("errors")
        return response.status_code, errors[0]["extensions"]["code"] if errors else None


@pytest.fixture
def posting(system: System) -> Posting:
    return Posting(system)


async def test_a_replayed_launch_is_refused(posting: Posting):
    """One signed message makes one handle."""
    message = posting.signed()
    assert await posting.post(message) == (201, None)
    assert await posting.post(message) == (409, "CONFLICT")


async def test_an_expired_launch_is_refused(posting: Posting):
    """What was signed ten minutes ago is of no use to whoever comes by it."""
    then = utc_now() - timedelta(minutes=10)
    times = {"iat": int(then.timestamp()), "exp": int(then.timestamp()) + 120}
    assert await posting.post(posting.signed(**times)) == (401, "UNAUTHENTICATED")


async def test_a_forged_launch_is_refused(posting: Posting, system: System):
    """A key of the same name that the host system does not have signs nothing."""
    stranger = HostSystem(system.folder / "another-dispatch", "dispatch")
    stranger.make_key()
    assert await posting.post(posting.signed(stranger)) == (401, "UNAUTHENTICATED")


async def test_a_host_system_speaks_for_its_own_alone(posting: Posting, system: System):
    """A hospital's record system dispatches nobody, and dispatch admits nobody."""
    records = host_system_for(system.place.keys, "ADMISSION")
    assert await posting.post(posting.signed(records, organisation="RRV")) == (403, "FORBIDDEN")
    assert await posting.post(posting.signed(organisation="RRV")) == (403, "FORBIDDEN")
