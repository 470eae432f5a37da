"""Endpoints, and the messages that are to be sent to them. Every method blocks and raises ``HistoryUnavailable``."""

from __future__ import annotations

import json
import logging
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, or_, select, update

from sentisound.errors import BadWebhook, WebhookNotFound
from sentisound.history.database import Database
from sentisound.history.entry import from_us, storable, to_us
from sentisound.history.holder import Holder
from sentisound.webhooks.tables import messages, webhooks

log = logging.getLogger(__name__)

Event = Literal["analysis.completed", "job.succeeded", "job.failed"]
EVENTS: tuple[Event, ...] = get_args(Event)
MAX_WEBHOOKS = 50
MAX_WAITING = 10_000
"""Messages that wait for one receiver."""
MAX_TROUBLE = 300
FULL = f"{MAX_WAITING} messages wait; further ones are not kept"
SECRET_BYTES = 32
LONGEST_WAIT = timedelta(days=2)
"""No message is put off for so long: a wait that is longer is a clock's fault."""
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
    disabled: datetime | None = None
    """When it said that it is gone for good; it is told nothing more."""


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
        secret = f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
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
        query = _with_waiting().order_by(webhooks.c.created_us, webhooks.c.id)
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
        """Leave a message for every endpoint that wants this event and has room; return for how many."""
        now = datetime.now(UTC)
        stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps({"type": event, "timestamp": stamp, "data": data}, separators=(",", ":"))

        def work(connection: Connection) -> int:
            rows = connection.execute(_with_waiting().where(webhooks.c.disabled_us.is_(None))).all()
            wanted = [row for row in rows if event in row.events.split() and _has_room(connection, row)]
            for row in wanted:
                connection.execute(insert(messages).values(_row(row.id, resource, body, now)))
            return len(wanted)

        return self._database.write(work)

    def claim(self, at_once: int, busy: Mapping[str, int] = MappingProxyType({})) -> tuple[Message, ...]:
        """Return messages that are due, which are nobody else's for a while.

        Parameters
        ----------
        at_once : int
            So many for each receiver at most.
        busy : mapping, optional
            How many are being sent to a receiver now, by its id: so many fewer are returned.
        """
        now = datetime.now(UTC)
        due = exists().where(messages.c.webhook == webhooks.c.id, _due(now))
        query = select(webhooks.c.id).where(webhooks.c.disabled_us.is_(None), due)
        found = self._database.read(lambda connection: connection.execute(query).scalars().all())
        free = {webhook: at_once - busy.get(webhook, 0) for webhook in found}
        if not any(room > 0 for room in free.values()):
            return ()
        return self._database.write(
            lambda connection: tuple(
                message
                for webhook, room in free.items()
                if room > 0
                for message in _claimed(connection, webhook, room, now)
            )
        )

    def release(self, claimed: Iterable[Message]) -> None:
        """Let others send what was claimed and is not sent."""
        chosen = messages.c.id.in_([message.id for message in claimed])
        values = {"due_us": to_us(datetime.now(UTC))}
        self._database.write(lambda connection: connection.execute(update(messages).where(chosen).values(values)))

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

    def disable(self, message: Message, trouble: str) -> None:
        """Send an endpoint nothing more, and forget what waits for it: it said so."""
        values = {"disabled_us": to_us(datetime.now(UTC)), "trouble": storable(trouble)[:MAX_TROUBLE]}

        def work(connection: Connection) -> None:
            _note(connection, message, values)
            connection.execute(delete(messages).where(messages.c.webhook == message.webhook))

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


def _with_waiting() -> Select[Any]:
    waiting = select(func.count()).where(messages.c.webhook == webhooks.c.id).scalar_subquery()
    return select(webhooks, waiting.label("waiting"))


def _has_room(connection: Connection, row: Any) -> bool:
    """Return whether a receiver's queue takes one more; where it does not, that is told once."""
    if row.waiting < MAX_WAITING:
        return True
    if row.trouble != FULL:
        log.warning("webhook %s: %s", row.id, FULL)
        connection.execute(update(webhooks).where(webhooks.c.id == row.id).values(trouble=FULL))
    return False


def _due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a message is due: its time has come, or is set by a clock that ran ahead."""
    return or_(messages.c.due_us <= to_us(now), messages.c.due_us > to_us(now + LONGEST_WAIT))


def _claimed(connection: Connection, webhook: str, room: int, now: datetime) -> tuple[Message, ...]:
    due = (
        select(messages, webhooks.c.url, webhooks.c.secret)
        .join(webhooks)
        .where(messages.c.webhook == webhook, _due(now))
        .order_by(messages.c.due_us)
        .limit(room)
        .with_for_update(skip_locked=True, of=messages)
    )
    found = tuple(_message(row) for row in connection.execute(due))
    chosen = messages.c.id.in_([message.id for message in found])
    connection.execute(update(messages).where(chosen).values(due_us=to_us(now + CLAIM)))
    return found


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
        disabled=None if row.disabled_us is None else from_us(row.disabled_us),
    )
