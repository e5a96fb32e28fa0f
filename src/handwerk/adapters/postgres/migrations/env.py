"""Run by alembic with a connection that `schema.py` hands over."""

from alembic import context

from handwerk.adapters.postgres.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transaction_per_migration=False,
    version_table="schema_version",
)
with context.begin_transaction():
    context.run_migrations()
