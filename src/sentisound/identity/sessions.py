"""Sessions of users: a password buys a pair of tokens, a refresh token the next pair, and a stolen one ends them all.

A refresh token is good for one use (RFC 9700, section 4.14.2). When a used one comes again, either a thief or the owner
has an old copy, and nobody can say which: the whole family is void, and the password is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from sentisound.errors import Unauthenticated
from sentisound.history.database import Database
from sentisound.history.entry import from_us, to_us
from sentisound.history.holder import Holder
from sentisound.identity import tokens
from sentisound.identity.keys import hash_of
from sentisound.identity.tables import refresh_tokens
from sentisound.identity.tokens import REFRESH, REFRESH_LIFE, Pair
from sentisound.identity.users import User, Users

AGAIN = "sign in again: POST /v1/tokens with username and password"


@dataclass(frozen=True, slots=True)
class _Found:
    """A refresh token that was taken, or why it was not."""

    user: str
    expires_us: int
    family: str
    reused: bool


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
        user = self._users.checked(name, password)
        if user is None:
            raise Unauthenticated("the user name or the password is wrong")
        expires_us = to_us(self._clock() + REFRESH_LIFE)
        return self._pair(user, self._kept(user.name, token_hex(16), expires_us), expires_us)

    def renew(self, refresh: str) -> Pair:
        """Return the next pair for a refresh token, which is thereby used up.

        Raises
        ------
        Unauthenticated
            When it is unknown, too old, or was used before: then every token of its family is void.
        """
        found = self._taken(refresh)
        user = None if found is None or found.reused else self._users.find(found.user)
        if found is None or user is None:
            used = found is not None and found.reused
            why = "this refresh token was used before; every token that came of it is void" if used else "unknown token"
            raise Unauthenticated(f"{why}; {AGAIN}")
        return self._pair(user, self._kept(user.name, found.family, found.expires_us), found.expires_us)

    def sign_out(self, refresh: str) -> None:
        """Make a refresh token and its whole family void; one that is not known is so already."""

        def work(connection: Connection) -> None:
            row = connection.execute(_of(refresh)).one_or_none()
            if row is not None:
                _end(connection, row.family)

        self._database.write(work)

    def user_of(self, access: str) -> User:
        """Return whose access token this is.

        Raises
        ------
        Unauthenticated
            When it is not valid, the user is gone, or the password was changed since.
        """
        claims = tokens.read(access, self._secret)
        user = self._users.find(claims.user)
        if user is None or claims.issued < user.changed:
            raise Unauthenticated(f"the token is void; {AGAIN}")
        return user

    def _pair(self, user: User, refresh: str, expires_us: int) -> Pair:
        access = tokens.signed(user.name, self._secret(), self._clock())
        return Pair(access, refresh, user.scopes, from_us(expires_us))

    def _kept(self, user: str, family: str, expires_us: int) -> str:
        """Return a new refresh token, kept as its hash; those that have expired are forgotten."""
        refresh = tokens.new_refresh()
        row = {"token_hash": hash_of(refresh), "family": family, "user": user, "expires_us": expires_us}
        now = to_us(self._clock())

        def work(connection: Connection) -> None:
            connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_us <= now))
            connection.execute(insert(refresh_tokens).values(row))

        self._database.write(work)
        return refresh

    def _taken(self, refresh: str) -> _Found | None:
        """Use up a refresh token, or end its family where it was used; one transaction, so one of two at once wins."""
        now = to_us(self._clock())

        def work(connection: Connection) -> _Found | None:
            row = connection.execute(_of(refresh)).one_or_none()
            if row is None or row.expires_us <= now:
                return None
            unused = refresh_tokens.c.used_us.is_(None) & (refresh_tokens.c.token_hash == row.token_hash)
            taken = connection.execute(update(refresh_tokens).where(unused).values(used_us=now)).rowcount == 1
            if not taken:
                _end(connection, row.family)
            return _Found(row.user, row.expires_us, row.family, reused=not taken)

        return self._database.write(work) if REFRESH.fullmatch(refresh) else None


def _of(refresh: str) -> Any:
    return select(refresh_tokens).where(refresh_tokens.c.token_hash == hash_of(refresh))


def _end(connection: Connection, family: str) -> None:
    """Void a family: its unused tokens become used ones, so that they are known if they come again."""
    void = refresh_tokens.c.family == family
    connection.execute(update(refresh_tokens).where(void).values(used_us=0))
