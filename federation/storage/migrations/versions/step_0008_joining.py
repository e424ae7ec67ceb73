"""The steps by which regions and nodes join the network."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "joining_step",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", name(64), nullable=False),
        sa.Column("kind", name(32), nullable=False),
        sa.Column("region", name(64), nullable=False),
        sa.Column("node", name(64)),
        sa.Column("digest", name(64)),
        sa.Column("side", name(64), nullable=False),
        sa.Column("person", name(128), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_joining_step_id", "joining_step", ["id"], unique=True)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("joining_step")
