"""By which of several gateways a look that waits is asked again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment until which it is somebody's."""
    op.add_column("second_look", sa.Column("claimed_until", sa.BigInteger))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("second_look") as table:
        table.drop_column("claimed_until")
