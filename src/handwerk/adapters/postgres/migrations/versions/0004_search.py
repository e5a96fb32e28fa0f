"""Which collection of the search index answers for a kind of record.

Revision ID: 0004
"""

from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE active_collection (
    kind text PRIMARY KEY,
    name text NOT NULL,
    model text NOT NULL,
    dimensions integer NOT NULL,
    activated_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON active_collection TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE active_collection")
