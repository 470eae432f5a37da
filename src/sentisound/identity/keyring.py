"""The keys that there are: made, listed, found, revoked. Every method blocks and raises ``HistoryUnavailable``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from sentisound.errors import BadAccess, KeyNotFound
from sentisound.history.database import Database
from sentisound.history.entry import from_us, storable, to_us
from sentisound.history.holder import Holder
from sentisound.identity.keys import Key, mint
from sentisound.identity.owner import check_key_owner, key_owner, scopes_of
from sentisound.identity.tables import keys

MAX_NAME = 200
MAX_LIFE = timedelta(days=36_500)
USED_EVERY = timedelta(minutes=1)
"""The last use is noted to the minute: not every request shall write."""


class Keyring:
    """The keys in a database."""

    def __init__(self, database: Holder[Database]) -> None:
        self._database = database

    def create(
        self, name: str, scopes: list[str] | tuple[str, ...], *, owner: str | None = None, life: timedelta | None = None
    ) -> tuple[Key, str]:
        """Make a key; return it with its text, which cannot be had again.

        Parameters
        ----------
        name : str
            What people call it.
        scopes : list of str
        owner : str, optional
            To whom what it makes belongs; the key itself without it. ``user:NAME`` and ``key:ID`` share a history.
        life : timedelta, optional
            After which it is no longer valid.

        Raises
        ------
        BadAccess
            When one of them cannot be used.
        """
        minted, now = mint(), datetime.now(UTC)
        key = Key(
            id=minted.id,
            name=_name(name),
            owner=_owner(owner, minted.id),
            scopes=scopes_of(scopes),
            created=from_us(to_us(now)),
            expires=now + _life(life) if life is not None else None,
            last_used=None,
            secret_hash=minted.secret_hash,
        )
        self._database.write(lambda connection: connection.execute(insert(keys).values(_values(key))))
        return key, minted.text

    def list(self) -> tuple[Key, ...]:
        """Return every key, the oldest first."""
        query = select(keys).order_by(keys.c.created_us, keys.c.id)
        return tuple(_key(row) for row in self._database.read(lambda connection: connection.execute(query).all()))

    def find(self, identity: str) -> Key | None:
        """Return a key by its id; None where there is none."""
        query = select(keys).where(keys.c.id == storable(identity))
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _key(row)

    def revoke(self, identity: str) -> None:
        """Revoke a key: from now on it opens nothing.

        Raises
        ------
        KeyNotFound
            When there is none of this id.
        """
        statement = delete(keys).where(keys.c.id == storable(identity))
        if not self._database.write(lambda connection: connection.execute(statement)).rowcount:
            raise KeyNotFound(f"there is no key {storable(identity)!r}; `sentisound keys list` tells their ids")

    def count_valid(self) -> int:
        """Return how many keys are valid now."""
        now = to_us(datetime.now(UTC))
        valid = keys.c.expires_us.is_(None) | (keys.c.expires_us > now)
        query = select(func.count()).select_from(keys).where(valid)
        return self._database.read(lambda connection: connection.execute(query).scalar_one())

    def note_use(self, key: Key, now: datetime) -> None:
        """Note that a key was used, unless that was noted a moment ago."""
        if key.last_used is not None and abs(now - key.last_used) < USED_EVERY:
            return  # abs: a clock that ran ahead and was set back shall not stop the noting
        statement = update(keys).where(keys.c.id == key.id).values(last_used_us=to_us(now))
        self._database.write(lambda connection: connection.execute(statement))


def _name(name: str) -> str:
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise BadAccess(f"a key's name has 1 to {MAX_NAME} characters: say whose or what for it is")
    return storable(name.strip())


def _owner(owner: str | None, identity: str) -> str:
    if owner is None:
        return f"key:{identity}"
    check_key_owner(owner)
    return owner


def _life(life: timedelta) -> timedelta:
    if not timedelta(0) < life <= MAX_LIFE:
        raise BadAccess(f"a key lives between a moment and {MAX_LIFE.days} days")
    return life


def _values(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": " ".join(sorted(key.scopes)),
        "secret_hash": key.secret_hash,
        "created_us": to_us(key.created),
        "expires_us": to_us(key.expires) if key.expires else None,
    }


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        owner=key_owner(row.owner, row.id),
        scopes=frozenset(row.scopes.split()),
        created=from_us(row.created_us),
        expires=None if row.expires_us is None else from_us(row.expires_us),
        last_used=None if row.last_used_us is None else from_us(row.last_used_us),
        secret_hash=row.secret_hash,
    )
