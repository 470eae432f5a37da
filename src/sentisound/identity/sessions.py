"""Sessions of users: a password buys a pair of tokens, a refresh token the next pair, and a stolen one ends them all.

A refresh token is good for one use (RFC 9700, section 4.14.2). When a used one comes again, either a thief or the owner
has an old copy, and nobody can say which: the whole family is void, and the password is asked for again.

A family is a session, which lives as long as one of its refresh tokens is unused; there is never more than one such.
Access tokens name their session, and are looked up with each use: a session that ends takes them with it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from sentisound.errors import Unauthenticated
from sentisound.history.database import Database
from sentisound.history.entry import from_us, storable, to_us
from sentisound.history.holder import Holder
from sentisound.identity import tokens
from sentisound.identity.keys import hash_of
from sentisound.identity.tables import refresh_tokens, users
from sentisound.identity.tokens import REFRESH, REFRESH_LIFE, Pair
from sentisound.identity.users import User, Users, user_from

AGAIN = "sign in again: POST /v1/tokens with username and password"

Refusal = Literal["unknown", "used"]


@dataclass(frozen=True, slots=True)
class _Session:
    """A session that was begun or goes on, with its unused refresh token."""

    user: User
    family: str
    expires_us: int
    refresh: str


class Sessions:
    """Tokens of the users in a database; every method blocks and raises ``HistoryUnavailable``.

    Parameters
    ----------
    database : Holder
    users : Users
    secret : callable
        Returns the signing secret; asked for when the first token is signed or read.
    clock : callable, optional
        The time.
    """

    def __init__(
        self,
        database: Holder[Database],
        users: Users,
        secret: Callable[[], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._users = users
        self._secret = secret
        self._clock = clock

    def sign_in(self, name: str, password: str) -> Pair:
        """Return a pair of tokens for a password.

        Raises
        ------
        Unauthenticated
            When there is no such user with this password; which of the two it is, is not told.
        """
        user, now = self._users.checked(name, password), self._clock()
        if user is not None:
            session = _Session(user, token_hex(16), to_us(now + REFRESH_LIFE), tokens.new_refresh())
            if self._database.write(lambda connection: _begun(connection, session, to_us(now))):
                return self._pair(session)
        raise Unauthenticated("the user name or the password is wrong")

    def renew(self, refresh: str) -> Pair:
        """Return the next pair for a refresh token, which is thereby used up.

        Raises
        ------
        Unauthenticated
            When it is unknown, too old, or was used before: then its session ends.
        """
        now = to_us(self._clock())
        found = self._database.write(lambda connection: _next(connection, refresh, now)) if _is(refresh) else "unknown"
        if found == "used":
            raise Unauthenticated(f"this refresh token was used before; every token that came of it is void; {AGAIN}")
        if found == "unknown":
            raise Unauthenticated(f"unknown token; {AGAIN}")
        return self._pair(found)

    def sign_out(self, refresh: str) -> None:
        """End the session of a refresh token; one that is not known has none any more."""

        def work(connection: Connection) -> None:
            row = connection.execute(select(refresh_tokens).where(_of(refresh))).one_or_none()
            if row is not None and _locked(connection, row.user):
                _end(connection, row.family)

        if _is(refresh):
            self._database.write(work)

    def user_of(self, access: str) -> User:
        """Return whose access token this is.

        Raises
        ------
        Unauthenticated
            When it is not valid, or its session has ended: by signing out, a refresh token that was used twice, a
            new password, or with the user.
        """
        claims = tokens.read(access, self._secret)
        query = (
            select(users)
            .join(refresh_tokens, refresh_tokens.c.user == users.c.name)
            .where(users.c.name == storable(claims.user), *_unused(storable(claims.session)))
            .where(refresh_tokens.c.expires_us > to_us(self._clock()))
        )
        row = self._database.read(lambda connection: connection.execute(query).first())
        if row is None:
            raise Unauthenticated(f"the token is void; {AGAIN}")
        return user_from(row)

    def _pair(self, session: _Session) -> Pair:
        access = tokens.signed(session.user.name, session.family, self._secret(), self._clock())
        return Pair(access, session.refresh, session.user.scopes, from_us(session.expires_us))


def _is(refresh: str) -> bool:
    return REFRESH.fullmatch(refresh) is not None


def _of(refresh: str) -> Any:
    return refresh_tokens.c.token_hash == hash_of(refresh)


def _unused(family: str) -> tuple[Any, ...]:
    return refresh_tokens.c.family == family, refresh_tokens.c.used_us.is_(None)


def _begun(connection: Connection, session: _Session, now: int) -> bool:
    """Keep a new session; False where the password was changed while it was checked. Expired ones are forgotten."""
    user = _locked(connection, session.user.name)
    if user is None or user.changed != session.user.changed:
        return False
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_us <= now))
    _keep(connection, session)
    return True


def _next(connection: Connection, refresh: str, now: int) -> _Session | Refusal:
    """Use up a refresh token and return its session with the next one; a used one ends its session."""
    owner = connection.execute(select(refresh_tokens.c.user).where(_of(refresh))).scalar_one_or_none()
    user = None if owner is None else _locked(connection, owner)
    row = connection.execute(select(refresh_tokens).where(_of(refresh))).one_or_none()
    if user is None or row is None or row.expires_us <= now:
        return "unknown"
    if row.used_us is not None:
        _end(connection, row.family)
        return "used"
    connection.execute(update(refresh_tokens).where(_of(refresh)).values(used_us=now))
    session = _Session(user, row.family, row.expires_us, tokens.new_refresh())
    _keep(connection, session)
    return session


def _locked(connection: Connection, user: str) -> User | None:
    """Return a user as soon as nobody else changes their sessions or password, in this transaction until its end.

    On PostgreSQL whoever comes second waits here, and what it then does sees the token that the first one has made;
    SQLite has one writer.
    """
    query = select(users).where(users.c.name == user).with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else user_from(row)


def _keep(connection: Connection, session: _Session) -> None:
    values = {"family": session.family, "user": session.user.name, "expires_us": session.expires_us}
    connection.execute(insert(refresh_tokens).values({**values, "token_hash": hash_of(session.refresh)}))


def _end(connection: Connection, family: str) -> None:
    """End a session: its unused token becomes a used one, so that it is known if it comes again."""
    connection.execute(update(refresh_tokens).where(*_unused(family)).values(used_us=0))
