"""The audit log and the superseded NHS numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "audit_event",
        sa.Column("writer", name(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", name(32), nullable=False),
        sa.Column("view_id", name(64)),
        sa.Column("person_key", sa.LargeBinary(32)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("ix_audit_event_view_id", "audit_event", ["view_id"])
    op.create_index("ix_audit_event_person_key_at", "audit_event", ["person_key", "at"])
    op.create_table(
        "superseded_number",
        sa.Column("old", name(10), primary_key=True),
        sa.Column("current", name(10), nullable=False),
        sa.Column("learned_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_superseded_number_current", "superseded_number", ["current"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("superseded_number")
    op.drop_table("audit_event")
