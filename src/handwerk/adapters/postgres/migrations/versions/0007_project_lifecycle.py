"""Storno, the bin, statistics and full-text search of projects.

Revision ID: 0007
"""

from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The server has no pg_trgm. `said` is a text as it is searched: small letters, umlauts spelt out,
# two blanks in front of each word, so that a word's beginning is three characters long even where
# it is a single letter. `grams` are all runs of three characters in it, of which an inverted index
# keeps where they stand; three passes, each begun one character later, are faster than a loop.
WORDS = r"""
CREATE FUNCTION said(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '  ' || btrim(regexp_replace(
    replace(replace(replace(replace(
        lower(word COLLATE pg_c_utf8), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'),
    '[[:space:][:cntrl:]]+', '  ', 'g'
), ' ');

-- The cost tells the planner that the index knows them, and a row does not.
CREATE FUNCTION grams(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN string_to_array(
    regexp_replace(said, '(...)', E'\\1\x01', 'g') || E'\x01'
        || regexp_replace(substr(said, 2), '(...)', E'\\1\x01', 'g') || E'\x01'
        || regexp_replace(substr(said, 3), '(...)', E'\\1\x01', 'g'),
    E'\x01'
);

-- What a text is looked for by: where it is one or two letters, the beginning of a word.
CREATE FUNCTION sought(asked text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(said(asked)) < 5 AND said(asked) COLLATE pg_c_utf8 ~ '[[:alnum:]]'
    THEN said(asked) ELSE substr(said(asked), 3) END;

-- Side by side and the last one: the fewer there are, the sooner the index has met them all.
-- One or two signs (a percent sign) have none, and are looked for in every row.
CREATE FUNCTION sought_grams(asked text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(sought(asked)) < 3 THEN '{}'::text[] ELSE (
    SELECT array_agg(substr(sought(asked), least(place, length(sought(asked)) - 2), 3))
    FROM generate_series(1, length(sought(asked)), 3) AS place
) END;
"""

PROJECTS = """
ALTER TABLE project
    ADD COLUMN cancels uuid REFERENCES project (id),
    ADD COLUMN cancel_reason text CHECK (length(cancel_reason) BETWEEN 1 AND 1000),
    ADD COLUMN said text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (said(name || coalesce(E'\\n' || description, ''))) STORED,
    ADD CONSTRAINT project_reversal_is_closed CHECK (cancels IS NULL OR is_finalized),
    ADD CONSTRAINT project_reversal_has_reason CHECK ((cancels IS NULL) = (cancel_reason IS NULL));
CREATE UNIQUE INDEX project_cancelled_once ON project (cancels) WHERE cancels IS NOT NULL;

-- One index for every choice of these: PostgreSQL 18 skips over the columns that are not asked for.
CREATE INDEX project_by_kind
    ON project (project_type, region, wood_type, is_finalized, created_at DESC, id);
-- With the day, to count what a range of days holds of a kind from the index alone.
CREATE INDEX project_by_kind_and_day
    ON project (project_type, region, wood_type, is_finalized, project_date);
-- The newest of each month: so those of a range of days are found wherever it stands in the list.
CREATE FUNCTION month_of(day date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (extract(year FROM day) * 12 + extract(month FROM day))::integer;
CREATE INDEX project_by_month ON project (month_of(project_date), created_at DESC, id);
CREATE INDEX project_by_day ON project (project_date, id);
CREATE INDEX project_by_total_area_sqm ON project (total_area_sqm, id);
CREATE INDEX project_by_labor_hours ON project (labor_hours, id);
CREATE INDEX project_by_material_cost ON project (material_cost, id);
CREATE INDEX project_by_calculated_price ON project (calculated_price, id);
CREATE INDEX project_by_final_price ON project (final_price, id);
CREATE INDEX project_by_change ON project (updated_at DESC, id);
-- What is still to be sorted in is read by every search, so it is kept short (in kB).
CREATE INDEX project_by_words ON project USING gin (grams(said))
    WITH (fastupdate = on, gin_pending_list_limit = 128);

CREATE TABLE project_bin (
    id uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL,
    deleted_by uuid,
    restorable_until timestamptz NOT NULL,
    project jsonb NOT NULL
);
CREATE INDEX project_bin_newest_first ON project_bin (deleted_at DESC, id);
CREATE INDEX project_bin_by_end ON project_bin (restorable_until);

CREATE TABLE project_bin_material (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES project_bin (id) ON DELETE CASCADE,
    material_id uuid NOT NULL REFERENCES material (id),
    name text NOT NULL,
    unit text NOT NULL,
    quantity numeric(11, 3) NOT NULL,
    unit_price numeric(11, 2) NOT NULL,
    total numeric(11, 2) NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX project_bin_material_of_project ON project_bin_material (project_id);
CREATE INDEX project_bin_material_of_material ON project_bin_material (material_id);

CREATE TABLE project_statistics (
    only_row boolean PRIMARY KEY DEFAULT true
        CONSTRAINT project_statistics_only_row CHECK (only_row),
    kept jsonb NOT NULL
);
"""

MATERIALS = """
ALTER TABLE material ADD COLUMN said text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    said(name || E'\\n' || category || coalesce(E'\\n' || datanorm_id, ''))
) STORED;
"""

# HW001 is translated into a Conflict by the adapter. That a project is cancelled is told by the
# row that cancels it: so the cancelled one, closed or not, need not be touched, and is not.
GUARDS = """
CREATE FUNCTION refuse_change_of_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM project WHERE cancels = OLD.id) THEN
        RAISE EXCEPTION 'The project is cancelled; it can be neither changed nor deleted.'
            USING ERRCODE = 'HW001';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER cancelled_is_immutable BEFORE UPDATE OR DELETE ON project
    FOR EACH ROW WHEN (NOT OLD.is_finalized) EXECUTE FUNCTION refuse_change_of_cancelled();

CREATE FUNCTION refuse_wrong_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Held, so that nobody changes the project before this is committed.
    PERFORM FROM project WHERE id = NEW.cancels AND cancels IS NULL FOR UPDATE;
    IF NOT FOUND OR TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'A reversing record is made once, for a project that is none.'
            USING ERRCODE = 'HW001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reversal_is_made_once BEFORE INSERT OR UPDATE OF cancels ON project
    FOR EACH ROW WHEN (NEW.cancels IS NOT NULL) EXECUTE FUNCTION refuse_wrong_reversal();

CREATE OR REPLACE FUNCTION refuse_change_of_finalized_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    -- Held, so that nobody closes the project before this is committed.
    FOR closed IN
        SELECT is_finalized OR EXISTS (SELECT FROM project AS r WHERE r.cancels = project.id)
        FROM project WHERE id IN (OLD.project_id, NEW.project_id) FOR SHARE OF project
    LOOP
        IF closed THEN
            RAISE EXCEPTION 'The project is closed; its materials can''t be changed.'
                USING ERRCODE = 'HW001';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
"""

BACK = """
CREATE OR REPLACE FUNCTION refuse_change_of_finalized_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    FOR closed IN SELECT is_finalized FROM project
        WHERE id IN (OLD.project_id, NEW.project_id) FOR SHARE
    LOOP
        IF closed THEN
            RAISE EXCEPTION 'The project is finalised; its materials can''t be changed.'
                USING ERRCODE = 'HW001';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
DROP TRIGGER cancelled_is_immutable ON project;
DROP TRIGGER reversal_is_made_once ON project;
DROP FUNCTION refuse_change_of_cancelled(), refuse_wrong_reversal();
DROP TABLE project_bin_material, project_bin, project_statistics;
DROP INDEX project_by_kind, project_by_kind_and_day, project_by_month, project_by_day,
    project_by_change, project_by_words, project_by_total_area_sqm, project_by_labor_hours,
    project_by_material_cost, project_by_calculated_price, project_by_final_price;
DROP FUNCTION month_of(date);
ALTER TABLE material DROP COLUMN said;
ALTER TABLE project DROP COLUMN cancels, DROP COLUMN cancel_reason, DROP COLUMN said;
DROP FUNCTION sought_grams(text), sought(text), grams(text), said(text);
"""


def upgrade() -> None:
    op.execute(WORDS)
    op.execute(PROJECTS)
    op.execute(MATERIALS)
    op.execute(GUARDS)
    role = context.config.attributes["application_role"]
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON project_bin, project_bin_material, "
        f"project_statistics TO {role}"
    )


def downgrade() -> None:
    op.execute(BACK)
