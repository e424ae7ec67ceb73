"""What ties people to those who look, launches on their way, and published rule bundles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from federation.storage.sql.dialects import name

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the three stores."""
    _make_facts()
    _make_launches()
    _make_bundles()


def _make_facts() -> None:
    op.create_table(
        "told_fact",
        sa.Column("feed", name(128), primary_key=True),
        sa.Column("sort", name(16), primary_key=True),
        sa.Column("id", name(128), primary_key=True),
        sa.Column("person_key", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_told_fact_person_key", "told_fact", ["person_key"])
    op.create_table(
        "emergency_grant",
        sa.Column("id", name(128), primary_key=True),
        sa.Column("person_key", sa.LargeBinary(32), nullable=False),
        sa.Column("request_key", sa.LargeBinary(32)),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_emergency_grant_person_key", "emergency_grant", ["person_key"])
    op.create_index(
        "ix_emergency_grant_request_key", "emergency_grant", ["request_key"], unique=True
    )
    op.create_table(
        "objection",
        sa.Column("id", name(128), primary_key=True),
        sa.Column("person_key", sa.LargeBinary(32), nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_objection_person_key", "objection", ["person_key"])
    op.create_index("ix_objection_change", "objection", ["change"], unique=True)


def _make_launches() -> None:
    op.create_table(
        "launch",
        sa.Column("handle_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("message_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_launch_message_digest", "launch", ["message_digest"], unique=True)
    op.create_index("ix_launch_expires_at", "launch", ["expires_at"])


def _make_bundles() -> None:
    op.create_table(
        "rule_bundle",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("owner", name(128), nullable=False),
        sa.Column("version", name(128), nullable=False),
        sa.Column("digest", name(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signatures", sa.JSON, nullable=False),
        sa.Column("effective_from", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("published_by", name(256), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("rule_bundle", "launch", "objection", "emergency_grant", "told_fact"):
        op.drop_table(table)
