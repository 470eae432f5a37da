"""Alembic's entry: migrates within the transaction that ``history.migrate`` has begun, under its lock."""

from __future__ import annotations

from alembic import context

from sentisound.history.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
