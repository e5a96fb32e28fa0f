"""Price models, their activations, and the log of predictions.

Revision ID: 0005
"""

from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE INDEX project_teaches_prices ON project (project_date, id)
    WHERE is_finalized AND final_price > 0;

CREATE TABLE price_model (
    id uuid PRIMARY KEY,
    version text NOT NULL UNIQUE,
    recipe integer NOT NULL,
    trained_at timestamptz NOT NULL,
    trained_by uuid,
    known_until date NOT NULL,
    fingerprint text NOT NULL,
    knowledge jsonb NOT NULL,
    report jsonb NOT NULL,
    trees bytea NOT NULL
);

CREATE TABLE price_model_activation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL REFERENCES price_model (version),
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE prediction (
    id uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    asked_by uuid,
    project_id uuid,
    basis text NOT NULL CONSTRAINT prediction_basis
        CHECK (basis IN ('calculation', 'firm_factor', 'model')),
    model_version text,
    predicted_price numeric(11, 2) NOT NULL
        CONSTRAINT prediction_price CHECK (predicted_price >= 0),
    given jsonb NOT NULL,
    answer jsonb NOT NULL
);
CREATE INDEX prediction_newest_first ON prediction (asked_at DESC, id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT ON price_model, price_model_activation, prediction TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE prediction, price_model_activation, price_model")
    op.execute("DROP INDEX project_teaches_prices")
