"""Users and their sessions."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

# `user` and `session` are SQL's own words.
user_account = Table(
    "user_account",
    metadata,
    Column("id", Uuid, primary_key=True),
    # As text only where an older release wrote them, until this one has started once.
    Column("email", Text, unique=True),
    Column("name", Text),
    Column("role", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    # E-mail and name, sealed: see `domain.identity.vault`.
    Column("key_id", Text),
    Column("person_key", LargeBinary),
    Column("personal", LargeBinary),
    Column("email_hash", LargeBinary, unique=True),
)
Index("user_account_newest_first", user_account.c.created_at.desc(), user_account.c.id)

user_session = Table(
    "user_session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("refresh_hash", LargeBinary, nullable=False),
    Column("spent_hashes", ARRAY(LargeBinary), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
Index("user_session_of_user", user_session.c.user_id)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)
Index("api_key_of_user", api_key.c.user_id, api_key.c.created_at.desc(), api_key.c.id)
