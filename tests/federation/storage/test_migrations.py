"""The steps by which a database gets its tables, up and down, in each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from federation.storage.migrations import downgrade, is_current, upgrade
from federation.storage.sql import METADATA
from tests.builders import NOW
from tests.postgres import PostgreSQL


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def connection(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AsyncConnection]:
    """One to a new database, in a transaction that is taken back."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/watling.db"
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.new_database().replace("postgresql:", "postgresql+asyncpg:")
    engine = create_async_engine(url)
    async with engine.connect() as connected:
        yield connected
    await engine.dispose()


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


async def test_migrations_go_up_and_down(connection: AsyncConnection):
    """Each way ends where the other began, and going up twice is going up once."""

    def go(connection: sa.Connection) -> None:
        assert not is_current(connection)
        upgrade(connection)
        upgrade(connection)
        assert is_current(connection)
        assert tables(connection) == {*METADATA.tables, "alembic_version"}
        downgrade(connection)
        assert not is_current(connection)
        assert tables(connection) == {"alembic_version"}
        upgrade(connection)
        assert is_current(connection)
        assert tables(connection) == {*METADATA.tables, "alembic_version"}

    await connection.run_sync(go)


def described(connection: sa.Connection, make: Callable[[sa.Connection], Any]) -> Any:
    """What a way of making them makes, which is taken back."""
    with connection.begin_nested() as made:
        make(connection)
        look = sa.inspect(connection)
        found = {
            table: (
                [
                    (one["name"], repr(one["type"]), one["nullable"])
                    for one in look.get_columns(table)
                ],
                look.get_pk_constraint(table)["constrained_columns"],
                sorted(
                    (one["name"], one["column_names"], one["unique"])
                    for one in look.get_indexes(table)
                ),
            )
            for table in METADATA.tables
        }
        made.rollback()
    return found


async def test_migrations_make_the_tables_that_the_stores_use(connection: AsyncConnection):
    """Columns, types, collations, keys and indexes of the steps are those of the code."""
    by_steps = await connection.run_sync(described, upgrade)
    by_code = await connection.run_sync(described, METADATA.create_all)

    assert by_steps == by_code


async def test_every_text_of_a_key_is_compared_byte_by_byte(connection: AsyncConnection):
    """In both databases, so that pages of a log are cut alike and an index outlives an update."""

    def look(connection: sa.Connection) -> None:
        upgrade(connection)
        for name in METADATA.tables:
            for column in sa.inspect(connection).get_columns(name):
                kind = column["type"]
                if isinstance(kind, sa.String) and not isinstance(kind, sa.Text):
                    assert kind.collation == "C", (name, column["name"])

    if connection.dialect.name == "postgresql":
        await connection.run_sync(look)


def filled(table: sa.Table) -> dict[str, Any]:
    """A row with something in every column."""
    return {column.name: _something(column) for column in table.columns}


def _something(column: sa.Column[Any]) -> Any:
    for kind, value in (
        (sa.JSON, ["a"]),
        (sa.LargeBinary, bytes(range(32))),
        (sa.Integer, 1),
        (sa.Boolean, True),
    ):
        if isinstance(column.type, kind):
            return value
    return "a" if isinstance(column.type, sa.String | sa.Text) else NOW


def rows(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Everything in every table, as the database has it now."""
    found = sa.MetaData()
    found.reflect(connection)
    return {
        table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


async def test_steps_go_down_and_up_over_what_is_kept(connection: AsyncConnection):
    """What an older release knows too is there after it as before it, row by row."""

    def go(connection: sa.Connection) -> None:
        upgrade(connection)
        for table in METADATA.sorted_tables:
            connection.execute(sa.insert(table), filled(table))
        before = rows(connection)
        assert all(len(kept) == 1 for kept in before.values())
        while True:
            downgrade(connection, "-1")
            now = rows(connection)
            if not now:
                break
            for table, kept in now.items():
                (row,) = kept
                assert row.items() <= before[table][0].items()
            upgrade(connection, "+1")
            again = rows(connection)
            for table, kept in now.items():
                (row,) = kept
                assert row.items() <= again[table][0].items()
            downgrade(connection, "-1")
        upgrade(connection)
        assert rows(connection).keys() == before.keys()

    await connection.run_sync(go)
