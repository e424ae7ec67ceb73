"""Everybody who may ask at the demo's gateway, by the tokens of its three providers."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from demo.claims import AboutWhom
from demo.files import (
    make_keys,
    node_names,
    write_network,
    write_organisations,
    write_private,
    write_relationships,
    write_settings,
)
from demo.organisations import organisation_rows
from demo.personas import Persona, personas
from demo.place import Place
from demo.role_tables import write_role_tables
from federation.errors import ProxyOverdueError
from federation.model import Device, Requester, RequesterKind, Standing
from gateway.app import build_app, utc_now
from gateway.identity.proof import digest_of
from gateway.settings import load_settings

NOWHERE = "http://127.0.0.1:9"
NUMBER = "9990000018"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
WHOM = AboutWhom("Rosalind Example", NUMBER)
OVERDUE = {"parent-proxy-overdue"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.run.mkdir(parents=True)
    made.population.mkdir()
    (made.population / "superseded.json").write_text("[]")
    make_keys(made, utc_now())
    write_network(made, dict.fromkeys(node_names(), NOWHERE))
    write_organisations(made, NOW.date())
    write_relationships(made, NOW.date())
    write_settings(made, host="127.0.0.1", port=0, tracing_url=NOWHERE)
    return made


def app_of(settings: Path) -> Starlette:
    return build_app(load_settings(settings, {}), clock=lambda: NOW)


@pytest.fixture
def app(place: Place) -> Starlette:
    return app_of(place.settings)


async def requester(app: Starlette, place: Place, persona: Persona, **given: Any) -> Requester:
    about = WHOM if persona.person else None
    token = place.issuer.token(persona, NOW, about=about, **given)
    found: Requester = await app.state.gateway.verifier().requester_of(f"Bearer {token}")
    return found


async def test_every_persona_is_known(app: Starlette, place: Place) -> None:
    """Each token is believed, for the subject, organisation and device that the persona has."""
    for slug, persona in personas().items():
        if slug in OVERDUE:
            continue
        known = await requester(app, place, persona)
        assert known.principal == persona.principal, slug
        assert known.device is Device[persona.device.upper()], slug
        assert known.person == (NUMBER if persona.person else None), slug
        assert [one.role for one in known.available_roles] == [one.role for one in persona.roles]
        if len(persona.roles) == 1:
            (role,) = persona.roles
            assert known.organisation is not None, slug
            assert (known.role, known.organisation.ods_code) == (role.role, role.organisation)


async def _whole(app: Starlette, place: Place, slug: str, **given: Any) -> tuple[Any, ...]:
    known = await requester(app, place, personas()[slug], **given)
    where = known.organisation.region if known.organisation else None
    return known.kind, where, known.standing, known.assurance


PROFESSIONAL, CITIZEN, PROXY, OPERATOR = RequesterKind
HERTS = "hertfordshire-west-essex"


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("gp-london", (PROFESSIONAL, "london", Standing.MET, 3)),
        ("ed-doctor-watford", (PROFESSIONAL, HERTS, Standing.MET, 3)),
        ("doctor-harlow", (PROFESSIONAL, "essex", Standing.MET, 3)),  # since 1 April 2026
        ("two-roles-london", (PROFESSIONAL, None, Standing.UNKNOWN, 3)),
        ("care-home-nurse-london", (PROFESSIONAL, "london", Standing.MET, 2)),
        ("care-home-nurse-grace", (PROFESSIONAL, "london", Standing.GRACE, 2)),
        ("care-home-nurse-lapsed", (PROFESSIONAL, "london", Standing.LAPSED, 2)),
        ("care-home-nurse-suspended", (PROFESSIONAL, "london", Standing.LAPSED, 2)),
        ("not-in-the-table", (PROFESSIONAL, None, Standing.UNKNOWN, 2)),
        ("operator", (OPERATOR, "none", Standing.UNKNOWN, 2)),
        ("citizen", (CITIZEN, None, Standing.UNKNOWN, 3)),
        ("citizen-p5", (CITIZEN, None, Standing.UNKNOWN, 2)),
        ("parent-proxy", (PROXY, None, Standing.UNKNOWN, 3)),
    ],
)
async def test_they_are_who_the_network_says(app, place, slug, expected) -> None:
    """Kind and assurance come from the token, region and standing from the directory today."""
    assert await _whole(app, place, slug) == expected


async def test_a_suspension_needs_no_restart(place: Place) -> None:
    """A new file of organisations and a new table hold for whoever signs in next."""
    app = app_of(place.settings)
    nurse = personas()["care-home-nurse-herts"]
    assert (await requester(app, place, nurse)).standing is Standing.MET
    before = place.organisations.read_text()
    home = before.index('code = "Z99261"')
    suspended = 'suspended = [{ by = "Lysander Croft, privacy officer" }]'
    write_private(place.organisations, f"{before[:home]}{suspended}\n{before[home:]}")
    files = app.state.gateway.files
    await files.organisations.refresh()
    assert (await requester(app, place, nurse)).standing is Standing.LAPSED
    write_role_tables(place.role_tables, date(2020, 1, 1))  # which ran out long ago
    for table in (table for issuer in files.issuers for table in issuer.tables):
        await table.refresh()
    assert (await requester(app, place, nurse)).role is None


async def test_files_are_followed_while_it_serves(place: Place) -> None:
    """What looks at them again runs from the opening of the gateway to its closing."""
    app = app_of(place.settings)

    def following() -> int:
        return sum(task.get_name() == "follow files" for task in asyncio.all_tasks())

    async with app.router.lifespan_context(app):
        assert following() == 1
    assert following() == 0


async def test_a_proxy_overdue_for_review_is_forbidden(app: Starlette, place: Place) -> None:
    """The token says so itself, so it is never taken, and the answer says FORBIDDEN."""
    persona = personas()["parent-proxy-overdue"]
    with pytest.raises(ProxyOverdueError):
        await requester(app, place, persona)
    token = place.issuer.token(persona, NOW, about=WHOM)
    async with _client(app) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ me { role } }"}, headers=_bearer(token)
        )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _client(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def test_another_application_is_another_device(app: Starlette, place: Place) -> None:
    """`--device` names another application, and the registration says what it is used on."""
    known = await requester(app, place, personas()["gp-london"], device="shared")
    assert (known.device, known.client) == (Device.SHARED, "Demo application, shared")


@pytest.fixture
def published(place: Place) -> Iterator[tuple[str, list[str]]]:
    """An address that serves the keys of the provider with smartcards, and who asked for them."""
    asked: list[str] = []
    keys = place.issuer.jwks_file("cis2").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(keys)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks", asked
        server.shutdown()
        thread.join()


async def test_keys_come_over_http(
    place: Place, published: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider's keys are fetched from its address, once, past any proxy of the environment."""
    url, asked = published
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    lines = place.settings.read_text().splitlines()
    file = f'jwks_file = "{place.issuer.jwks_file("cis2")}"'
    settings = place.run / "over-http.toml"
    settings.write_text(
        "\n".join(f'jwks_url = "{url}"' if line == file else line for line in lines)
    )
    app = app_of(settings)
    async with app.router.lifespan_context(app), _client(app) as client:
        for slug in ("gp-london", "ed-doctor-watford", "gp-london"):
            token = place.issuer.token(personas()[slug], NOW)
            answer = await client.post(
                "/graphql",
                json={"query": "{ me { role organisation { odsCode } } }"},
                headers=_bearer(token),
            )
            assert answer.json()["data"]["me"]["role"] == personas()[slug].roles[0].role
    assert asked == ["/jwks"]
    assert [issuer.keys._client for issuer in app.state.gateway.files.issuers[:1]] == [None]


def test_boundaries_changed_on_the_first_of_april() -> None:
    """Every organisation that the change concerns has a row on one side of it or on both."""
    changed = {
        row["code"]
        for row in organisation_rows(NOW.date())
        for belongs in row["belongs"]
        if date(2026, 4, 1) in (belongs.get("from"), belongs.get("until"))
    }
    assert changed >= {"QRV", "QMJ", "QM7", "QHG", "RQW"}


async def test_a_bound_token_comes_through_the_front_door(place: Place) -> None:
    """With a proof for this address a bound token is believed; without, or with two, it is not."""
    app = app_of(place.settings)
    holder = ECKey.generate_key("P-256")
    bound = place.issuer.token(personas()["gp-london"], NOW, cnf={"jkt": holder.thumbprint()})
    url = load_settings(place.settings, {}).public_url

    def proof(number: int) -> tuple[str, str]:
        said = {
            "jti": f"proof-number-{number}",
            "htm": "POST",
            "htu": url,
            "iat": NOW.timestamp(),
            "ath": digest_of(bound),
        }
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": holder.as_dict(private=False)}
        return "DPoP", jws.serialize_compact(head, json.dumps(said), holder)

    held = ("Authorization", f"DPoP {bound}")
    async with app.router.lifespan_context(app), _client(app) as client:

        async def status(*headers: tuple[str, str]) -> int:
            asked = {"query": "{ me { role } }"}
            return (await client.post("/graphql", json=asked, headers=list(headers))).status_code

        assert await status(held, proof(1)) == 200
        assert await status(held, proof(1)) == 401
        assert await status(held) == 401
        assert await status(held, proof(2), proof(3)) == 401
        assert await status(("Authorization", f"Bearer {bound}"), proof(4)) == 401
        assert await status(held, proof(5)) == 200
