"""Opens a record from a host system: a signed launch, posted to the gateway, for its handle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from demo.host_systems import host_system_for
from demo.personas import personas
from gateway.app import utc_now
from tests.scenarios.network import RunningGateway, System

Launched = Callable[..., Awaitable[str]]
NOW = timedelta()


class Launcher:
    """The demo's host systems. `launched` in scenarios is `launch` of one."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def launch(
        self,
        persona: str,
        about: str,
        kind: str,
        *,
        began: timedelta = timedelta(hours=1),
        ended: timedelta | None = None,
        at: RunningGateway | None = None,
        **person: Any,
    ) -> str:
        """A handle. `began` and `ended` are so long ago; `person` changes what is said of them."""
        story, now = self._system.people.stories[about], utc_now()
        said = {"nhsNumber": story.nhs_number, "birthDate": story.birth_date} | person
        why = {"kind": kind, "evidence": f"{kind}-{about}", "beginsAt": _text(now - began)}
        if ended is not None:
            why["endsAt"] = _text(now - ended)
        host = host_system_for(self._system.place.keys, kind)
        message = host.launch(personas()[persona], said, why, now)
        gateway = at or self._system.gateway({})
        response = await self._system.client.post(
            f"{gateway.url}/launch",
            content=message,
            headers={"Content-Type": "application/jwt"},
        )
        assert response.status_code < 300, response.text
        return str(response.json()["launch"])


def _text(moment: datetime) -> str:
    return moment.isoformat()
