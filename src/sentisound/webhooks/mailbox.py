"""Endpoints, and the messages that are to be sent to them. Every method blocks and raises ``HistoryUnavailable``."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, delete, func, insert, select, update

from sentisound.errors import BadWebhook, WebhookNotFound
from sentisound.history.database import Database
from sentisound.history.entry import from_us, storable, to_us
from sentisound.history.holder import Holder
from sentisound.webhooks.signature import new_secret
from sentisound.webhooks.tables import messages, webhooks

Event = Literal["analysis.completed", "job.succeeded", "job.failed"]
EVENTS: tuple[Event, ...] = get_args(Event)
MAX_WEBHOOKS = 50
MAX_TROUBLE = 300
CLAIM = timedelta(minutes=1)
"""For so long a message that is being sent is nobody else's; a killed process's is sent again afterwards."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint."""

    id: str
    url: str
    events: tuple[Event, ...]
    created: datetime
    delivered: datetime | None
    """When it last took a message."""
    trouble: str | None
    """What went wrong with the last attempt."""
    waiting: int
    """Messages that it has not taken yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent now."""

    id: str
    webhook: str
    url: str
    secret: str
    body: bytes
    attempts: int
    """That were made before."""


class Mailbox:
    """Endpoints and messages in a database."""

    def __init__(self, database: Holder[Database]) -> None:
        self._database = database

    def register(self, url: str, events: Iterable[str] = EVENTS) -> tuple[Webhook, str]:
        """Register an endpoint (its address was checked); return it with its secret, which cannot be had again.

        Raises
        ------
        BadWebhook
            When an event is unknown, or there are too many endpoints.
        """
        chosen = _events(events)
        created_us = to_us(datetime.now(UTC))
        webhook = Webhook(f"wh_{secrets.token_hex(8)}", url, chosen, from_us(created_us), None, None, 0)
        secret = new_secret()
        row = {
            "id": webhook.id,
            "url": url,
            "events": " ".join(chosen),
            "secret": secret,
            "created_us": created_us,
        }

        def work(connection: Connection) -> None:
            if connection.execute(select(func.count()).select_from(webhooks)).scalar_one() >= MAX_WEBHOOKS:
                raise BadWebhook(f"there are {MAX_WEBHOOKS} webhooks; delete one first")
            connection.execute(insert(webhooks).values(row))

        self._database.write(work)
        return webhook, secret

    def list(self) -> tuple[Webhook, ...]:
        """Return every endpoint, the oldest first."""
        waiting = select(func.count()).where(messages.c.webhook == webhooks.c.id).scalar_subquery()
        query = select(webhooks, waiting.label("waiting")).order_by(webhooks.c.created_us, webhooks.c.id)
        return tuple(_webhook(row) for row in self._database.read(lambda connection: connection.execute(query).all()))

    def remove(self, identity: str) -> None:
        """Remove an endpoint and what it was to be sent.

        Raises
        ------
        WebhookNotFound
            When there is none of this id.
        """
        statement = delete(webhooks).where(webhooks.c.id == storable(identity))
        if not self._database.write(lambda connection: connection.execute(statement)).rowcount:
            raise WebhookNotFound(f"there is no webhook {storable(identity)!r}")

    def put(self, event: Event, resource: str, data: Mapping[str, Any]) -> int:
        """Leave a message for every endpoint that wants this event; return for how many."""
        now = datetime.now(UTC)
        stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps({"type": event, "timestamp": stamp, "data": data}, separators=(",", ":"))

        def work(connection: Connection) -> int:
            rows = connection.execute(select(webhooks.c.id, webhooks.c.events)).all()
            wanted = [row.id for row in rows if event in row.events.split()]
            for webhook in wanted:
                connection.execute(insert(messages).values(_row(webhook, resource, body, now)))
            return len(wanted)

        return self._database.write(work)

    def claim(self, limit: int) -> tuple[Message, ...]:
        """Return messages that are due, which are nobody else's for a while."""
        now = datetime.now(UTC)

        def work(connection: Connection) -> tuple[Message, ...]:
            due = (
                select(messages, webhooks.c.url, webhooks.c.secret)
                .join(webhooks)
                .where(messages.c.due_us <= to_us(now))
                .order_by(messages.c.due_us)
                .limit(limit)
                .with_for_update(skip_locked=True, of=messages)
            )
            found = tuple(_message(row) for row in connection.execute(due))
            held = {"due_us": to_us(now + CLAIM)}
            chosen = messages.c.id.in_([message.id for message in found])
            connection.execute(update(messages).where(chosen).values(held))
            return found

        return self._database.write(work)

    def delivered(self, message: Message) -> None:
        """Note that a message was taken."""
        now = to_us(datetime.now(UTC))

        def work(connection: Connection) -> None:
            connection.execute(delete(messages).where(messages.c.id == message.id))
            _note(connection, message, {"delivered_us": now, "trouble": None})

        self._database.write(work)

    def failed(self, message: Message, trouble: str, again_in: timedelta | None) -> None:
        """Note that a message was not taken; None gives it up."""
        which = messages.c.id == message.id
        values = {"attempts": message.attempts + 1, "due_us": to_us(datetime.now(UTC) + (again_in or timedelta()))}

        def work(connection: Connection) -> None:
            connection.execute(
                delete(messages).where(which) if again_in is None else update(messages).where(which).values(values)
            )
            _note(connection, message, {"trouble": storable(trouble)[:MAX_TROUBLE]})

        self._database.write(work)

    def forget(self, resource: str) -> None:
        """Forget what is to be sent about something that was deleted for good."""
        self._database.write(
            lambda connection: connection.execute(delete(messages).where(messages.c.resource == resource))
        )


def _events(names: Iterable[str]) -> tuple[Event, ...]:
    asked = list(names)
    unknown = [name for name in asked if name not in EVENTS]
    if unknown or not asked:
        what = f"there is no event {storable(unknown[0])[:80]!r}" if unknown else "a webhook needs an event"
        raise BadWebhook(f"{what}; there are {', '.join(EVENTS)}")
    return tuple(event for event in EVENTS if event in asked)


def _row(webhook: str, resource: str, body: str, now: datetime) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "webhook": webhook,
        "resource": resource,
        "body": storable(body),
        "attempts": 0,
        "due_us": to_us(now),
    }


def _note(connection: Connection, message: Message, values: dict[str, Any]) -> None:
    connection.execute(update(webhooks).where(webhooks.c.id == message.webhook).values(values))


def _message(row: Any) -> Message:
    return Message(row.id, row.webhook, row.url, row.secret, row.body.encode(), row.attempts)


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=_events(row.events.split()),
        created=from_us(row.created_us),
        delivered=None if row.delivered_us is None else from_us(row.delivered_us),
        trouble=row.trouble,
        waiting=row.waiting,
    )
