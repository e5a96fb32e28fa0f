"""Settings of the calculation, feedback on predictions, who activated a model.

Revision ID: 0012
"""

from alembic import context, op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What a firm that has settings already begins with: the same as a new one.
SETTINGS = {
    "material_waste_percentage": "numeric(6, 2) NOT NULL DEFAULT 0",
    "machine_rate_per_hour": "numeric(11, 2) NOT NULL DEFAULT 40",
    "machine_surcharge_percentage": "numeric(6, 2) NOT NULL DEFAULT 0",
    "third_party_surcharge_percentage": "numeric(6, 2) NOT NULL DEFAULT 10",
    "risk_percentage": "numeric(6, 2) NOT NULL DEFAULT 0",
    "discount_percentage": "numeric(6, 2) NOT NULL DEFAULT 0",
    "cash_discount_percentage": "numeric(6, 2) NOT NULL DEFAULT 0",
    "price_spread_percentage": "numeric(6, 2) NOT NULL DEFAULT 25",
    "interval_coverage": "numeric(4, 3) NOT NULL DEFAULT 0.8",
    "polster_base_hours": "numeric(11, 8) NOT NULL DEFAULT 1.4286",
    "polster_hours_per_sqcm": "numeric(11, 8) NOT NULL DEFAULT 0.00029762",
    "polster_hours_per_cm": "numeric(11, 8) NOT NULL DEFAULT 0",
    "polster_fabric_rule": "text NOT NULL DEFAULT 'one_side'",
    "polster_seam_allowance_cm": "numeric(5, 3) NOT NULL DEFAULT 1.5",
    "polster_zipper_rule": "text NOT NULL DEFAULT 'per_piece'",
    "polster_antirutsch_rule": "text NOT NULL DEFAULT 'per_metre'",
    "polster_foam_only_has_cover": "boolean NOT NULL DEFAULT true",
    "seam_hours": (
        'jsonb NOT NULL DEFAULT \'{"Biese": -0.20, "Kappnaht": -0.50, "Doppelnaht": 0.10}\''
    ),
}

TABLES = """
ALTER TABLE price_model_activation ADD COLUMN by uuid;

ALTER TABLE prediction
    ADD COLUMN price_low numeric(11, 2),
    ADD COLUMN price_high numeric(11, 2),
    ADD COLUMN project_type text;
UPDATE prediction SET
    price_low = (answer ->> 'price_low')::numeric,
    price_high = (answer ->> 'price_high')::numeric,
    project_type = given ->> 'project_type';
ALTER TABLE prediction
    ALTER COLUMN price_low SET NOT NULL,
    ALTER COLUMN price_high SET NOT NULL,
    ALTER COLUMN project_type SET NOT NULL;
CREATE INDEX prediction_of_project ON prediction (project_id);

CREATE TABLE price_feedback (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction_id uuid NOT NULL REFERENCES prediction (id),
    given_at timestamptz NOT NULL,
    given_by uuid,
    actual_price numeric(11, 2) CHECK (actual_price > 0),
    was_accepted boolean,
    was_profitable boolean,
    user_modified_price numeric(11, 2) CHECK (user_modified_price > 0),
    CONSTRAINT price_feedback_says_something CHECK (
        num_nonnulls(actual_price, was_accepted, was_profitable, user_modified_price) > 0
    )
);
CREATE INDEX price_feedback_of_prediction ON price_feedback (prediction_id, id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT ON price_feedback TO {role}")
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in SETTINGS.items())
    plain = ", ".join(f"ALTER COLUMN {name} DROP DEFAULT" for name in SETTINGS)
    op.execute(f"ALTER TABLE firm_settings {added}")
    op.execute(f"ALTER TABLE firm_settings {plain}")


def downgrade() -> None:
    op.execute("DROP TABLE price_feedback")
    op.execute("DROP INDEX prediction_of_project")
    op.execute(
        "ALTER TABLE prediction DROP COLUMN price_low, DROP COLUMN price_high, "
        "DROP COLUMN project_type"
    )
    op.execute("ALTER TABLE price_model_activation DROP COLUMN by")
    dropped = ", ".join(f"DROP COLUMN {name}" for name in SETTINGS)
    op.execute(f"ALTER TABLE firm_settings {dropped}")
