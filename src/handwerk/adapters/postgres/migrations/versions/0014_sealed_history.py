"""The sealed history and the security log.

Revision ID: 0014
"""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None: ...


def downgrade() -> None: ...
