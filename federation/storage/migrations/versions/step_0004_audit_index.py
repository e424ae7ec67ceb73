"""By what audit events are found. What was written before is indexed by `watling audit reindex`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index a table of its own; it also finds what was written under earlier keys."""
    op.create_table(
        "audit_index",
        sa.Column("entry", name(160), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("writer", name(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_audit_event_person_key_at", "audit_event")


def downgrade() -> None:
    """Drop it, and find people by the column again."""
    op.create_index("ix_audit_event_person_key_at", "audit_event", ["person_key", "at"])
    op.drop_table("audit_index")
