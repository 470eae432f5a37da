"""The tables of webhooks as the newest migration leaves them. Times are microseconds in UTC.

A message is there until it is delivered or given up: nothing of an analysis stays behind. Each receiver's messages are
a queue of their own.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from sentisound.history.tables import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("delivered_us", BigInteger),
    Column("trouble", Text),
    Column("disabled_us", BigInteger),
)
"""``trouble`` says what went wrong with the last attempt; one that is disabled is told nothing. The secret signs, so it
is no hash."""

messages = Table(
    "webhook_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("webhook", String(32), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("resource", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Index("ix_webhook_messages_queue", "webhook", "due_us"),
    Index("ix_webhook_messages_resource", "resource"),
)
