"""The record history and its seals, the security log, the receipts of idempotent requests."""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

from handwerk.adapters.postgres.tables.metadata import Moment, metadata


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's `xid8`: tells the sealer which entries no open transaction can precede."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "XID8"


record_history = Table(
    "record_history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "transaction", TransactionId, nullable=False, server_default=text("pg_current_xact_id()")
    ),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("actor_id", Uuid),
    Column("table_name", Text, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("old", JSONB),
    Column("new", JSONB),
)
Index("record_history_of_record", record_history.c.table_name, record_history.c.record_id)
Index("record_history_in_order", record_history.c.transaction, record_history.c.id)
Index("record_history_of_actor", record_history.c.actor_id, record_history.c.id)

sealed_history = Table(
    "sealed_history",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("entry_id", name="sealed_history_once"),
)

history_seal = Table(
    "history_seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("lineage", Text, nullable=False),
    Column("until_transaction", TransactionId, nullable=False),
    Column("until_entry", BigInteger, nullable=False),
    Column("sealed_at", Moment, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

security_event = Table(
    "security_event",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("kind", Text, nullable=False),
    Column("actor_id", Uuid),
    Column("subject_id", Uuid),
    Column("address", Text),
    Column("detail", JSONB, nullable=False),
)
Index("security_event_newest_first", security_event.c.at.desc(), security_event.c.id)

receipt = Table(
    "receipt",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
)
Index("receipt_age", receipt.c.created_at)
