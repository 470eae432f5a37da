"""Analyses and their documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables and their indexes."""
    op.create_table(
        "analyses",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_key", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Double),
        sa.Column("emotion", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("abstained", sa.Boolean, nullable=False),
        sa.Column("top_3", sa.Text, nullable=False),
    )
    op.create_index("ix_analyses_created", "analyses", ["created_us", "id"])
    op.create_index("ix_analyses_emotion", "analyses", ["emotion", "created_us", "id"])
    op.create_index("ix_analyses_owner", "analyses", ["owner", "created_us", "id"])
    op.create_table(
        "documents",
        sa.Column("id", sa.String(64), sa.ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("documents")
    op.drop_table("analyses")
