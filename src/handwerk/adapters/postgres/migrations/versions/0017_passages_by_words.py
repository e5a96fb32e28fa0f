"""Passages of documents can be found by their words while the search index is away.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.execute(
        "CREATE INDEX document_passage_by_words ON document_passage USING gin (grams(said(text)))"
        " WITH (fastupdate = on, gin_pending_list_limit = 1024)"
    )


def downgrade() -> None:
    """Take it out."""
    op.execute("DROP INDEX document_passage_by_words")
