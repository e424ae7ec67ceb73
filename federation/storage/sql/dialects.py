"""Where the two databases differ in SQL: one place, so that no store names a database.

A new table takes its texts from `name` and its instants from `UtcInstant` (`tables.py`), in its
migration too; then both databases sort, compare and keep it alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def name(length: int) -> sa.types.TypeEngine[str]:
    """A text that is compared byte by byte, as SQLite does.

    A database's own collation would order ids otherwise than the code does, and could change with
    an update of the machine, which leaves indexes in disorder.
    """
    plain = sa.String(length)
    return plain.with_variant(sa.String(length, collation="C"), "postgresql")


# Both know the same clauses; each compiles its own dialect's.
_INSERTS: Mapping[str, Any] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)


def insert_missing(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert those whose key is not there yet; how many that were."""
    if not rows:
        return 0
    insert = _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
    first, *_ = table.primary_key
    return len(connection.execute(insert.returning(first), rows).all())


def insert_or_replace(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    differing: str | None = None,
) -> None:
    """Insert them, over those of the same key; with `differing`, where that column differs."""
    insert = _INSERTS[connection.dialect.name](table)
    key = {column.name for column in table.primary_key}
    values = {one.name: insert.excluded[one.name] for one in table.c if one.name not in key}
    where = None if differing is None else table.c[differing] != insert.excluded[differing]
    connection.execute(
        insert.on_conflict_do_update(index_elements=sorted(key), set_=values, where=where), rows
    )
