"""A TOML file as a struct, or everything that is wrong with it.

`msgspec` stops at the first fault, and knows no lines. Here each field is converted by itself, so
that whoever wrote the file mends it in one go.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from functools import cache
from itertools import islice
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from federation.errors import FaultyFileError
from federation.toml.lines import TomlPath, line_of, lines_of

T = TypeVar("T", bound=Struct)
MOST_BYTES = 256 * 1024
"""Nobody writes more by hand."""
MOST_FAULTS = 100
"""Whoever has more mends these first."""
_LONGEST_NAME = 64
_QUOTED = r"""\"(?:[^"\\\n]|\\.){0,100}+\"|'[^'\n]{0,100}+'"""
_LONG_KEY = re.compile(
    rf"(?:(?<![\w-])[\w-]++|{_QUOTED})(?:[ \t]*+\.[ \t]*+(?:[\w-]++|{_QUOTED})){{32}}", re.ASCII
)
"""A dotted key of so many parts: `tomllib` takes the square of their number to read it."""
_PLACE = re.compile(r" - at `\$(?P<place>.*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<place>\d+)\]")


class Wrong(Struct, frozen=True):
    """Something that is wrong, at the path of what it is wrong with."""

    path: TomlPath
    why: str


class Fault(Struct, frozen=True):
    """The same with its line, as people read it."""

    line: int
    text: str

    def __str__(self) -> str:
        """Read as people read it."""
        return f"line {self.line}: {self.text}"


def read_toml(body: bytes, kind: type[T], file: str) -> T:
    """The file as a struct; raises `FaultyFileError` with all that does not fit its types."""
    text = _text(body, file)
    raw = _raw(text, file)
    refuse(file, text, _wrong(raw, kind, ()))
    return msgspec.convert(raw, kind)


def _raw(text: str, file: str) -> dict[str, Any]:
    long = _LONG_KEY.search(text)
    if long:
        line = text.count("\n", 0, long.start()) + 1
        raise FaultyFileError(f"{file}: line {line}: is nested too deeply", lines=[line])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _not_toml(fault, file) from None
    except RecursionError:
        raise FaultyFileError(f"{file}: is nested too deeply") from None
    except ValueError:
        # Of a number with more digits than Python converts; it says no line.
        raise FaultyFileError(f"{file}: is not TOML") from None


def refuse(file: str, text: str, wrong: Iterable[Wrong]) -> None:
    """Raise `FaultyFileError` with everything that is wrong, in the order of the lines."""
    found = tuple(islice(wrong, MOST_FAULTS))
    if not found:
        return
    lines = lines_of(text)
    faults = sorted(
        (Fault(line_of(lines, one.path), f"{_named(one.path)}{one.why}") for one in found),
        key=lambda fault: fault.line,
    )
    raise FaultyFileError(
        "\n".join(f"{file}: {fault}" for fault in faults), lines=[one.line for one in faults]
    )


def _text(body: bytes, file: str) -> str:
    if len(body) > MOST_BYTES:
        raise FaultyFileError(f"{file}: is larger than {MOST_BYTES // 1024} KiB")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise FaultyFileError(f"{file}: is not UTF-8 text") from None


def _not_toml(fault: tomllib.TOMLDecodeError, file: str) -> FaultyFileError:
    place = re.search(r"at line (\d+)", str(fault))
    line = int(place.group(1)) if place else None
    where = f"line {line}: " if line else ""
    return FaultyFileError(f"{file}: {where}is not TOML", lines=[line] if line else [])


def _named(path: TomlPath) -> str:
    """`categories[2].category: `, counted from 1 as people count."""
    words = ""
    for step in path:
        key = f"[{step + 1}]" if isinstance(step, int) else _shown(step)
        words += f".{key}" if words and isinstance(step, str) else key
    return f"`{words}`: " if words else ""


def _shown(key: str) -> str:
    """A key of somebody else's file, as it is safe to show on a terminal."""
    plain = (one if one.isprintable() else f"\\u{ord(one):04x}" for one in key[:_LONGEST_NAME])
    return "".join(plain) + ("…" if len(key) > _LONGEST_NAME else "")


def _wrong(raw: Any, kind: Any, path: TomlPath) -> Iterator[Wrong]:
    kind = _plain(kind)
    if _is_struct(kind):
        yield from _wrong_table(raw, kind, path)
        return
    element = _element(kind)
    if element is not None and isinstance(raw, list):
        whole = True
        for place, each in enumerate(raw):
            for one in _wrong(each, element, (*path, place)):
                whole = False
                yield one
        if not whole:
            return
    yield from _wrong_value(raw, kind, path)


def _wrong_table(raw: Any, kind: type[Struct], path: TomlPath) -> Iterator[Wrong]:
    if not isinstance(raw, dict):
        yield Wrong(path, "must be a table")
        return
    fields = _fields(kind)
    for key in (one for one in raw if one not in fields):
        near = get_close_matches(key, list(fields), n=1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        yield Wrong((*path, key), f"there is no such key{meant}")
    for name, field in fields.items():
        if name in raw:
            yield from _wrong(raw[name], field.type, (*path, name))
        elif field.required:
            yield Wrong(path, f"`{name}` is missing")


@cache
def _fields(kind: type[Struct]) -> Mapping[str, FieldInfo]:
    # Found by evaluating annotations: dearer than the file itself, and read for every step anew.
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _wrong_value(raw: Any, kind: Any, path: TomlPath) -> Iterator[Wrong]:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as fault:
        text = str(fault)
        place = _PLACE.search(text)
        inside = tuple(_steps(place.group("place"))) if place else ()
        yield Wrong((*path, *inside), _words(_PLACE.sub("", text), kind))


def _steps(place: str) -> Iterator[str | int]:
    for step in _STEP.finditer(place):
        yield int(step["place"]) if step["place"] is not None else step["key"]


def _words(text: str, kind: Any) -> str:
    known = _names(kind)
    if known and "enum value" in text:
        return f"must be one of {', '.join(known)}"
    if "RFC3339" in text:
        return f"must be a {text.rsplit(maxsplit=1)[-1]}, without quotes"
    if "matching regex" in text and (described := _described(kind)):
        return f"must be {described}"
    return text[:1].lower() + text[1:]


def _names(kind: Any) -> tuple[str, ...]:
    """What may be written, where that is a closed list."""
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    return next((names for one in get_args(kind) if (names := _names(one))), ())


def _described(kind: Any) -> str | None:
    """What a text must be, in words: the `description` of its pattern."""
    said = (getattr(one, "description", None) for one in getattr(kind, "__metadata__", ()))
    inner = (_described(one) for one in get_args(kind))
    return next((words for words in (*said, *inner) if words), None)


def _plain(kind: Any) -> Any:
    """A type without `Annotated` around a struct or a tuple, and without `| None`."""
    if get_origin(kind) in (Union, UnionType):
        others = [one for one in get_args(kind) if one is not type(None)]
        return _plain(others[0]) if len(others) == 1 else kind
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return inner if _is_struct(inner) else kind


def _element(kind: Any) -> Any:
    """The struct that a list is of, or None."""
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    arguments = get_args(inner)
    if get_origin(inner) is tuple and arguments[1:] == (...,) and _is_struct(_plain(arguments[0])):
        return arguments[0]
    return None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
