"""Who was erased, who consented to what, and exports of personal data."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

# Ids alone: they outlive the accounts.
erasure = Table(
    "erasure",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("at", Moment, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("wording_version", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)
Index("consent_of_user", consent.c.user_id, consent.c.at.desc(), consent.c.id.desc())

privacy_export = Table(
    "privacy_export",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("file", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
Index("privacy_export_of_user", privacy_export.c.user_id)
Index("privacy_export_age", privacy_export.c.expires_at)
