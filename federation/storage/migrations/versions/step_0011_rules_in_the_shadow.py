"""Rules that are tried beside what decides, and decide nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rule_shadow",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("owner", name(128), nullable=False),
        sa.Column("version", name(128), nullable=False),
        sa.Column("digest", name(64), nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("signatures", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", name(256), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("rule_shadow")
