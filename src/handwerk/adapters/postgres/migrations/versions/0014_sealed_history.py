"""The sealed history, API keys, and the security log.

Revision ID: 0014
"""

from alembic import context, op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Without a foreign key to the history: it would cost each link a look-up, and whoever can remove
# an entry can remove the key, too.
CHAIN = """
CREATE INDEX record_history_in_order ON record_history (transaction, id);
CREATE INDEX record_history_of_actor ON record_history (actor_id, id);

CREATE TABLE sealed_history (
    place bigint PRIMARY KEY CHECK (place > 0),
    entry_id bigint NOT NULL CONSTRAINT sealed_history_once UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE history_seal (
    number bigint PRIMARY KEY CHECK (number > 0),
    place bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    lineage text NOT NULL,
    until_transaction xid8 NOT NULL,
    until_entry bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL CHECK (length(signature) = 32)
);
"""
KEYS = """
CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES user_account ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    key_hash bytea NOT NULL CONSTRAINT api_key_key_hash_key UNIQUE CHECK (length(key_hash) = 32),
    permissions text[] NOT NULL CHECK (cardinality(permissions) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_key_of_user ON api_key (user_id, created_at DESC, id);
"""
LOG = """
CREATE TABLE security_event (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL CHECK (length(kind) <= 50),
    actor_id uuid,
    subject_id uuid,
    address text CHECK (length(address) <= 64),
    detail jsonb NOT NULL CHECK (pg_column_size(detail) < 10000)
);
CREATE INDEX security_event_newest_first ON security_event (at DESC, id);
"""
GUARDS = """
CREATE TRIGGER sealed_history_is_append_only BEFORE UPDATE OR DELETE ON sealed_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER sealed_history_is_kept BEFORE TRUNCATE ON sealed_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER history_seal_is_append_only BEFORE UPDATE OR DELETE ON history_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER history_seal_is_kept BEFORE TRUNCATE ON history_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

CREATE FUNCTION refuse_early_purge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '89 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The security log is kept for 90 days.' USING ERRCODE = 'HW001';
END $$;
CREATE TRIGGER security_event_is_kept BEFORE UPDATE OR DELETE ON security_event
    FOR EACH ROW EXECUTE FUNCTION refuse_early_purge();
"""


def upgrade() -> None:
    op.execute(CHAIN)
    op.execute(KEYS)
    op.execute(LOG)
    op.execute(GUARDS)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT ON sealed_history, history_seal TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON api_key TO {role}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON security_event TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE security_event, api_key, history_seal, sealed_history")
    op.execute("DROP FUNCTION refuse_early_purge()")
    op.execute("DROP INDEX record_history_in_order, record_history_of_actor")
