"""Small store protocols; one contract suite holds all that implement them.

`sql/` is what a gateway runs on, `memory/` what tests run on. Stores raise `StorageError` for
whatever a database does, and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import NewType, Protocol

from msgspec import Struct

from federation.authority import Consent, Grant, Held, Mark, Objection, Proxy, Relationship
from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber
from federation.storage.keeping import KeepingStore
from federation.storage.outbox import OutboxStore


class AuditRow(Struct, frozen=True, kw_only=True):
    """One event of one writer's chain, as it lies in the store.

    `body` is the event as canonical bytes; `hash` covers every other column, `previous` among them.
    Hashes are 32 bytes, the first row's `previous` is 32 zero bytes. `sequence` counts from 1
    without gaps. `at` is when the row was written (aware UTC, to the microsecond); when the look
    was asked for is in the body.
    """

    writer: str
    sequence: int
    at: datetime
    kind: str
    view_id: ViewId | None
    person_key: bytes | None
    body: bytes
    previous: bytes
    hash: bytes


class AuditPlace(Struct, frozen=True, order=True):
    """Where a row stands among those of all writers, in order of time."""

    at: datetime
    writer: str
    sequence: int


class IndexEntry(Struct, frozen=True, gc=False):
    """One thing by which one row can be found (`federation/audit/clues.py` says which there are).

    At most 160 characters. No part of the chain: it is made from the row, and can be made anew.
    """

    entry: str
    at: datetime
    writer: str
    sequence: int


class AuditStore(Protocol):
    """Where audit events are kept, append-only, with an index beside them."""

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        """Write all rows, and their index, in one durable transaction.

        Or raise `StorageError` and write nothing.

        A sequence number that its writer has used already is such an error, so that two processes
        cannot fork one chain.
        """

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of a writer's chain."""

    def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        """Every row in order of writer and sequence."""

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        """Every row of one view, in order."""

    async def of_views(self, view_ids: Collection[ViewId], kind: str) -> tuple[AuditRow, ...]:
        """Every row of one kind of some hundred views at most, in order of writer and sequence."""

    async def find(
        self,
        entries: Sequence[str],
        *,
        before: AuditPlace | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> tuple[AuditRow, ...]:
        """The newest rows, newest first, that have any of these entries in the index; each once.

        `before` a place, for the next page; written from `since` on and before `until`. A row whose
        entry gives another time than its own is not found.
        """

    async def index(self, entries: Sequence[IndexEntry]) -> int:
        """Add what the index lacks of these, in one transaction; how many it lacked."""


class NumberStore(Protocol):
    """NHS numbers that people were once known by."""

    async def superseded_by(self, number: NhsNumber) -> tuple[NhsNumber, ...]:
        """The earlier numbers, in order, of the person whose number in use is given.

        Also those that were replaced by one that was itself replaced.
        """

    async def all_superseded(self) -> Sequence[SupersededNumber]:
        """Everything known, for the index that replicas keep in memory."""

    async def learn(self, number: SupersededNumber) -> None:
        """Remember an earlier number. Learning it twice changes nothing; the last word holds."""

    async def learn_all(self, numbers: Sequence[SupersededNumber]) -> None:
        """Remember a whole feed in one transaction, later ones over earlier ones."""


PersonKey = NewType("PersonKey", bytes)
"""A person in the sharing store: a keyed hash of their number (`person_keys.py`), 32 bytes."""


Told = Relationship | Consent | Proxy | Mark
"""What somebody told the network of a person, and may tell again under the same id."""


class ObjectionChange(Struct, frozen=True, kw_only=True):
    """The newest word on one objection; `change` counts all that happened to any of them."""

    change: int
    person: PersonKey
    objection: Objection
    withdrawn_at: datetime | None = None


class FeedChange(Struct, frozen=True, kw_only=True):
    """How many facts a load adds, changes and removes."""

    added: int
    changed: int
    removed: int


class SharingStore(Protocol):
    """What ties people to those who look: relationships, grants, objections and the like.

    People are named by `PersonKey` alone. Everything but a grant's and an objection's end is
    written once under its id; writing an id again replaces that row.
    """

    async def about(self, persons: Sequence[PersonKey]) -> Held:
        """Everything known of a person under any of these keys (`PersonKeys.sought`).

        One round trip; each sort in order of ids. A row that is not as it was written is a
        `StorageError`: what was an objection must not read as none.
        """

    async def relate(self, person: PersonKey, relationships: Sequence[Relationship]) -> None:
        """Remember relationships of one person."""

    async def compare_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> FeedChange:
        """What `load_feed` with these rows would change now; changes nothing."""

    async def load_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> None:
        """Replace everything that this feed said before, in one transaction, and nothing else.

        Ids are a feed's own; two rows of one sort with one id are a `StorageError`.
        """

    async def grant(self, person: PersonKey, grant: Grant, idempotency_key: str | None) -> Grant:
        """Remember a grant, and return it.

        Where this authority has asked for this person with the same idempotency key before, the
        grant that it got then, as it is now.
        """

    async def end_grant(self, id: str, authority: str, at: datetime) -> Grant | None:  # noqa: A002
        """End a grant of this authority; None where there is none. Twice changes nothing."""

    async def object(self, person: PersonKey, objection: Objection) -> None:
        """Remember an objection."""

    async def withdraw(
        self, persons: Sequence[PersonKey], objection: Objection, at: datetime
    ) -> bool:
        """Take back those of the same scope (`Objection.scope`); whether any were in force.

        Under any of the person's keys; the id of `objection` is not looked at.
        """

    def objections(self, after: int = 0) -> AsyncIterator[ObjectionChange]:
        """The newest word on every objection that changed after this change, in order.

        For whoever keeps them in memory, so that they hold while the store is lost.
        """

    async def consent(self, person: PersonKey, consent: Consent) -> None:
        """Remember a consent."""

    async def allow_proxy(self, person: PersonKey, proxy: Proxy) -> None:
        """Remember that somebody may act for the person, or that it was revoked."""

    async def mark(self, person: PersonKey, mark: Mark) -> None:
        """Remember a mark."""

    async def marks(self) -> Sequence[tuple[PersonKey, Mark]]:
        """Every mark of everybody, in one round trip; for whoever keeps them in memory."""


class KeptLaunch(Struct, frozen=True, kw_only=True):
    """A launch that waits to be taken: its content sealed, its handle known by a digest alone.

    `message_digest` names the signed message that brought it, so that one message makes one handle.
    Digests are 32 bytes.
    """

    handle_digest: bytes
    message_digest: bytes
    sealed: bytes
    expires_at: datetime


class LaunchStore(Protocol):
    """Launches on their way from a host system to the client that it opened."""

    async def put(self, launch: KeptLaunch, at: datetime) -> bool:
        """Keep it; False, and nothing kept, where its message has been kept before.

        Whether that one has been taken since makes no difference, until it expires; what expired
        before `at` may be swept away. A handle that is known already is a `StorageError`.
        """

    async def take(self, handle_digest: bytes, at: datetime) -> KeptLaunch | None:
        """Give it out once: None where there is none, it is taken, or it has expired.

        Of several who take it at the same time, in whichever process, one gets it.
        """


class KeptLook(Struct, frozen=True, kw_only=True):
    """A look that waits for a node that it missed; whose and of whom is sealed."""

    id: str
    node: str
    expires_at: datetime
    sealed: bytes


class SecondLookStore(Protocol):
    """Looks that wait for a node to come back (`federation/second_look`)."""

    async def put(self, look: KeptLook, at: datetime, most: int) -> bool:
        """Keep it; False, and nothing kept, where `most` wait for its node already.

        Putting an id again replaces it. What expired before `at` is swept away.
        """

    async def waiting(self, at: datetime, node: str | None = None) -> Sequence[KeptLook]:
        """Those that have not expired, of one node or of all, the first to expire first."""

    async def claim(self, id: str, at: datetime, until: datetime) -> bool:  # noqa: A002
        """Whether it is the caller's to ask until then: of several, in any process, it is one's.

        False where it is another's, or is not there any more.
        """

    async def give_back(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        """Let anybody claim it again."""

    async def done(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        """Let it go."""


class BundleRow(Struct, frozen=True, kw_only=True):
    """One published version of one owner's sharing rules; never changed, only followed by another.

    `sequence` counts publications over all owners, from 1. `owner` is `node:<id>` or
    `organisation:<ODS code>`; `body` the bundle's exact bytes, `digest` their SHA-256, `signatures`
    the compact JWS of those who signed it off. `effective_from` is when it begins to decide. A
    rollback is a new publication of an earlier body.
    """

    sequence: int
    owner: str
    version: str
    digest: str
    body: bytes
    signatures: tuple[str, ...]
    effective_from: datetime
    published_at: datetime
    published_by: str


class ShadowRow(Struct, frozen=True, kw_only=True):
    """A bundle that is put in the shadow, or what was there and is taken away; never changed.

    `sequence` counts both over all owners, from 1. `body` None: the owner's bundle is taken away.
    The newest row of an owner is what holds, until a publication overtakes it.
    """

    sequence: int
    owner: str
    version: str
    digest: str
    body: bytes | None
    signatures: tuple[str, ...]
    at: datetime
    by: str


class BundleStore(Protocol):
    """Where bundles are kept that were published or put in the shadow, append-only."""

    async def publish(self, row: BundleRow) -> BundleRow:
        """Append it under the next sequence number (the given one is ignored); what was kept."""

    async def begin(self, row: BundleRow) -> bool:
        """Append it where nothing of its owner was ever published.

        False, and nothing kept, where something was: of several who begin at once, one has.
        """

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        """What was published after this number, in order; 0 for all."""

    async def shadow(self, row: ShadowRow) -> ShadowRow:
        """Append it under the next sequence number of its own; what was kept."""

    async def shadowed_after(self, sequence: int) -> Sequence[ShadowRow]:
        """What was put in the shadow, or taken out of it, after this number, in order."""


class JoiningRow(Struct, frozen=True, kw_only=True):
    """One step of how regions and nodes join the network; never changed, only followed by another.

    `sequence` counts all steps, from 1 without gaps. `id` names it in the audit trail. `node` None:
    of a region alone. `digest` is the SHA-256 of the descriptor that it is about. `side` and
    `person` are who took it; `body` is what it says.
    """

    sequence: int
    id: str
    kind: str
    region: str
    node: str | None
    digest: str | None
    side: str
    person: str
    at: datetime
    body: bytes


class JoiningStore(Protocol):
    """Where the steps are kept, append-only."""

    async def append(self, row: JoiningRow) -> bool:
        """Append it under its own sequence number, which must be the next.

        False, and nothing kept, where it is not: somebody else took a step meanwhile, and whether
        this one may still be taken has to be looked at again.
        """

    async def after(self, sequence: int) -> Sequence[JoiningRow]:
        """What came after this number, in order; 0 for all."""

    async def id_at(self, sequence: int) -> str | None:
        """The id of the step of this number, None where there is none.

        A database that was put back, or lost its last moments, has another or none.
        """


class Storage(Protocol):
    """Every store of one database, opened and closed together."""

    @property
    def audit(self) -> AuditStore: ...

    @property
    def keeping(self) -> KeepingStore: ...

    @property
    def numbers(self) -> NumberStore: ...

    @property
    def sharing(self) -> SharingStore: ...

    @property
    def launches(self) -> LaunchStore: ...

    @property
    def second_looks(self) -> SecondLookStore: ...

    @property
    def bundles(self) -> BundleStore: ...

    @property
    def joining(self) -> JoiningStore: ...

    @property
    def outbox(self) -> OutboxStore: ...

    async def close(self) -> None:
        """Wait for what is being written, then give the database back."""
