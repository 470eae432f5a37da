"""The tables as the newest migration leaves them; a test holds the two equal.

What lists and sums read is in narrow rows of ``analyses``; the whole answers, some kilobytes each, are in
``documents``, so that neither a page nor a sum over a year has to read past them. Times are microseconds since 1970
in UTC: both databases sort, compare and divide them alike.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, Text

HEAD = "0004"
"""The newest migration. A database at it is opened without loading Alembic."""
VERSION_TABLE = "sentisound_revision"
"""Where Alembic writes the migration that a database is at; a name that a shared database has no other use for."""

metadata = MetaData()

analyses = Table(
    "analyses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_us", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_key", Text, nullable=False),
    Column("sha256", String(64)),
    Column("model", Text, nullable=False),
    Column("duration_s", Double),
    Column("emotion", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("top_3", Text, nullable=False),
    Column("speaker", Text),
    Index("ix_analyses_created", "created_us", "id"),
    Index("ix_analyses_emotion", "emotion", "created_us", "id"),
    Index("ix_analyses_owner", "owner", "created_us", "id"),
)
"""``file_key`` is the file's name folded for searching: SQLite's ``lower`` knows ASCII only."""

documents = Table(
    "documents",
    metadata,
    Column("id", String(64), ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True),
    Column("document", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_us", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("place", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Double, nullable=False),
    Column("analysis", String(64), nullable=False),
    Column("request", Text, nullable=False),
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("result", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("holder", String(64)),
    Column("lease_us", BigInteger),
    Index("ix_jobs_created", "created_us", "id"),
    Index("ix_jobs_owner", "owner", "created_us", "id"),
    Index("ix_jobs_status", "status", "created_us", "id"),
)
"""``place`` is the folder that holds the upload: servers that share it share its jobs. ``holder`` runs the job until
``lease_us``, unless it renews that; ``request``, ``result`` and ``error`` are JSON."""
