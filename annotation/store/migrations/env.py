"""Alembic's entry: migrates inside the transaction that opening the study has begun."""

from alembic import context

from annotation.store import model_tables  # noqa: F401 - it adds to the metadata
from annotation.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
