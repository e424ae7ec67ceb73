"""A stand-in FHIR node for measuring: the demo's resources and searches, each answer made once.

It costs next to nothing, so that what is measured is the gateway: an answer is worked out the first
time that it is asked for and sent as prepared bytes from then on. It holds one person, who is
whoever is asked for.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import msgspec

from benchmarks.whole_record import Held
from demo.directory import directory_of
from demo.fhir.capability import capability_statement
from demo.fhir.outcome import FhirError, outcome
from demo.fhir.search import Searches
from demo.model import HERTS, Holding
from demo.store import NodeStore, NodeStoreWriter
from federation.nhs_number import NhsNumber
from federation.records.base import PartialDateTime
from federation.records.person import HumanName, Person

PATH = "/fhir/r4"
PLACE = NhsNumber("0000000000")
_NUMBER = re.compile(rb"%7C(\d{10})")


class FhirNode:
    """One node that holds one person's record. `base` is how it calls itself."""

    def __init__(self, held: Held, born: str, base: str) -> None:
        name = HumanName(text="Odette Fernsby", family="Fernsby", given=("Odette",))
        person = Person(nhs_number=PLACE, name=name, birth_date=PartialDateTime(born))
        holding = Holding(node=HERTS, person=person, items=held)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "node.sqlite3"
            writer = NodeStoreWriter(path)
            writer.add(holding, "the-person")
            writer.list(directory_of(holding))
            writer.close()
            # An open file stays readable when it has been taken away.
            self._searches = Searches(NodeStore(path), frozenset(held))
            self._searches.search("Patient", {"identifier": [""]}, base)
        self._base = base
        self._made: dict[tuple[str, bytes], tuple[int, bytes]] = {}

    def answer(self, path: bytes, form: bytes) -> tuple[int, bytes]:
        """Status and body of what is asked for; a page is asked for without a form."""
        asked = _NUMBER.search(form)
        number = asked[1] if asked else b""
        plain = form.replace(number, PLACE.encode()) if number else form
        key = (path.decode("ascii").removeprefix(PATH), plain)
        if key not in self._made:
            self._made[key] = self._make(*key)
        status, body = self._made[key]
        return status, body.replace(PLACE.encode(), number) if number else body

    def _make(self, path: str, form: bytes) -> tuple[int, bytes]:
        try:
            return 200, msgspec.json.encode(self._found(path, form.decode("ascii")))
        except FhirError as error:
            return error.status, msgspec.json.encode(outcome(error.code, error.text))

    def _found(self, path: str, form: str) -> object:
        if path == "/metadata":
            return capability_statement("a node", self._searches.offered.values())
        if path.startswith("/_page/"):
            return self._searches.more(path.removeprefix("/_page/"), self._base)
        kind = path.removeprefix("/").removesuffix("/_search")
        return self._searches.search(kind, parse_qs(form), self._base)


class InProcess(httpx.AsyncBaseTransport):
    """Asks a node without a network, and counts what is asked."""

    def __init__(self, node: FhirNode) -> None:
        self._node = node
        self.requests = 0
        self.bytes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, body = self._node.answer(request.url.raw_path, request.content)
        self.requests += 1
        self.bytes += len(body)
        headers = [(b"content-type", b"application/fhir+json")]
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))
