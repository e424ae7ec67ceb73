"""What is kept about the audit log: where each writer's chain stood, signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "audit_checkpoint",
        sa.Column("writer", name(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("signed", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_checkpoint")
