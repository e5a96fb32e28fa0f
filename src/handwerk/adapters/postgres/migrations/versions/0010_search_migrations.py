"""Moving the index from model to model.

Revision ID: 0010
"""

from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE index_migration (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    phase text NOT NULL,
    content jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX index_migration_under_way ON index_migration (kind)
    WHERE phase NOT IN ('finished', 'abandoned');
ALTER TABLE active_collection ADD COLUMN chosen boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON index_migration TO {role}")


def downgrade() -> None:
    op.execute("ALTER TABLE active_collection DROP COLUMN chosen")
    op.execute("DROP TABLE index_migration")
