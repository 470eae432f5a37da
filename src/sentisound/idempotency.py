"""Answers kept for requests that may come again with the same ``Idempotency-Key``.

One row for each owner and key: first it says that the request is being answered, then it holds the answer. Another
owner with the same key has a row of their own, and learns nothing. A process that answers renews its hold on the row;
one that was killed loses it after ``HOLD_S``, and the request may be tried again.

What is kept has bounds: of each owner's answers, and of all, the oldest go first. A request that is being answered is
not among them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    true,
    tuple_,
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
    Column("bytes", Integer, nullable=False, server_default="0"),
    Index("ix_answers_expires", "expires_us"),
    Index("ix_answers_resource", "resource"),
    Index("ix_answers_owner", "owner", "expires_us", "bytes"),
)
"""``status`` is null while the request is being answered; ``resource`` is the id of what the answer is about, ``bytes``
the size of its body."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept."""

    number: int
    size_bytes: int


OF_EACH, OF_ALL = Bounds(5_000, 20_000_000), Bounds(200_000, 500_000_000)
"""Of each owner's answers, and of all together."""
LOOK_EVERY = 100
"""After so many answers a process looks at all of them together: those are more than should be counted each time."""
BATCH, ROUNDS = 500, 20
"""Of answers that are deleted at once, and how often for one request."""


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

    def __init__(
        self, database: Holder[Database], life: timedelta, of_each: Bounds = OF_EACH, of_all: Bounds = OF_ALL
    ) -> None:
        self._database = database
        self._life = life
        self._of_each = of_each
        self._of_all = of_all
        self._kept = itertools.count()

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
            if row is not None and (row.status is not None or _is_held(row, now)):
                return _stored(row, repeat)
            if row is not None:
                connection.execute(delete(answers).where(*_is(repeat), answers.c.held_until_us == row.held_until_us))
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
        """Keep the answer that was given, and let the oldest go that are too many then."""
        values = {
            "status": stored.status,
            "headers": stored.headers,
            "body": stored.body,
            "resource": stored.resource,
            "bytes": len(stored.body),
        }
        look = not next(self._kept) % LOOK_EVERY

        def work(connection: Connection) -> None:
            connection.execute(update(answers).where(*_is(repeat)).values(values))
            _trim(connection, self._of_each, answers.c.owner == repeat.owner)
            if look:
                _trim(connection, self._of_all, true())

        self._database.write(work)

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


def _trim(connection: Connection, bounds: Bounds, which: ColumnElement[bool]) -> None:
    """Delete the oldest answers beyond the bounds, as many as one request may wait for; the next one goes on.

    Requests that are being answered stay.
    """
    counted = select(func.count(), func.coalesce(func.sum(answers.c.bytes), 0)).where(which)
    number, size = connection.execute(counted).one()
    done = select(answers.c.owner, answers.c.key, answers.c.bytes).where(which, answers.c.status.is_not(None))
    for _ in range(ROUNDS):
        if number <= bounds.number and size <= bounds.size_bytes:
            return
        some = BATCH if size > bounds.size_bytes else min(BATCH, number - bounds.number)
        # PostgreSQL: what another process is about to delete is left to it, so that neither waits for the other
        oldest = done.order_by(answers.c.expires_us).limit(some).with_for_update(skip_locked=True)
        gone = []
        for owner, key, size_bytes in connection.execute(oldest):
            if number <= bounds.number and size <= bounds.size_bytes:
                break
            gone.append((owner, key))
            number, size = number - 1, size - size_bytes
        if not gone:
            return
        connection.execute(delete(answers).where(tuple_(answers.c.owner, answers.c.key).in_(gone)))


def _is_held(row: Any, now: datetime) -> bool:
    """Return whether a process answers the request; a hold that is too long was taken by a clock that ran ahead."""
    return bool(to_us(now) < row.held_until_us <= to_us(now + 2 * timedelta(seconds=HOLD_S)))


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
