"""The queue of jobs in the history's database: each is run by one process at a time and ends once.

Who claims a job holds it for ``LEASE_S`` and renews that while it works. A process that was killed renews nothing, so
its jobs are claimed again; one that comes back too late finds that the job is no longer its own, and what it has made
is dropped. The analysis is kept and the job ended in one transaction, so neither can be there without the other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from sentisound.errors import JobEnded, JobNotFound
from sentisound.history import cursors
from sentisound.history.cursors import Mark
from sentisound.history.entry import Entry, from_us, storable, to_us
from sentisound.history.job import ENDED, Failure, Job, JobPage, Order, Status
from sentisound.history.keeper import Keeper
from sentisound.history.store import PAGE, History
from sentisound.history.tables import documents, jobs

LEASE_S = 15.0
"""A killed process's jobs are taken over after this; a process that hangs for longer loses them."""
MOST_ATTEMPTS = 3
"""A job whose processes died so often is not tried again: it may be what kills them."""
LOST = Failure(500, "worker_lost", "The job could not be finished", "the server stopped each time it worked on this")

_PLAIN = ("id", "owner", "place", "status", "progress", "attempts")


class Jobs:
    """Jobs in the history of a server; safe to share between threads, and every method blocks.

    All raise ``HistoryUnavailable`` when the database cannot be reached.
    """

    def __init__(self, keeper: Keeper, lease_s: float = LEASE_S) -> None:
        self._keeper = keeper
        self.lease_s = lease_s

    def add(self, identity: str, order: Order, *, owner: str, place: str) -> Job:
        """Queue a job and return it."""

        def work(history: History) -> None:
            row = {"id": identity, "owner": owner, "place": place, "status": "queued", "progress": 0.0, "attempts": 0}
            with history.writing() as connection:
                said = {"analysis": order.analysis, "request": storable(order.written())}
                values = {**row, **said, "created_us": _now_us(connection)}
                connection.execute(jobs.insert().values(values))

        self._keeper.use(work)
        return self.get(identity)

    def get(self, identity: str, *, owner: str | None = None) -> Job:
        """Return a job with its analysis.

        Raises
        ------
        JobNotFound
            When there is none of that id, or it is not the owner's.
        """

        def work(history: History) -> Row[Any] | None:
            with history.reading() as connection:
                query = _select(whole=True).where(jobs.c.id == storable(identity), *_owned(owner))
                return connection.execute(query).one_or_none()

        row = self._keeper.use(work)
        if row is None:
            raise JobNotFound(f"there is no job {storable(identity)!r}, or no longer")
        return _job(row)

    def page(
        self,
        *,
        owner: str | None = None,
        status: Status | None = None,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> JobPage:
        """Return one page of jobs without their analyses, the newest first.

        Raises
        ------
        BadCursor
            When the cursor is not one of ours.
        """
        below = None if cursor is None else cursors.read(cursor)
        query = _select(whole=False).where(*_owned(owner))
        if status is not None:
            query = query.where(jobs.c.status == status)
        if below is not None:
            query = query.where(tuple_(jobs.c.created_us, jobs.c.id) < tuple_(*below))
        query = query.order_by(jobs.c.created_us.desc(), jobs.c.id.desc()).limit(limit + 1)

        def work(history: History) -> Sequence[Row[Any]]:
            with history.reading() as connection:
                return connection.execute(query).all()

        rows = self._keeper.use(work)
        shown = [_job(row) for row in rows[:limit]]
        more = len(rows) > limit
        return JobPage(tuple(shown), cursors.written(Mark(to_us(shown[-1].created), shown[-1].id)) if more else None)

    def waiting(self, place: str) -> dict[str, int]:
        """Return how many jobs of a place each owner has that are not begun yet; who has none is left out."""
        queued = jobs.c.place == place, jobs.c.status == "queued"
        query = select(jobs.c.owner, func.count().label("waiting")).where(*queued).group_by(jobs.c.owner)

        def work(history: History) -> dict[str, int]:
            with history.reading() as connection:
                return {row.owner: row.waiting for row in connection.execute(query)}

        return self._keeper.use(work)

    def claim(self, place: str, holder: str, *, words: bool | None = None, after: str = "") -> Job | None:
        """Take a job of a place that nobody works on; None where there is none.

        Parameters
        ----------
        place, holder
        words
            Only jobs that ask for words, or only those that do not; any where it is not given.
        after
            The owner whose job was taken before: owners have turns, in the order of their names, and of each the
            oldest job comes first.
        """
        chosen = [jobs.c.place == place, *([] if words is None else [_asks_for_words(words)])]

        def work(history: History) -> str | None:
            with history.reading() as connection:  # most often there is nothing: ask that without the write lock
                if connection.execute(_free(chosen, _now_us(connection)).limit(1)).first() is None:
                    return None
            with history.writing() as connection:
                return self._claim(connection, chosen, after, holder)

        identity = self._keeper.use(work)
        return None if identity is None else self.get(identity)

    def renew(self, holder: str) -> int:
        """Hold on to every job of a holder for another lease; return how many those are."""

        def work(history: History) -> int:
            with history.writing() as connection:
                mine = jobs.c.holder == holder, jobs.c.status == "running"
                return connection.execute(update(jobs).where(*mine).values(self._lease(connection))).rowcount

        return self._keeper.use(work)

    def held(self, holder: str) -> set[str]:
        """Return the jobs that are a holder's still: those that were cancelled, or taken over, are not."""
        query = select(jobs.c.id).where(jobs.c.holder == holder, jobs.c.status == "running")

        def work(history: History) -> set[str]:
            with history.reading() as connection:
                return set(connection.execute(query).scalars())

        return self._keeper.use(work)

    def advance(self, identity: str, holder: str, progress: float) -> bool:
        """Note how far a job is; False where it is not the holder's any more (it was cancelled, or taken over)."""

        def work(history: History) -> bool:
            with history.writing() as connection:
                values = {"progress": progress, **self._lease(connection)}
                return _changed(connection, identity, holder, values)

        return self._keeper.use(work)

    def succeed(self, identity: str, holder: str, entry: Entry, *, store: bool) -> bool:
        """End a job with its analysis, which goes into the history, or else stays with the job.

        Returns False, and keeps nothing, where the job is not the holder's any more.
        """

        def work(history: History) -> bool:
            with history.writing() as connection:
                values = {"status": "succeeded", "progress": 1.0, "result": None if store else entry.document}
                done = _changed(connection, identity, holder, {**values, **_ended(connection)})
                if done and store:
                    history.put(connection, [entry])
                return done

        return self._keeper.use(work)

    def fail(self, identity: str, holder: str, failure: Failure) -> bool:
        """End a job with the reason why it failed; False where it is not the holder's any more."""

        def work(history: History) -> bool:
            with history.writing() as connection:
                values = {"status": "failed", "error": storable(json.dumps(failure.to_dict())), **_ended(connection)}
                return _changed(connection, identity, holder, values)

        return self._keeper.use(work)

    def release(self, identity: str, holder: str) -> bool:
        """Put a job back into the queue as if it had not been begun: its holder stops in good order."""

        def work(history: History) -> bool:
            with history.writing() as connection:
                fresh = {"status": "queued", "progress": 0.0, "started_us": None, "holder": None, "lease_us": None}
                return _changed(connection, identity, holder, {**fresh, "attempts": jobs.c.attempts - 1})

        return self._keeper.use(work)

    def cancel(self, identity: str, *, owner: str | None = None) -> Job:
        """End a job that has not ended; who works on it notices at the next utterance. Twice is as good as once.

        Raises
        ------
        JobNotFound
            When there is none of that id, or it is not the owner's.
        JobEnded
            When it has succeeded or failed.
        """

        def work(history: History) -> None:
            with history.writing() as connection:
                chosen = jobs.c.id == storable(identity), jobs.c.status.not_in(ENDED), *_owned(owner)
                connection.execute(update(jobs).where(*chosen).values(status="cancelled", **_ended(connection)))

        self._keeper.use(work)
        found = self.get(identity, owner=owner)
        if found.status != "cancelled":
            raise JobEnded(f"the job has {found.status}; there is nothing left to cancel")
        return found

    def unfinished(self, identities: Sequence[str]) -> set[str]:
        """Return which of these jobs have not ended: their uploads are still needed."""
        query = select(jobs.c.id).where(jobs.c.id.in_(identities), jobs.c.status.not_in(ENDED))

        def work(history: History) -> set[str]:
            with history.reading() as connection:
                return set(connection.execute(query).scalars())

        return self._keeper.use(work)

    def forget(self, before: datetime) -> int:
        """Delete the jobs that ended before a time; return how many. Analyses in the history stay."""
        query = delete(jobs).where(jobs.c.status.in_(ENDED), jobs.c.ended_us < to_us(before))

        def work(history: History) -> int:
            with history.writing() as connection:
                return connection.execute(query).rowcount

        return self._keeper.use(work)

    def _claim(
        self, connection: Connection, chosen: Sequence[ColumnElement[bool]], after: str, holder: str
    ) -> str | None:
        now_us = _now_us(connection)
        hopeless = _expired(now_us), jobs.c.attempts >= MOST_ATTEMPTS
        lost = {"status": "failed", "error": json.dumps(LOST.to_dict()), **_ended(connection)}
        connection.execute(update(jobs).where(*hopeless).values(lost))
        # PostgreSQL: who claims at the same time takes the next one instead of waiting for this. SQLite has one writer.
        turns = case((jobs.c.owner > after, 0), else_=1), jobs.c.owner, jobs.c.created_us, jobs.c.id
        free = _free(chosen, now_us).order_by(*turns).limit(1).with_for_update(skip_locked=True)
        identity = connection.execute(free).scalar_one_or_none()
        if identity is None:
            return None
        begun = {"status": "running", "progress": 0.0, "started_us": now_us, "attempts": jobs.c.attempts + 1}
        values = {**begun, "holder": holder, **self._lease(connection)}
        connection.execute(update(jobs).where(jobs.c.id == identity).values(values))
        return str(identity)

    def _lease(self, connection: Connection) -> dict[str, Any]:
        return {"lease_us": _now_us(connection) + int(1e6 * self.lease_s)}


def _now_us(connection: Connection) -> int:
    """Return the time in microseconds: PostgreSQL's own, since the clocks of several machines differ."""
    if connection.dialect.name == "postgresql":
        return to_us(connection.execute(select(func.clock_timestamp())).scalar_one())
    return time.time_ns() // 1000


def _expired(now_us: int) -> ColumnElement[bool]:
    return and_(jobs.c.status == "running", jobs.c.lease_us < now_us)


def _free(chosen: Sequence[ColumnElement[bool]], now_us: int) -> Select[Any]:
    return select(jobs.c.id).where(*chosen, or_(jobs.c.status == "queued", _expired(now_us)))


def _asks_for_words(words: bool) -> ColumnElement[bool]:
    """Return the condition that an order wants words: its JSON says so (a quote within a value is escaped there)."""
    wanted = or_(*(jobs.c.request.contains(f'"{name}":true', autoescape=True) for name in ("transcribe", "interpret")))
    return wanted if words else not_(wanted)


def _owned(owner: str | None) -> list[ColumnElement[bool]]:
    return [] if owner is None else [jobs.c.owner == owner]


def _ended(connection: Connection) -> dict[str, Any]:
    return {"ended_us": _now_us(connection), "holder": None, "lease_us": None}


def _changed(connection: Connection, identity: str, holder: str, values: dict[str, Any]) -> bool:
    """Change a job that is the holder's; False where it is not, or not any more."""
    mine = jobs.c.id == identity, jobs.c.holder == holder, jobs.c.status == "running"
    return connection.execute(update(jobs).where(*mine).values(values)).rowcount == 1


def _select(*, whole: bool) -> Select[Any]:
    if not whole:
        return select(jobs, literal("").label("document"))
    kept = func.coalesce(jobs.c.result, documents.c.document).label("document")
    return select(jobs, kept).outerjoin(documents, documents.c.id == jobs.c.analysis)


def _job(row: Row[Any]) -> Job:
    return Job(
        **{name: getattr(row, name) for name in _PLAIN},
        created=from_us(row.created_us),
        order=Order.read(row.request),
        started=None if row.started_us is None else from_us(row.started_us),
        ended=None if row.ended_us is None else from_us(row.ended_us),
        document=row.document or "",
        failure=None if row.error is None else Failure(**json.loads(row.error)),
    )
