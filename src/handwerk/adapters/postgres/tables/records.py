"""The record history and the receipts of idempotent requests."""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
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
