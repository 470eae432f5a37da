"""How large a kept answer is; a queue of messages for each receiver of webhooks; whether a session lives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the indexes: an owner's answers, a receiver's messages, a session's unused token."""
    op.add_column("answers", sa.Column("bytes", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE answers SET bytes = length(body) WHERE body IS NOT NULL")
    op.create_index("ix_answers_owner", "answers", ["owner", "expires_us", "bytes"])
    op.add_column("webhooks", sa.Column("disabled_us", sa.BigInteger))
    op.create_index("ix_webhook_messages_queue", "webhook_messages", ["webhook", "due_us"])
    op.drop_index("ix_webhook_messages_due", "webhook_messages")
    op.drop_index("ix_webhook_messages_webhook", "webhook_messages")
    op.create_index("ix_refresh_tokens_session", "refresh_tokens", ["family", "used_us"])
    op.drop_index("ix_refresh_tokens_family", "refresh_tokens")


def downgrade() -> None:
    """Drop the columns and the indexes."""
    op.create_index("ix_refresh_tokens_family", "refresh_tokens", ["family"])
    op.drop_index("ix_refresh_tokens_session", "refresh_tokens")
    op.create_index("ix_webhook_messages_webhook", "webhook_messages", ["webhook"])
    op.create_index("ix_webhook_messages_due", "webhook_messages", ["due_us"])
    op.drop_index("ix_webhook_messages_queue", "webhook_messages")
    op.drop_column("webhooks", "disabled_us")
    op.drop_index("ix_answers_owner", "answers")
    op.drop_column("answers", "bytes")
