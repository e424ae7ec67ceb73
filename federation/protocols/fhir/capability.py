"""What a FHIR server says that it can do, read from its capability statement.

`Capability` is the statement as far as searches depend on it; `UNSTATED` is a server that has said
nothing, which is asked the cautious way: every search, nothing narrowed, and where it refuses one
that many servers lack, that is no failure. When the statement is fetched and how long it is
believed is `statement.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from federation.records.base import UNDECODABLE

_R4 = ["4", "0"]
"""R4 and its technical corrections; R4B is 4.3."""
_BY_PATIENT = ("patient", "subject")


class ServedType(Struct, frozen=True, kw_only=True):
    """One type of resource that a server lists. An empty set says nothing of what it can do."""

    interactions: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    includes: frozenset[str] = frozenset()


class Capability(Struct, frozen=True, kw_only=True):
    """What one server can be asked. `types` None: it has not said.

    `is_r4` False: it says that it speaks another version of FHIR.
    """

    types: Mapping[str, ServedType] | None = None
    is_r4: bool = True

    @property
    def is_stated(self) -> bool:
        """Whether the server has said what it can do."""
        return self.types is not None

    def searches(self, kind: str) -> bool:
        """Whether resources of this type may be searched for by patient, as far as is known."""
        return self.looks_up(kind) and self.by_patient(kind) is not None

    def looks_up(self, kind: str) -> bool:
        """Whether resources of this type may be searched for at all."""
        if self.types is None:
            return True
        served = self.types.get(kind)
        return served is not None and (
            not served.interactions or "search-type" in served.interactions
        )

    def by_patient(self, kind: str) -> str | None:
        """The parameter that names the person, None where the server lists none."""
        listed = self._served(kind).parameters
        return next((name for name in _BY_PATIENT if not listed or name in listed), None)

    def narrows(self, kind: str, names: Iterable[str]) -> bool:
        """Whether a search may be narrowed by these parameters: only where it lists them all."""
        return self._served(kind).parameters.issuperset(names)

    def sends_along(self, kind: str, what: str) -> bool:
        """Whether it may be asked to send along what this parameter of the type points at."""
        if self.types is None:
            return True
        return not {f"{kind}:{what}", f"{kind}:*", "*"}.isdisjoint(self._served(kind).includes)

    def _served(self, kind: str) -> ServedType:
        return (self.types or {}).get(kind, ServedType())


UNSTATED = Capability()


class _Named(Struct, frozen=True):
    name: str = ""


class _Coded(Struct, frozen=True):
    code: str = ""


class _Type(Struct, frozen=True, kw_only=True, rename="camel"):
    type: str = ""
    interaction: tuple[_Coded, ...] = ()
    search_param: tuple[_Named, ...] = ()
    search_include: tuple[str, ...] = ()


class _Rest(Struct, frozen=True, kw_only=True):
    mode: str = ""
    resource: tuple[_Type, ...] = ()


class _Statement(Struct, frozen=True, kw_only=True, rename="camel"):
    resource_type: str
    fhir_version: str = ""
    rest: tuple[_Rest, ...] = ()


_STATEMENT = msgspec.json.Decoder(_Statement)


def read_capability(body: bytes) -> Capability | None:
    """A capability statement, None for anything that is none or lists no type."""
    try:
        found = _STATEMENT.decode(body)
    except UNDECODABLE:
        return None
    if found.resource_type != "CapabilityStatement":
        return None
    served = [one for rest in found.rest if rest.mode == "server" for one in rest.resource]
    is_r4 = not found.fhir_version or found.fhir_version.split(".")[:2] == _R4
    if not served and is_r4:
        return None
    return Capability(types={one.type: _served(one) for one in served}, is_r4=is_r4)


def _served(listed: _Type) -> ServedType:
    return ServedType(
        interactions=frozenset(one.code for one in listed.interaction),
        parameters=frozenset(one.name for one in listed.search_param),
        includes=frozenset(listed.search_include),
    )
