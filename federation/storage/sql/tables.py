"""The tables of the stores, as the code uses them. How a database gets them is in `migrations/`.

Of the sharing store only what must be looked up is a column of its own: keyed hashes, ids, and
the moments by which rows come and go. What a fact says is sealed in `body` (`storage/sealing.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from federation.storage.sql.dialects import name

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcInstant(sa.TypeDecorator[datetime]):
    """An aware instant as microseconds since 1970: exact, and the same in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        # What somebody wrote past us may be no instant at all. None is none either, and the audit
        # chain says whose row it is.
        try:
            return _EPOCH + value * _MICROSECOND  # type: ignore[operator]  # checked by trying
        except (TypeError, OverflowError):
            return None


METADATA = sa.MetaData()

AUDIT_EVENT = sa.Table(
    "audit_event",
    METADATA,
    sa.Column("writer", name(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("kind", name(32), nullable=False),
    sa.Column("view_id", name(64), index=True),
    sa.Column("person_key", sa.LargeBinary(32)),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.LargeBinary(32), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
)

AUDIT_INDEX = sa.Table(
    # Nothing but its key, so that it is one tree, in the order in which it is read.
    "audit_index",
    METADATA,
    sa.Column("entry", name(160), primary_key=True),
    sa.Column("at", UtcInstant, primary_key=True, autoincrement=False),
    sa.Column("writer", name(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

SUPERSEDED_NUMBER = sa.Table(
    "superseded_number",
    METADATA,
    sa.Column("old", name(10), primary_key=True),
    sa.Column("current", name(10), nullable=False, index=True),
    sa.Column("learned_at", UtcInstant, nullable=False),
)

TOLD_FACT = sa.Table(
    # Relationships, consents, proxies and marks. `feed` is the one that told it, "" for none.
    "told_fact",
    METADATA,
    sa.Column("feed", name(128), primary_key=True),
    sa.Column("sort", name(16), primary_key=True, index=True),
    sa.Column("id", name(128), primary_key=True),
    sa.Column("person_key", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

EMERGENCY_GRANT = sa.Table(
    # `request_key` is a keyed hash of who asked for it and their idempotency key.
    "emergency_grant",
    METADATA,
    sa.Column("id", name(128), primary_key=True),
    sa.Column("person_key", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("request_key", sa.LargeBinary(32), index=True, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

OBJECTION = sa.Table(
    # `change` counts everything that happened to objections, so that replicas can follow them.
    "objection",
    METADATA,
    sa.Column("id", name(128), primary_key=True),
    sa.Column("person_key", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("change", sa.BigInteger, nullable=False, index=True, unique=True),
    sa.Column("withdrawn_at", UtcInstant),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

LAUNCH = sa.Table(
    # `sealed` is null once it has been taken; the rest stays to know its message by.
    "launch",
    METADATA,
    sa.Column("handle_digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("message_digest", sa.LargeBinary(32), nullable=False, index=True, unique=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("expires_at", UtcInstant, nullable=False, index=True),
)

SECOND_LOOK = sa.Table(
    "second_look",
    METADATA,
    sa.Column("id", name(160), primary_key=True),
    sa.Column("node", name(128), nullable=False, index=True),
    sa.Column("expires_at", UtcInstant, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("claimed_until", UtcInstant),
)

RULE_BUNDLE = sa.Table(
    "rule_bundle",
    METADATA,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("owner", name(128), nullable=False),
    sa.Column("version", name(128), nullable=False),
    sa.Column("digest", name(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("signatures", sa.JSON, nullable=False),
    sa.Column("effective_from", UtcInstant, nullable=False),
    sa.Column("published_at", UtcInstant, nullable=False),
    sa.Column("published_by", name(256), nullable=False),
)

RULE_SHADOW = sa.Table(
    "rule_shadow",
    METADATA,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("owner", name(128), nullable=False),
    sa.Column("version", name(128), nullable=False),
    sa.Column("digest", name(64), nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Column("signatures", sa.JSON, nullable=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("by", name(256), nullable=False),
)

JOINING_STEP = sa.Table(
    "joining_step",
    METADATA,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", name(64), nullable=False, index=True, unique=True),
    sa.Column("kind", name(32), nullable=False),
    sa.Column("region", name(64), nullable=False),
    sa.Column("node", name(64)),
    sa.Column("digest", name(64)),
    sa.Column("side", name(64), nullable=False),
    sa.Column("person", name(128), nullable=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

AUDIT_OUTBOX = sa.Table(
    # On a gateway's own disk: which events are not yet in the store that all share.
    "audit_outbox",
    METADATA,
    sa.Column("writer", name(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("entries", sa.JSON, nullable=False),
)

AUDIT_CHECKPOINT = sa.Table(
    "audit_checkpoint",
    METADATA,
    sa.Column("writer", name(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("signed", sa.Text, nullable=False),
)

AUDIT_SEGMENT = sa.Table(
    # What was archived: the events are no longer here, and the chain goes on after them.
    "audit_segment",
    METADATA,
    sa.Column("writer", name(64), primary_key=True),
    sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("signed", sa.Text, nullable=False),
    sa.Column("purged", sa.Text),
)

AUDIT_HOLD = sa.Table(
    "audit_hold",
    METADATA,
    sa.Column("id", name(64), primary_key=True),
    sa.Column("signed", sa.Text, nullable=False),
    sa.Column("lifted", sa.Text),
)
