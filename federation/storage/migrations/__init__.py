"""Brings a database's tables up to date when a store is opened: one file a step in `versions/`.

Packaged with the code and run from it; there is no configuration file. A new step is a new file
there, with a way back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Apply every step that the database lacks, inside the caller's transaction."""
    command.upgrade(_config(connection), revision)


def downgrade(connection: sa.Connection, revision: str = "base") -> None:
    """Take steps back, inside the caller's transaction; what their tables held is gone then."""
    command.downgrade(_config(connection), revision)


def is_current(connection: sa.Connection) -> bool:
    """Whether the database has every step, and none from a later release."""
    wanted = ScriptDirectory.from_config(_config(connection)).get_heads()
    return MigrationContext.configure(connection).get_current_heads() == tuple(wanted)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "federation.storage:migrations")
    config.attributes["connection"] = connection
    return config
