"""The users that there are: added, listed, removed, their passwords changed and checked. Every method blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from sentisound.errors import BadAccess, UserExists, UserNotFound
from sentisound.history.database import Database
from sentisound.history.entry import from_us, storable, to_us
from sentisound.history.holder import Holder
from sentisound.identity.owner import scopes_of
from sentisound.identity.passwords import hashed, is_password
from sentisound.identity.tables import refresh_tokens, users

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,58}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """What is known of a user."""

    name: str
    scopes: frozenset[str]
    created: datetime
    changed: datetime
    """When the password was set."""

    @property
    def owner(self) -> str:
        """To whom what the user makes belongs."""
        return f"user:{self.name}"


class Users:
    """The users in a database; all methods raise ``HistoryUnavailable`` when it does not do its part."""

    def __init__(self, database: Holder[Database]) -> None:
        self._database = database

    def add(self, name: str, password: str, scopes: list[str] | tuple[str, ...]) -> User:
        """Add a user.

        Raises
        ------
        BadAccess
            When the name, the password or a scope cannot be used.
        UserExists
            When there is one of this name.
        """
        if NAME.fullmatch(name) is None:
            raise BadAccess(f"{storable(name)[:80]!r} is no user name: use up to 59 letters, digits and ._@-")
        now = from_us(to_us(datetime.now(UTC)))
        user = User(name, scopes_of(scopes), now, now)
        values = {
            "name": name,
            "password_hash": hashed(password),
            "scopes": " ".join(sorted(user.scopes)),
            "created_us": to_us(now),
            "changed_us": to_us(now),
        }
        self._database.write(lambda connection: _insert(connection, values))
        return user

    def list(self) -> tuple[User, ...]:
        """Return every user by name."""
        query = select(users).order_by(users.c.name)
        return tuple(user_from(row) for row in self._database.read(lambda connection: connection.execute(query).all()))

    def find(self, name: str) -> User | None:
        """Return a user; None where there is none of this name."""
        row = self._row(name)
        return None if row is None else user_from(row)

    def remove(self, name: str) -> None:
        """Remove a user, whose sessions end at once.

        Raises
        ------
        UserNotFound
            When there is none of this name.
        """
        self._change(name, delete(users).where(users.c.name == storable(name)))

    def set_password(self, name: str, password: str) -> None:
        """Change a password; every session of the user ends at once.

        Raises
        ------
        UserNotFound
            When there is none of this name.
        BadAccess
            When the password cannot be used.
        """
        values = {"password_hash": hashed(password), "changed_us": to_us(datetime.now(UTC))}
        self._change(name, update(users).where(users.c.name == storable(name)).values(values))

    def checked(self, name: str, password: str) -> User | None:
        """Return the user whose password this is; None, after the same time, where there is none."""
        row = self._row(name)
        right = is_password(password, None if row is None else row.password_hash)
        return user_from(row) if right else None

    def count(self) -> int:
        """Return how many users there are."""
        query = select(func.count()).select_from(users)
        return self._database.read(lambda connection: connection.execute(query).scalar_one())

    def _row(self, name: str) -> Any:
        query = select(users).where(users.c.name == storable(name))
        return self._database.read(lambda connection: connection.execute(query).one_or_none())

    def _change(self, name: str, statement: Any) -> None:
        """Change a user, and end every session; the user first, whose row those wait for that make a token."""

        def work(connection: Connection) -> int:
            changed = connection.execute(statement).rowcount
            connection.execute(delete(refresh_tokens).where(refresh_tokens.c.user == storable(name)))
            return changed

        if not self._database.write(work):
            raise UserNotFound(f"there is no user {storable(name)!r}; `sentisound users list` tells their names")


def _insert(connection: Connection, values: dict[str, Any]) -> None:
    if connection.execute(select(users.c.name).where(users.c.name == values["name"])).first():
        raise UserExists(f"there is a user {values['name']!r}; `sentisound users password` changes the password")
    connection.execute(insert(users).values(values))


def user_from(row: Any) -> User:
    """Return the user of a row of ``users``."""
    return User(row.name, frozenset(row.scopes.split()), from_us(row.created_us), from_us(row.changed_us))
