"""The tables of a descriptor as values: what stands in the file, before anything is made of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from federation.model import Category, NodeProtocol
from federation.toml import ONE_LINE

Id = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z",
        max_length=64,
        description="small letters and digits, in words joined by hyphens",
    ),
]
Words = Annotated[
    str,
    Meta(
        pattern=ONE_LINE,
        max_length=200,
        description="one line of words, without blanks at its ends",
    ),
]
Address = Annotated[str, Meta(min_length=1, max_length=500)]
Code = Annotated[
    str, Meta(pattern=r"\A[A-Z0-9]{3,12}\Z", description="an organisation's code, such as RXQ")
]
System = Annotated[
    str, Meta(pattern=r"\A[a-z][a-z0-9+.-]*:[!-~]{1,200}\Z", description="the URI of a code system")
]
Version = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9]{1,6}(\.[0-9]{1,6}){0,3}\Z",
        description="numbers with dots, such as 1 or 2.1",
    ),
]
Digest = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9a-f]{64}\Z", description="a SHA-256 in 64 hexadecimal digits, small letters"
    ),
]
FileName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z",
        description="the name of a file in the same folder",
    ),
]
Phone = Annotated[str, Meta(pattern=r"\A\+?[0-9][0-9 ]{5,20}\Z", description="a telephone number")]
Email = Annotated[
    str, Meta(pattern=r"\A[!-?A-~]{1,64}@[!-?A-~]{1,190}\Z", description="an email address")
]
TestNumber = Annotated[
    str,
    Meta(pattern=r"\A999[0-9]{7}\Z", description="an NHS number that begins with 999"),
]
HostName = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9]+([.-][a-z0-9]+)*\Z",
        max_length=253,
        description="the name of a host, in small letters",
    ),
]
Seconds = Annotated[float, Meta(gt=0, le=60)]


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file: a key that nobody knows is a fault."""


class VariesBy(StrEnum):
    """What a node's reply hangs on besides whom it is about."""

    NOTHING = "nothing"
    ORGANISATION = "organisation"
    ROLE = "role"
    USER = "user"


class NodeTable(Row, frozen=True, kw_only=True):
    """`[node]`: what it is called, whose it is, and how it is spoken to.

    `echoes_request`: each of its answers says which request it is to. `verifies_requesters`: it
    looks at who asks, which a FHIR server that is bought as it is does not.
    """

    id: Id
    name: Words
    region: Words
    region_id: Id
    version: Version
    protocol: NodeProtocol
    contact_route: Words
    varies_by: VariesBy = VariesBy.USER
    echoes_request: bool = False
    verifies_requesters: bool = True


class Controller(Row, frozen=True, kw_only=True, rename={"begins": "from", "ends": "until"}):
    """One of `[[controllers]]`: who answers for the data, from which local day on."""

    name: Words
    ods_code: Code
    begins: date
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether they answer for it on this day."""
        return self.begins <= day and (self.ends is None or day < self.ends)


class TestEndpoint(Row, frozen=True, kw_only=True):
    """`[test]`: where invented people are held, and where a native node tells of its log.

    `token_url` and `server_name` are said where they differ from those of the live endpoint.
    """

    __test__ = False  # no test of pytest's

    endpoint: Address
    hooks: Address | None = None
    token_url: Address | None = None
    server_name: HostName | None = None


class LiveEndpoint(Row, frozen=True, kw_only=True):
    """`[live]`: where people are held, and a number that it knows as nobody's, to probe it by."""

    endpoint: Address
    probe_person: TestNumber | None = None


class Offer(Row, frozen=True, kw_only=True):
    """One of `[[categories]]`: what is held, in which codes, how fresh, and for how long to keep.

    `current_within_minutes`: how far its feed lags at most. `cache_seconds`: for how long the
    gateway may keep a reply; 0 for not at all.
    """

    category: Category
    code_systems: tuple[System, ...] = ()
    current_within_minutes: Annotated[int, Meta(ge=0, le=7 * 24 * 60)]
    cache_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0


class NodeLimits(Row, frozen=True, kw_only=True):
    """`[limits]`: what the node bears, and by when it answers."""

    calls_per_second: Annotated[float, Meta(gt=0, le=10_000)]
    timeout_seconds: Seconds = 8.0
    connect_timeout_seconds: Seconds = 2.0
    p95_seconds: Seconds = 3.0
    max_response_bytes: Annotated[int, Meta(ge=1024, le=64 * 1024 * 1024)] = 16 * 1024 * 1024
    max_pages: Annotated[int, Meta(ge=1, le=500)] = 50


class Contact(Row, frozen=True, kw_only=True):
    """Somebody to ring."""

    name: Words
    phone: Phone
    email: Email


class Contacts(Row, frozen=True, kw_only=True):
    """`[contacts]`: who answers for what. `service_desk` is there day and night."""

    service_desk: Contact
    ig_lead: Contact
    caldicott_guardian: Contact
    clinical_safety_officer: Contact


class KeyUse(StrEnum):
    """What a key is for."""

    SIGNING = "SIGNING"
    """Of the region: it signs this file. `sha256` is the key's RFC 7638 thumbprint."""
    TLS_AUTHORITY = "TLS_AUTHORITY"
    """The authority of its endpoints' certificates. `sha256` is of its certificate, as DER."""


class KeyNamed(Row, frozen=True, kw_only=True):
    """One of `[[keys]]`, by its fingerprint in hexadecimal digits; `until` is its last day + 1."""

    use: KeyUse
    sha256: Digest
    until: date | None = None


class Certificates(Row, frozen=True, kw_only=True):
    """`[tls]`: the only authorities that are trusted for the node, in PEM, each one of `[[keys]]`.

    `server_name` is what its certificate is for, where that is not the host of its endpoint.
    """

    ca: Annotated[str, Meta(min_length=1, max_length=64 * 1024)]
    server_name: HostName | None = None


class FileNamed(Row, frozen=True, kw_only=True):
    """A file beside the descriptor, by the SHA-256 of its bytes."""

    file: FileName
    sha256: Digest


class ClientCredentials(Row, frozen=True, kw_only=True):
    """`[authentication]`: under which client the gateway fetches tokens (SMART Backend Services).

    Without the table the gateway proves itself by its `Watling-Requester` tokens alone. The key is
    the gateway's own affair.
    """

    client_id: Words
    token_url: Address | None = None
    scope: Words = "system/*.read"
