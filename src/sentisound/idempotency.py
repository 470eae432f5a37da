"""Answers kept for requests that may come again with the same ``Idempotency-Key``.

One row for each owner and key: first it says that the request is being answered, then it holds the answer. Another
owner with the same key has a row of their own, and learns nothing. A process that answers renews its hold on the row;
one that was killed loses it after ``HOLD_S``, and the request may be tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from sentisound.errors import OtherBody, StillRunning
from sentisound.history.database import INSERT, Database
from sentisound.history.entry import to_us
from sentisound.history.holder import Holder
from sentisound.history.tables import metadata

HOLD_S = 30
RENEW_S = 10

answers = Table(
    "answers",
    metadata,
    Column("owner", String(80), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("held_until_us", BigInteger, nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
    Column("resource", String(64)),
    Index("ix_answers_expires", "expires_us"),
    Index("ix_answers_resource", "resource"),
)
"""``status`` is null while the request is being answered; ``resource`` is the id of what the answer is about."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it is kept."""

    status: int
    headers: str
    """JSON, a list of pairs."""
    body: bytes
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Which request: whose, under which key, and a hash of all that it asks."""

    owner: str
    key: str
    fingerprint: str


class Answers:
    """The answers in a database; every method blocks and raises ``HistoryUnavailable``."""

    def __init__(self, database: Holder[Database], life: timedelta) -> None:
        self._database = database
        self._life = life

    def begin(self, repeat: Repeat) -> Stored | None:
        """Return the answer that was given; None where there is none yet, and the caller is the one to give it.

        Raises
        ------
        OtherBody
            When the key was used for another request.
        StillRunning
            When the first request is not answered yet.
        """
        now = datetime.now(UTC)

        def work(connection: Connection) -> Stored | None:
            connection.execute(delete(answers).where(answers.c.expires_us <= to_us(now)))
            row = connection.execute(select(answers).where(*_is(repeat)).with_for_update()).one_or_none()
            if row is not None and (row.status is not None or row.held_until_us > to_us(now)):
                return _stored(row, repeat)
            stale = answers.c.status.is_(None) & (answers.c.held_until_us <= to_us(now))
            connection.execute(delete(answers).where(*_is(repeat), stale))
            insert = INSERT[connection.dialect.name](answers).on_conflict_do_nothing().returning(answers.c.key)
            if connection.execute(insert.values(_values(repeat, now, self._life))).first() is None:
                raise _running()  # another request with the key came at the same moment
            return None

        return self._database.write(work)

    def renew(self, repeat: Repeat) -> None:
        """Say that the request is still being answered."""
        held = to_us(datetime.now(UTC) + timedelta(seconds=HOLD_S))
        self._database.write(
            lambda connection: connection.execute(update(answers).where(*_is(repeat)).values(held_until_us=held))
        )

    def keep(self, repeat: Repeat, stored: Stored) -> None:
        """Keep the answer that was given."""
        values = {
            "status": stored.status,
            "headers": stored.headers,
            "body": stored.body,
            "resource": stored.resource,
        }
        self._database.write(lambda connection: connection.execute(update(answers).where(*_is(repeat)).values(values)))

    def drop(self, repeat: Repeat) -> None:
        """Forget a request whose answer is not kept: it may be tried again."""
        self._database.write(lambda connection: connection.execute(delete(answers).where(*_is(repeat))))

    def forget(self, resource: str) -> None:
        """Forget every answer about something that was deleted for good."""
        self._database.write(
            lambda connection: connection.execute(delete(answers).where(answers.c.resource == resource))
        )


def _is(repeat: Repeat) -> tuple[Any, ...]:
    return answers.c.owner == repeat.owner, answers.c.key == repeat.key


def _values(repeat: Repeat, now: datetime, life: timedelta) -> dict[str, Any]:
    return {
        "owner": repeat.owner,
        "key": repeat.key,
        "fingerprint": repeat.fingerprint,
        "expires_us": to_us(now + life),
        "held_until_us": to_us(now + timedelta(seconds=HOLD_S)),
    }


def _stored(row: Any, repeat: Repeat) -> Stored:
    if row.fingerprint != repeat.fingerprint:
        raise OtherBody("this Idempotency-Key was used for another request; take a new one for each request")
    if row.status is None:
        raise _running()
    return Stored(row.status, row.headers, bytes(row.body), row.resource)


def _running() -> StillRunning:
    return StillRunning("the first request with this Idempotency-Key is still being answered; try again in a moment")
