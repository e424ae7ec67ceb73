"""The demo's folder: what lies where, who is curated, and what runs just now."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from demo.claims import AboutWhom
from demo.issuer import Issuer
from demo.personas import DeviceWord, Persona

DEFAULT = Path(".watling/demo")


class CuratedPerson(Struct, frozen=True, kw_only=True, rename="camel"):
    """One of the people who each show one thing."""

    slug: str
    name: str
    nhs_number: str
    birth_date: str
    story: str


class ProcessStatus(Struct, frozen=True, kw_only=True):
    """One process of a running demo. `kind` is node, tracing or gateway."""

    id: str
    name: str
    kind: str
    url: str
    pid: int


class DemoStatus(Struct, frozen=True, kw_only=True):
    """A running demo: its launcher, the gateway's address, and every process."""

    pid: int
    url: str
    processes: tuple[ProcessStatus, ...]


class Place:
    """The folder of one demo."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.population = self.directory / "population"
        self.keys = self.directory / "keys"
        self.run = self.directory / "run"
        self.requester_keys = self.keys / "requester.json"
        self.database = self.directory / "watling.db"
        self.checkpoints = self.directory / "audit-checkpoints.jsonl"
        self.settings = self.run / "watling.toml"
        self.network = self.run / "network.toml"
        self.organisations = self.run / "organisations.toml"
        self.role_tables = self.keys / "role-tables"
        self.relationships = self.run / "relationships.json"
        self.proxies = self.run / "proxies.json"
        self.marks = self.run / "marks.json"
        self.sharing = self.run / "sharing"
        self.examples = self.run / "examples.json"
        self.status_file = self.run / "status.json"
        self.begun_file = self.run / "begun.json"
        self.lock_file = self.run / "lock"
        self.issuer = Issuer(self.keys)

    def people(self) -> tuple[CuratedPerson, ...]:
        """The curated people; none before a demo has been made here."""
        try:
            text = (self.population / "people.json").read_bytes()
            return msgspec.json.decode(text, type=tuple[CuratedPerson, ...])
        except (OSError, msgspec.MsgspecError):
            return ()

    def status(self) -> DemoStatus | None:
        """What the last launcher wrote down, whether or not it still runs."""
        try:
            return msgspec.json.decode(self.status_file.read_bytes(), type=DemoStatus)
        except (OSError, msgspec.MsgspecError):
            return None

    def begun(self) -> tuple[int, ...]:
        """The ids of all processes that the last launcher began, in order, as far as it came."""
        try:
            return msgspec.json.decode(self.begun_file.read_bytes(), type=tuple[int, ...])
        except (OSError, msgspec.MsgspecError):
            return ()

    def token(
        self,
        persona: Persona,
        now: datetime,
        *,
        person: str | None = None,
        device: DeviceWord | None = None,
    ) -> str:
        """A token of this demo's issuers.

        `person` is the slug of somebody else than whom the persona asks about of itself; raises
        `LookupError` where nobody has it.
        """
        slug = person or persona.person
        about = None
        if slug is not None:
            known = {one.slug: one for one in self.people()}
            about = AboutWhom(known[slug].name, known[slug].nhs_number)
        return self.issuer.token(persona, now, about=about, device=device)
