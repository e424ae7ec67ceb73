"""What was archived of the audit log, and what must not be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "audit_segment",
        sa.Column("writer", name(64), primary_key=True),
        sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("signed", sa.Text, nullable=False),
        sa.Column("purged", sa.Text),
    )
    op.create_table(
        "audit_hold",
        sa.Column("id", name(64), primary_key=True),
        sa.Column("signed", sa.Text, nullable=False),
        sa.Column("lifted", sa.Text),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("audit_hold")
    op.drop_table("audit_segment")
