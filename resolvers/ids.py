"""Opaque ids: stable for one person and one requester's authority, and telling nothing.

An id is a keyed hash of what it names. Two roles on one machine therefore never share a line of a
client's cache, and nobody can recognise a person, a source's own id or a code in one. Only ids that
a client selects are made.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec.json import encode

from federation.flow import ItemName, Window
from federation.model import Category, NodeId, Requester
from federation.nhs_number import NhsNumber
from federation.records.base import FactKey, Item, unstamped

ID_BYTES = 16


class ViewIds:
    """Makes the ids of one view. `key` is the gateway's 32-byte id key.

    `repeated` are the names that a node gave to several of its items.
    """

    __slots__ = ("_repeated", "_start")

    def __init__(
        self,
        key: bytes,
        requester: Requester,
        person: NhsNumber,
        repeated: frozenset[ItemName] = frozenset(),
    ) -> None:
        self._repeated = repeated
        self._start = blake2b(encode((requester.authority, person)), key=key, digest_size=ID_BYTES)

    def record(self) -> str:
        """The id of the whole record."""
        return self._made(("record",))

    def section(self, category: Category, window: Window | None = None) -> str:
        """The id of a section, or of one page of it: two pages must never overwrite each other."""
        return self._made(("section", category, window))

    def entry(self, category: Category, fact: FactKey) -> str:
        """The id of an entry: what it states, not who holds it."""
        return self._made(("entry", category, fact))

    def item(self, category: Category, item: Item) -> str:
        """The id of one fact as one node holds it.

        Where the node calls several things by one name, what each of them says tells them apart: a
        client's cache must not make one thing of them.
        """
        name = (category, item.source.id, item.source_id)
        if self._repeated and name in self._repeated:
            return self._made(("item", *name, blake2b(encode(unstamped(item))).hexdigest()))
        return self.item_called(*name)

    def item_called(self, category: Category, node: NodeId, source_id: str) -> str:
        """The id of the fact that a node calls by this name."""
        return self._made(("item", category, node, source_id))

    def revision(self, content: bytes) -> str:
        """The name of this content for this person and authority."""
        return self._made(("revision", blake2b(content).hexdigest()))

    def _made(self, named: tuple[object, ...]) -> str:
        # JSON keeps the parts apart whatever they contain; a source chooses its own ids.
        made = self._start.copy()
        made.update(encode(named))
        return made.hexdigest()
