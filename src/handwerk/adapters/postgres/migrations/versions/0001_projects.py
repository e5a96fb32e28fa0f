"""Projects, firm settings, record history, receipts.

Revision ID: 0001
"""

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE project (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    description text CHECK (length(description) <= 10000),
    project_type text NOT NULL CHECK (length(project_type) BETWEEN 1 AND 100),
    region text CHECK (length(region) <= 100),
    total_area_sqm numeric(11, 3) CHECK (total_area_sqm >= 0),
    wood_type text CHECK (length(wood_type) <= 100),
    complexity smallint CHECK (complexity BETWEEN 1 AND 5),
    labor_hours numeric(11, 3) CHECK (labor_hours >= 0),
    material_cost numeric(11, 2) CHECK (material_cost >= 0),
    calculated_price numeric(11, 2) CHECK (calculated_price >= 0),
    final_price numeric(11, 2) CHECK (final_price >= 0),
    project_date date NOT NULL,
    is_finalized boolean NOT NULL,
    finalized_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL,
    CHECK (is_finalized = (finalized_at IS NOT NULL))
);
CREATE INDEX project_newest_first ON project (created_at DESC, id);
CREATE INDEX project_same_row ON project (name, project_date);

CREATE TABLE project_count (slot smallint PRIMARY KEY, projects integer NOT NULL)
    WITH (fillfactor = 10);
INSERT INTO project_count SELECT slot, 0 FROM generate_series(0, 31) AS slot;

CREATE TABLE firm_settings (
    id uuid PRIMARY KEY,
    only_row boolean NOT NULL DEFAULT true UNIQUE
        CONSTRAINT firm_settings_only_row CHECK (only_row),
    default_complexity smallint NOT NULL,
    default_region text,
    tax_rate numeric(5, 4) NOT NULL,
    labor_rate_per_hour numeric(11, 2) NOT NULL,
    material_markup_percentage numeric(6, 2) NOT NULL,
    overhead_percentage numeric(6, 2) NOT NULL,
    profit_margin_percentage numeric(6, 2) NOT NULL,
    polster_labor_rate numeric(11, 2) NOT NULL,
    polster_fabric_base_price numeric(11, 2) NOT NULL,
    foam_types jsonb NOT NULL,
    seam_extras jsonb NOT NULL,
    antirutsch_price numeric(11, 2) NOT NULL,
    zipper_price numeric(11, 2) NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL
);

CREATE TABLE record_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    table_name text NOT NULL,
    record_id uuid NOT NULL,
    action text NOT NULL,
    old jsonb,
    new jsonb
);
CREATE INDEX record_history_of_record ON record_history (table_name, record_id);

CREATE TABLE receipt (
    user_id uuid NOT NULL,
    path text NOT NULL,
    key text NOT NULL CHECK (length(key) <= 255),
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT receipt_pkey PRIMARY KEY (user_id, path, key)
);
CREATE INDEX receipt_age ON receipt (created_at);
"""

# HW001 is translated into a Conflict by the adapter.
GUARDS = """
CREATE FUNCTION refuse_change_of_finalized() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The project is finalised; it can be neither changed nor deleted.'
        USING ERRCODE = 'HW001';
END $$;
CREATE TRIGGER finalized_is_immutable BEFORE UPDATE OR DELETE ON project
    FOR EACH ROW WHEN (OLD.is_finalized) EXECUTE FUNCTION refuse_change_of_finalized();

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% must not be emptied.', TG_TABLE_NAME USING ERRCODE = 'HW001';
END $$;
CREATE TRIGGER project_is_kept BEFORE TRUNCATE ON project
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER history_is_kept BEFORE TRUNCATE ON record_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The record history can only grow.' USING ERRCODE = 'HW001';
END $$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON record_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();

CREATE FUNCTION count_projects() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer;
BEGIN
    SELECT count(*) INTO change FROM touched;
    IF TG_OP = 'DELETE' THEN
        change := -change;
    END IF;
    IF change <> 0 THEN
        UPDATE project_count SET projects = projects + change
            WHERE slot = pg_backend_pid() % 32;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_created AFTER INSERT ON project REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION count_projects();
CREATE TRIGGER count_deleted AFTER DELETE ON project REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION count_projects();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON project, receipt TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON firm_settings TO {role}")
    op.execute(f"GRANT SELECT, UPDATE ON project_count TO {role}")
    op.execute(f"GRANT SELECT, INSERT ON record_history TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE receipt, record_history, firm_settings, project_count, project")
    op.execute(
        "DROP FUNCTION count_projects(), refuse_change_of_history(), refuse_truncate(), "
        "refuse_change_of_finalized()"
    )
