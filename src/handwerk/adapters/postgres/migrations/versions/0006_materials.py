"""Materials, their prices by region and day, material lists of projects; names in German order.

Revision ID: 0006
"""

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The dictionary's order (DIN 5007-1), the same under every locale of the server. An index entry
# must stay below 2,704 bytes, and decomposed letters may be many.
SORTING = r"""
CREATE FUNCTION german_key(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(
    replace(
        regexp_replace(
            normalize(lower(word COLLATE pg_c_utf8), NFD) COLLATE "C",
            U&'[\0300-\036f]' COLLATE "C", '', 'g'
        ),
        'ß', 'ss'
    ),
    255
);
"""

TABLES = """
CREATE TABLE material (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    category text NOT NULL CHECK (length(category) BETWEEN 1 AND 100),
    unit text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    datanorm_id text CHECK (length(datanorm_id) BETWEEN 1 AND 50),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL,
    name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (german_key(name)) STORED
);
CREATE INDEX material_newest_first ON material (created_at DESC, id);
CREATE INDEX material_by_name ON material (name_key, id);
CREATE INDEX material_by_category ON material (category, id);

-- Deferred, since a material and its first price are one statement, whose parts have no order.
CREATE TABLE price_series (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    material_id uuid NOT NULL REFERENCES material (id) ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    region text NOT NULL,
    CONSTRAINT price_series_key UNIQUE (material_id, region)
);

-- A temporal key needs an operator class that no range type lacks but uuid and text do (the
-- extension btree_gist). So series and day become one number: a series has ten million days, the
-- last of them stands for "until further notice". Deferred, so that a change may end one price
-- and begin the next in one statement.
CREATE TABLE material_price (
    id uuid PRIMARY KEY,
    material_id uuid NOT NULL REFERENCES material (id) ON DELETE CASCADE,
    price numeric(11, 2) NOT NULL CHECK (price >= 0),
    region text CHECK (length(region) BETWEEN 1 AND 100),
    valid_from date NOT NULL CHECK (valid_from BETWEEN '1900-01-01' AND '9999-12-31'),
    valid_to date CHECK (valid_to BETWEEN valid_from AND '9999-12-31'),
    created_at timestamptz NOT NULL,
    series bigint NOT NULL,
    CONSTRAINT material_price_no_overlap EXCLUDE USING gist (
        int8range(
            series * 10000000 + (valid_from - date '1900-01-01'),
            series * 10000000 + coalesce(valid_to - date '1900-01-01', 9999999),
            '[]'
        ) WITH &&
    ) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX material_price_of_material ON material_price (material_id, valid_from, id);

CREATE TABLE project_material (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    material_id uuid NOT NULL REFERENCES material (id),
    name text NOT NULL,
    unit text NOT NULL,
    quantity numeric(11, 3) NOT NULL CHECK (quantity > 0),
    unit_price numeric(11, 2) NOT NULL CHECK (unit_price >= 0),
    total numeric(11, 2) NOT NULL CHECK (total = round(quantity * unit_price, 2)),
    created_at timestamptz NOT NULL,
    name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (german_key(name)) STORED
);
CREATE INDEX project_material_of_project ON project_material (project_id, created_at DESC, id);
CREATE INDEX project_material_of_material ON project_material (material_id);
"""

PROJECTS = """
ALTER TABLE project ADD COLUMN name_key text COLLATE "C" NOT NULL
    GENERATED ALWAYS AS (german_key(name)) STORED;
CREATE INDEX project_by_name ON project (name_key, id);
"""

GUARDS = """
CREATE FUNCTION number_price_series() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place text := coalesce(NEW.region, '');
BEGIN
    SELECT number INTO NEW.series FROM price_series
        WHERE material_id = NEW.material_id AND region = place;
    IF NOT FOUND THEN
        INSERT INTO price_series (material_id, region) VALUES (NEW.material_id, place)
            ON CONFLICT DO NOTHING;
        SELECT number INTO NEW.series FROM price_series
            WHERE material_id = NEW.material_id AND region = place;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_has_series BEFORE INSERT OR UPDATE ON material_price
    FOR EACH ROW EXECUTE FUNCTION number_price_series();

CREATE FUNCTION refuse_change_of_finalized_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    -- Held, so that nobody finalises the project before this is committed.
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
CREATE TRIGGER list_of_finalized_is_immutable BEFORE INSERT OR UPDATE OR DELETE ON project_material
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_finalized_list();
CREATE TRIGGER list_is_kept BEFORE TRUNCATE ON project_material
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""


def upgrade() -> None:
    op.execute(SORTING)
    op.execute(TABLES)
    op.execute(PROJECTS)
    op.execute(GUARDS)
    role = context.config.attributes["application_role"]
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON material, material_price, project_material "
        f"TO {role}"
    )
    op.execute(f"GRANT SELECT, INSERT ON price_series TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE project_material, material_price, price_series, material")
    op.execute("ALTER TABLE project DROP COLUMN name_key")
    op.execute(
        "DROP FUNCTION refuse_change_of_finalized_list(), number_price_series(), german_key(text)"
    )
