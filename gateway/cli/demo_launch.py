"""`watling demo launch PERSONA PERSON`: open somebody's record as a host system does.

Signs a launch as one of the demo's host systems, posts it to the running demo, and prints the
handle with a line that asks by it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urljoin

import click
import msgspec
from msgspec import Struct

from demo.examples import launched_curl_line
from demo.host_systems import INCIDENT, host_system_for
from demo.personas import Persona, personas
from demo.place import DEFAULT, CuratedPerson, Place
from federation.model import Purpose

KINDS = ("incident", "admission", "referral", "appointment")
_SECONDS = 10.0


class Answer(Struct, frozen=True, rename="camel"):
    """What `/launch` answers."""

    launch: str
    expires_at: datetime


class _Said(Struct, frozen=True):
    message: str


class _Refused(Struct, frozen=True):
    errors: tuple[_Said, ...]


@click.command()
@click.argument("persona")
@click.argument("person")
@click.option("--incident", help="The number of an ambulance's incident.")
@click.option("--admission", help="The id of an admission.")
@click.option("--referral", help="The id of a referral.")
@click.option("--appointment", help="The id of an appointment.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT,
    show_default=True,
    help="Where the demo lies.",
)
def launch(persona: str, person: str, directory: Path, **why: str | None) -> None:
    """Open PERSON's record for PERSONA, and print the handle.

    PERSON is an NHS number of `watling demo people`, or the short name that its stories go by.
    """
    place = Place(directory)
    status = place.status()
    if status is None:
        _stop("no demo is running from here: `watling demo start` starts one")
    asking, about = _persona(persona), _person(place, person)
    kind, evidence = _why(why)
    now = datetime.now(UTC)  # noqa: TID251 - a command is a composition root
    message = host_system_for(place.keys, kind).launch(
        asking,
        {"nhsNumber": about.nhs_number, "birthDate": about.birth_date},
        {"kind": kind, "evidence": evidence},
        now,
    )
    answer = _post(urljoin(status.url, "/launch"), message)
    purpose = Purpose.EMERGENCY if kind == INCIDENT else Purpose.DIRECT_CARE
    line = launched_curl_line(status.url, place.token(asking, now), about, answer.launch, purpose)
    click.echo(f"the handle, good once, until {answer.expires_at:%H:%M:%S} UTC:\n{answer.launch}\n")
    click.echo(f"ask by it, as {asking.title}:\n{line}")


def _persona(slug: str) -> Persona:
    known = {name: each for name, each in personas().items() if each.roles}
    if slug not in known:
        _stop(f"there is no such member of staff; there are: {', '.join(known)}")
    return known[slug]


def _person(place: Place, named: str) -> CuratedPerson:
    known = (named, named.replace(" ", ""))
    found = [each for each in place.people() if each.slug in known or each.nhs_number in known]
    if not found:
        _stop("there is no such person; `watling demo people` lists them")
    return found[0]


def _why(why: Mapping[str, str | None]) -> tuple[str, str]:
    given = [(kind, why[kind]) for kind in KINDS if why[kind]]
    if len(given) != 1:
        _stop(f"say why, in one way: {', '.join(f'--{kind} ID' for kind in KINDS)}")
    ((kind, evidence),) = given
    return kind.upper(), evidence or ""


def _post(url: str, message: str) -> Answer:
    import httpx  # noqa: PLC0415 - the demo's other commands ask nobody

    headers = {"Content-Type": "application/jwt"}
    try:
        answer = httpx.post(
            url, content=message, headers=headers, timeout=_SECONDS, trust_env=False
        )
    except httpx.HTTPError:
        _stop("the demo's gateway does not answer")
    if answer.status_code != httpx.codes.CREATED:
        refused = msgspec.json.decode(answer.content, type=_Refused)
        _stop(f"the launch was refused: {refused.errors[0].message}")
    return msgspec.json.decode(answer.content, type=Answer)


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
