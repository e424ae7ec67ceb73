"""Tokens of every persona, from the demo's own issuer, and tokens that must not be believed.

| kind             | what is wrong with it                                    |
|------------------|----------------------------------------------------------|
| `none`           | there is none                                            |
| `garbage`        | it is no token                                           |
| `expired`        | it ended an hour ago                                     |
| `wrong-audience` | it is meant for somebody else                            |
| `wrong-issuer`   | its issuer is not one that the gateway believes          |
| `wrong-key`      | it was signed with a key that is not the issuer's        |
| `unsigned`       | it says that it needs no signature                       |

Any other kind is a persona.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from demo.claims import AboutWhom
from demo.issuer import Issuer
from demo.personas import personas
from gateway.app import utc_now
from tests.scenarios.people import People

HOUR = timedelta(hours=1)


class Tokens:
    """Hands out tokens; `used` are those that were."""

    def __init__(self, issuer: Issuer, folder: Path, people: People) -> None:
        self.issuer = issuer
        self._stranger = Issuer(folder / "another-issuer")
        self._stranger.make_keys()
        self._people = people
        self._now = utc_now
        self._personas = personas()
        self.used: set[str] = set()

    def token(self, kind: str) -> str | None:
        """A token of this kind."""
        made = self._made(kind)
        if made:
            self.used.add(made)
        return made

    def lasting(self, persona: str, seconds: float) -> str:
        """A token that has held for an hour, and holds for so long."""
        now = self._now().timestamp()
        said = {"iat": int(now - HOUR.total_seconds()), "exp": int(now + seconds)}
        made = self._signed(persona, **said)
        self.used.add(made)
        return made

    def names(self) -> set[str]:
        """Everybody whom a token names."""
        return {persona.name for persona in self._personas.values() if persona.name}

    def _made(self, kind: str) -> str | None:
        if kind == "none":
            return None
        bad = self._not_to_be_believed()
        return bad[kind] if kind in bad else self._signed(kind)

    def _not_to_be_believed(self) -> dict[str, str]:
        ended = int((self._now() - HOUR).timestamp())
        return {
            "garbage": "bm90IGEgdG9rZW4gYXQgYWxs.bm90aGluZw.c2lnbmVkIGJ5IG5vYm9keQ",
            "expired": self._signed("gp-london", exp=ended),
            "wrong-audience": self._signed("gp-london", aud="another-service"),
            "wrong-issuer": self._signed("gp-london", iss="https://somebody.example"),
            "wrong-key": self._stranger.token(self._personas["gp-london"], self._now()),
            "unsigned": _unsigned(self._signed("gp-london")),
        }

    def _signed(self, persona: str, **claims: Any) -> str:
        asking = self._personas[persona]
        about = None
        if asking.person is not None:
            story = self._people.stories[asking.person]
            about = AboutWhom(story.name, story.nhs_number)
        return self.issuer.token(asking, self._now(), about=about, **claims)


def _unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."
