"""Reads a file of a feed: CSV with a line of column names, TOML, or JSON.

A file with any fault is refused whole, with every faulty line named and no value repeated, because
a number may stand in any cell of a file that is wrong.

    number,kind,organisation,from,until,evidence
    999 000 0018,RESIDENCE,Z99160,2026-03-01,,room-12
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from federation.errors import InvalidNhsNumberError, SettingsError
from federation.feeds.rows import EXPECTED, MOMENTS, ROWS, Row
from federation.nhs_number import parse_nhs_number
from federation.records.partial_date import LOCAL
from federation.storage import PersonKey, PersonKeys, Told

FEED_NAME = r"\A[a-z0-9][a-z0-9-]{0,62}\Z"
"""What a feed may be called."""
_FIELD = re.compile(r"`\$\.(\w+)`")
_TOO_MUCH = ""
"""Stands for a line with more in it than columns, so that it is told with the other faults."""
_MISSING = re.compile(r"missing required field `(\w+)`")


class Feed(Struct, frozen=True, kw_only=True):
    """A feed as the store takes it. `name` holds its kind, so that no two kinds share one.

    `digest` is the SHA-256 of what was read, in hexadecimal digits.
    """

    name: str
    digest: str
    rows: tuple[tuple[PersonKey, Told], ...]


def read_feed(kind: str, name: str, source: Path | bytes, keys: PersonKeys) -> Feed:
    """Everything that a file tells, or CSV that came another way.

    Raises `SettingsError` with a line for each fault.
    """
    if not re.match(FEED_NAME, name):
        raise SettingsError("a feed's name has small letters, digits and hyphens")
    content = _content(source)
    faults: list[str] = []
    told: dict[tuple[type[Told], str], tuple[PersonKey, Told]] = {}
    where: dict[tuple[type[Told], str], str] = {}
    for place, raw in _raw(kind, source, content):
        try:
            person, fact = _told(ROWS[kind], raw, keys)
        except _FaultyError as fault:
            faults.append(f"{place}: {fault}")
            continue
        key = (type(fact), fact.id)
        if told.setdefault(key, (person, fact)) != (person, fact):
            faults.append(f"{place}: has the `id` of {where[key]}, and says something else")
        where.setdefault(key, place)
    if faults:
        raise SettingsError("\n".join(f"{_named(source)}, {fault}" for fault in faults))
    digest = hashlib.sha256(content).hexdigest()
    return Feed(name=f"{kind}:{name}", digest=digest, rows=tuple(told.values()))


class _FaultyError(Exception):
    """One row is wrong; the text names the field and never what is in it."""


# ── one row ──────────────────────────────────────────────────────────────────────────────────────


def _told(row_type: type[Row], raw: Mapping[str, Any], keys: PersonKeys) -> tuple[PersonKey, Told]:
    row = _row(row_type, raw)
    try:
        person = keys.of(parse_nhs_number(row.number))
    except InvalidNhsNumberError:
        raise _FaultyError(f"`number` {EXPECTED['number']}") from None
    if fault := row.fault() or _names_somebody(raw):
        raise _FaultyError(fault)
    return person, row.told(_id(person, raw))


def _row(row_type: type[Row], raw: Mapping[str, Any]) -> Row:
    if _TOO_MUCH in raw:
        raise _FaultyError("has more in it than there are columns")
    given = {name: value for name, value in raw.items() if value not in ("", None)}
    for name in MOMENTS & given.keys():
        given[name] = _instant(given[name], name)
    try:
        return msgspec.convert(given, row_type, strict=False)
    except msgspec.ValidationError as error:
        if missing := _MISSING.search(str(error)):
            raise _FaultyError(f"`{missing[1]}` is missing") from None
        field = _FIELD.search(str(error))
        if field is None:
            raise _FaultyError("has a field that this kind of feed does not know") from None
        expected = EXPECTED.get(field[1], "is not as it must be")
        raise _FaultyError(f"`{field[1]}` {expected}") from None


def _instant(value: object, name: str) -> datetime:
    """A day is its local midnight; a moment must say its offset."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), LOCAL)
    raise _FaultyError(f"`{name}` {EXPECTED[name]}")


def _parsed(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


def _names_somebody(raw: Mapping[str, Any]) -> str | None:
    """Every other field is told to people who may not know whom it is about."""
    for name, value in raw.items():
        if name != "number" and isinstance(value, str):
            try:
                parse_nhs_number(value)
            except InvalidNhsNumberError:
                continue
            return f"`{name}` is an NHS number"
    return None


def _id(person: PersonKey, raw: Mapping[str, Any]) -> str:
    """The same row has the same id whenever it is sent, so that only changes are written."""
    said = sorted((name, str(value)) for name, value in raw.items() if name != "number" and value)
    digest = hashlib.blake2b(json.dumps(said).encode(), key=person, digest_size=16)
    return digest.hexdigest()


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


def _named(source: Path | bytes) -> str:
    return f"`{source}`" if isinstance(source, Path) else "what was read"


def _content(source: Path | bytes) -> bytes:
    try:
        return source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise SettingsError(f"{_named(source)}: cannot be read ({error.strerror})") from None


def _raw(kind: str, source: Path | bytes, given: bytes) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Each row with its place in the file, as it was written."""
    try:
        content = given.decode("utf-8-sig")
        match source.suffix.lower() if isinstance(source, Path) else ".csv":
            case ".toml":
                return _numbered(
                    msgspec.toml.decode(content, type=dict[str, list[dict[str, Any]]])[kind]
                )
            case ".json":
                return _numbered(msgspec.json.decode(content, type=list[dict[str, Any]]))
            case _:
                return tuple(_csv(content, _named(source), ROWS[kind]))
    except (UnicodeDecodeError, csv.Error, msgspec.MsgspecError, KeyError):
        raise SettingsError(
            f"{_named(source)}: must be CSV with a line of column names, TOML with a `[[{kind}]]`"
            " a row, or JSON with a list of rows"
        ) from None


def _numbered(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return tuple((f"row {count}", row) for count, row in enumerate(rows, start=1))


def _csv(content: str, where: str, row_type: type[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    known = [field.encode_name for field in msgspec.structs.fields(row_type)]  # type: ignore[arg-type]  # every row is a struct
    reader = csv.reader(StringIO(content, newline=""), strict=True)
    columns = [column.strip() for column in next(reader, [])]
    if not {"number"} <= set(columns) <= set(known) or len(set(columns)) < len(columns):
        # A file without them begins with a person, who is not told here.
        raise SettingsError(f"{where}, line 1: must name the columns, of {', '.join(known)}")
    for cells in reader:
        place = f"line {reader.line_num}"
        if len(cells) > len(columns):
            yield place, {_TOO_MUCH: cells}
        elif cells:
            yield (
                place,
                {column: cell.strip() for column, cell in zip(columns, cells, strict=False)},
            )
