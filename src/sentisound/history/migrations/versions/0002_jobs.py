"""Jobs, and whose voice an analysis is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of jobs with its indexes, and the column of speakers."""
    op.add_column("analyses", sa.Column("speaker", sa.Text))
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("analysis", sa.String(64), nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("started_us", sa.BigInteger),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("lease_us", sa.BigInteger),
    )
    op.create_index("ix_jobs_created", "jobs", ["created_us", "id"])
    op.create_index("ix_jobs_owner", "jobs", ["owner", "created_us", "id"])
    op.create_index("ix_jobs_status", "jobs", ["status", "created_us", "id"])


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_table("jobs")
    op.drop_column("analyses", "speaker")
