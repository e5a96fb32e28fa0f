"""Documents and the text of their pages."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

SAME_CONTENT = "document_content"
document = Table(
    "document",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("file_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text),
    Column("page_count", Integer),
    Column("language", Text),
    Column("project_id", Uuid),
    Column("preview", Text),
    Column("extracted_features", JSONB, nullable=False),
    Column("notes", JSONB, nullable=False),
    Column("near_duplicate", JSONB),
    Column("signature", ARRAY(Integer)),
    Column("bands", ARRAY(Integer)),
    Column("task_id", Uuid, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("deleted_at", Moment),
    Column("deleted_by", Uuid),
    Column("retry_at", Moment),
    UniqueConstraint("sha256", name=SAME_CONTENT),
)
Index(
    "document_newest",
    document.c.created_at.desc(),
    document.c.id,
    postgresql_where=text("deleted_at IS NULL"),
)
Index(
    "document_of_project",
    document.c.project_id,
    postgresql_where=text("project_id IS NOT NULL"),
)
Index("document_unfinished", document.c.status, postgresql_where=text("status <> 'completed'"))
Index("document_binned", document.c.deleted_at, postgresql_where=text("deleted_at IS NOT NULL"))
Index("document_bands", document.c.bands, postgresql_using="gin")
Index("document_file", document.c.file)

document_passage = Table(
    "document_passage",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("document_id", Uuid, ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
    Column("page", Integer, nullable=False),
    Column("text", Text, nullable=False),
)
Index("document_passage_of", document_passage.c.document_id)
Index(
    "document_passage_by_words",
    func.grams(func.said(document_passage.c.text)),
    postgresql_using="gin",
)

document_page = Table(
    "document_page",
    metadata,
    Column("document_id", Uuid, ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
)
