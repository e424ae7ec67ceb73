"""Run by alembic for each command of this package, on the connection that it was given."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # Batch mode rewrites a table where SQLite cannot alter it in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
