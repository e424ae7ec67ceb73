"""From what an author gives, a dict or a struct, to the record's own struct, or a mistake.

A dict has the field names of `node.graphql`. Dates and instants may be Python's own. What the
protocol does not know is never passed over: a field that nobody reads could be the one that says
that an allergy was refuted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from federation.protocols.graphql.shapes import Shape, fields_of
from federation.records.date_fields import dates_are_real

StructT = TypeVar("StructT", bound=Struct)

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SAFE_WORDS = ("Expected ", "Object ", "Invalid RFC3339")
"""How those messages of msgspec begin that repeat nothing of what they are about."""
_TOO_SHORT_FOR_A_DATE = "Expected `str` of length"
_NO_DATE = (
    "is no date; write 2019, 2019-04, 2019-04-02 or an instant with its offset,"
    " 2019-04-02T10:00:00+01:00"
)


class UnfitError(Exception):
    """What is wrong with one value: `field` is a path, `what` repeats nothing of it."""

    def __init__(self, what: str, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.field = field
        self.hint = hint


def read(kind: type[StructT], given: object) -> StructT:
    """The struct; raises `UnfitError`."""
    if not isinstance(given, kind | Mapping):
        raise UnfitError(f"is a {type(given).__name__}, neither a dict nor a {kind.__name__}")
    # By way of JSON, which checks structs as well: Python lets anything into their fields.
    raw = _encoded(given)
    if isinstance(given, Mapping):
        _check_known(kind, msgspec.json.decode(raw))
    try:
        value = msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as fault:
        raise _explained(kind, str(fault)) from None
    if not dates_are_real(value):
        raise UnfitError(_NO_DATE, _bad_date(value))
    return value


def _encoded(given: object) -> bytes:
    try:
        return _ENCODER.encode(given)
    except (TypeError, ValueError, RecursionError) as fault:
        hint = f"{fault}" if isinstance(fault, TypeError) else None
        raise UnfitError("has a value that cannot be written as JSON", hint=hint) from None


# ── names that the protocol does not know ───────────────────────────────────────────────────────


def _check_known(kind: type[Struct], given: Any, path: str = "") -> None:
    """That every name is one of the protocol's, at any depth; raises `UnfitError`."""
    if not isinstance(given, dict):
        return  # a value of another kind than the field's: decoding says it
    shapes = {shape.name: shape for shape in fields_of(kind)}
    for name, value in given.items():
        if name == kind.__struct_config__.tag_field:
            continue
        if name not in shapes:
            raise UnfitError(
                "there is a field that the protocol does not have",
                path or None,
                _suggestion(name, shapes),
            )
        below = _below(shapes[name], value)
        for place, kind_below, one in below:
            _check_known(kind_below, one, _joined(path, f"{name}{place}"))


def _below(shape: Shape, value: Any) -> Iterator[tuple[str, type[Struct], Any]]:
    many = isinstance(value, list)
    for index, one in enumerate(value if many else [value]):
        tag = one.get("__typename") if isinstance(one, dict) else None
        kinds = [kind for kind in shape.below if len(shape.below) == 1 or kind.__name__ == tag]
        if kinds:
            yield (f"[{index}]" if many else "", kinds[0], one)


def _suggestion(name: str, known: Mapping[str, Shape]) -> str:
    first, *others = name.split("_")
    camel = first + "".join(part.title() for part in others)
    near = [camel] if camel in known else get_close_matches(name, known, n=1)
    return f"`{name}`{f'; is it `{near[0]}`?' if near else ''}"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# ── what decoding says ──────────────────────────────────────────────────────────────────────────


def _explained(kind: type[Struct], text: str) -> UnfitError:
    said, _, place = text.partition(" - at `$")
    path = place.rstrip("`").removeprefix(".") or None
    if said.startswith(_TOO_SHORT_FOR_A_DATE):
        return UnfitError(_NO_DATE, path)
    if said.startswith(_SAFE_WORDS):
        return UnfitError(said[:1].lower() + said[1:].replace("`", ""), path)
    members = _members(kind, (path or "").removesuffix(".__typename"))
    return UnfitError(f"is none of {', '.join(members)}" if members else "does not fit", path)


def _members(kind: type[Struct], path: str) -> list[str]:
    """The values that the field at the end of a path may have, where they are a closed list."""
    kinds: tuple[type[Struct], ...] = (kind,)
    found: Shape | None = None
    for name in path.split("."):
        shapes = {shape.name: shape for one in kinds for shape in fields_of(one)}
        found = shapes.get(name.partition("[")[0])
        kinds = found.below if found else ()
    if found and found.enum:
        return [str(member.value) for member in found.enum]
    return [one.__name__ for one in kinds]


def _bad_date(value: Struct) -> str | None:
    """The path of the first date that is none."""
    names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
    for name, wire in names:
        field = getattr(value, name)
        for place, one in _places(wire, field):
            if isinstance(one, Struct) and not dates_are_real(one):
                return _joined(place, _bad_date(one) or "")
        if isinstance(field, str) and not dates_are_real(
            msgspec.structs.replace(_bare(value), **{name: field})
        ):
            return wire
    return None


def _places(wire: str, field: object) -> Iterator[tuple[str, object]]:
    if isinstance(field, tuple):
        yield from ((f"{wire}[{index}]", one) for index, one in enumerate(field))
    else:
        yield wire, field


def _bare(value: Struct) -> Struct:
    """The value with nothing but what it cannot be without."""
    needed = [one for one in msgspec.structs.fields(value) if one.required]
    return type(value)(**{one.name: getattr(value, one.name) for one in needed})
