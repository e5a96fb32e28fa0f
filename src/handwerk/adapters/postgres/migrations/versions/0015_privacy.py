"""Keys per person, erasures, consents, exports of personal data.

E-mail and name of accounts move into sealed columns. The role that migrates has no key, so the
text stays until the application's next start, which seals it.

Revision ID: 0015
"""

from alembic import context, op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SEALED = """
ALTER TABLE user_account
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN name DROP NOT NULL,
    ADD COLUMN key_id text,
    ADD COLUMN person_key bytea,
    ADD COLUMN personal bytea,
    ADD COLUMN email_hash bytea
        CONSTRAINT user_account_email_hash_key UNIQUE CHECK (length(email_hash) = 32),
    ADD CONSTRAINT user_account_is_somebody CHECK (
        (email IS NOT NULL AND name IS NOT NULL)
        OR (key_id IS NOT NULL AND person_key IS NOT NULL AND personal IS NOT NULL
            AND email_hash IS NOT NULL)
    );
"""
TABLES = """
CREATE TABLE erasure (
    user_id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE consent (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 100),
    wording_version text NOT NULL CHECK (length(wording_version) BETWEEN 1 AND 50),
    granted boolean NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX consent_of_user ON consent (user_id, at DESC, id DESC);

CREATE TABLE privacy_export (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES user_account ON DELETE CASCADE,
    file text NOT NULL,
    key bytea NOT NULL,
    size_bytes bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX privacy_export_of_user ON privacy_export (user_id);
CREATE INDEX privacy_export_age ON privacy_export (expires_at);
"""


def upgrade() -> None:
    op.execute(SEALED)
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT ON erasure TO {role}")
    # The log of predictions only grows, but for names that are redacted.
    op.execute(f"GRANT UPDATE (given, answer) ON prediction TO {role}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON consent, privacy_export TO {role}")


def downgrade() -> None:
    role = context.config.attributes["application_role"]
    op.execute(f"REVOKE UPDATE (given, answer) ON prediction FROM {role}")
    op.execute("DROP TABLE privacy_export, consent, erasure")
    # Who is sealed can't be read by an older release: such accounts can't come along.
    op.execute("DELETE FROM user_account WHERE email IS NULL")
    op.execute(
        "ALTER TABLE user_account DROP CONSTRAINT user_account_is_somebody, "
        "DROP COLUMN key_id, DROP COLUMN person_key, DROP COLUMN personal, "
        "DROP COLUMN email_hash, ALTER COLUMN email SET NOT NULL, ALTER COLUMN name SET NOT NULL"
    )
