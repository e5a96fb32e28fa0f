"""Materials found by what a table says of them: by name, by the supplier's number.

Revision ID: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX material_same_row ON material (name, category, unit)")
    op.execute("CREATE INDEX material_by_number ON material (datanorm_id)")


def downgrade() -> None:
    op.execute("DROP INDEX material_same_row, material_by_number")
