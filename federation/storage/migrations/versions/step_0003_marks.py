"""Marks, found without reading everything else that was told: gateways keep them in memory."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index what was told by its sort."""
    op.create_index("ix_told_fact_sort", "told_fact", ["sort"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_told_fact_sort", "told_fact")
