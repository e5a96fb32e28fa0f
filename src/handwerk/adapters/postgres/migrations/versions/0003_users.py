"""Users and their sessions.

Revision ID: 0003
"""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE user_account (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT user_account_email_key UNIQUE
        CHECK (length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    role text NOT NULL
        CHECK (role IN ('admin', 'manager', 'technician', 'viewer', 'anonymous')),
    is_active boolean NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE INDEX user_account_newest_first ON user_account (created_at DESC, id);

CREATE TABLE user_session (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES user_account ON DELETE CASCADE,
    refresh_hash bytea NOT NULL CHECK (length(refresh_hash) = 32),
    spent_hashes bytea[] NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX user_session_of_user ON user_session (user_id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON user_account, user_session TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE user_session, user_account")
