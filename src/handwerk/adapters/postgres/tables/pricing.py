"""Price models, which of them answers, and the log of predictions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.tables.metadata import Euros, Moment, metadata
from handwerk.adapters.postgres.tables.projects import project

# What the training reads, in its order.
Index(
    "project_teaches_prices",
    project.c.project_date,
    project.c.id,
    postgresql_where=text("is_finalized AND final_price > 0"),
)

price_model = Table(
    "price_model",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Text, nullable=False, unique=True),
    Column("recipe", Integer, nullable=False),
    Column("trained_at", Moment, nullable=False),
    Column("trained_by", Uuid),
    Column("known_until", Date, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("knowledge", JSONB, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("trees", LargeBinary, nullable=False),
)

# The newest row names the model that answers; a roll-back is one more row.
price_model_activation = Table(
    "price_model_activation",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("version", Text, ForeignKey("price_model.version"), nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("by", Uuid),
)

prediction = Table(
    "prediction",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("asked_by", Uuid),
    Column("project_id", Uuid),
    Column("basis", Text, nullable=False),
    Column("model_version", Text),
    Column("predicted_price", Euros, nullable=False),
    Column("price_low", Euros, nullable=False),
    Column("price_high", Euros, nullable=False),
    Column("project_type", Text, nullable=False),
    Column("given", JSONB, nullable=False),
    Column("answer", JSONB, nullable=False),
)
Index("prediction_newest_first", prediction.c.asked_at.desc(), prediction.c.id)
Index("prediction_of_project", prediction.c.project_id)

# Only ever added to; of each field the newest that was said counts.
price_feedback = Table(
    "price_feedback",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("prediction_id", Uuid, ForeignKey("prediction.id"), nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("given_by", Uuid),
    Column("actual_price", Euros),
    Column("was_accepted", Boolean),
    Column("was_profitable", Boolean),
    Column("user_modified_price", Euros),
)
Index("price_feedback_of_prediction", price_feedback.c.prediction_id, price_feedback.c.id)
