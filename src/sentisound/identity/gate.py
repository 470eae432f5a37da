"""The gate: turns the credential of a request into its owner."""

from __future__ import annotations

import ipaddress
import logging
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from sentisound.errors import HistoryError, SettingsError, Unauthenticated
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.identity.keyring import Keyring
from sentisound.identity.keys import is_secret, parts_of
from sentisound.identity.owner import ANONYMOUS, LOCAL, SCOPES, Owner
from sentisound.identity.secret import signing_secret
from sentisound.identity.sessions import Sessions
from sentisound.identity.users import Users
from sentisound.settings import Settings

log = logging.getLogger(__name__)

HOW = "send a key as `Authorization: Bearer ss_...` or `X-API-Key: ss_...`, or a token as `Authorization: Bearer ...`"


@dataclass(frozen=True)
class Gate:
    """Keys, users and sessions of one database, and whether they are asked for."""

    keyring: Keyring
    users: Users
    sessions: Sessions
    asks: bool
    """Whether a request without a credential is refused."""
    keyless: Owner
    """Who asks without a credential where none is asked for."""

    @classmethod
    def of(cls, settings: Settings, database: Holder[Database] | None = None) -> Gate:
        """Return the gate of a server with these settings; the database is opened when it is first needed."""
        held = database or Holder(Database, place_of(settings))
        users = Users(held)
        return cls(
            Keyring(held),
            users,
            Sessions(held, users, cache(partial(signing_secret, settings))),
            asks=asks_for_keys(settings),
            keyless=_keyless(private=is_loopback(settings.host)),
        )

    def check_start(self) -> None:
        """Check that somebody could pass where keys are asked for.

        Raises
        ------
        SettingsError
            When there is neither a key nor a user.
        HistoryError
            When the database cannot say.
        """
        if self.asks and not self.keyring.count_valid() and not self.users.count():
            raise SettingsError(
                "SENTISOUND_HOST: keys are asked for at this address, and there is none; make one with "
                "`sentisound keys create --name NAME --scope admin`, let everybody in with --allow-anonymous "
                "(SENTISOUND_ALLOW_ANONYMOUS=1), or bind 127.0.0.1"
            )

    def owner_of(self, credential: str | None) -> Owner:
        """Return on whose behalf a request with this credential is made; blocks.

        Raises
        ------
        Unauthenticated
            When there is none where one is asked for, or it is not valid; a wrong one is refused everywhere.
        HistoryError
            When the database cannot say.
        """
        if credential is None:
            if self.asks:
                raise Unauthenticated(f"a key or a token is needed; {HOW}")
            return self.keyless
        parts = parts_of(credential)
        return self._by_key(*parts) if parts else self._by_token(credential)

    def _by_key(self, identity: str, secret: str) -> Owner:
        key, now = self.keyring.find(identity), datetime.now(UTC)
        right = is_secret(secret, key.secret_hash if key else "")
        if key is None or not right:
            raise Unauthenticated(f"the key is not valid; {HOW}")
        if key.expires is not None and key.expires <= now:
            raise Unauthenticated(f"the key {key.id} has expired; ask for another")
        try:
            self.keyring.note_use(key, now)
        except HistoryError as error:  # a database that can be read only costs nobody their answer
            log.warning("the use of key %s could not be noted: %s", key.id, error)
        return Owner(key.owner, key.scopes, f"key:{key.id}")

    def _by_token(self, token: str) -> Owner:
        user = self.sessions.user_of(token)
        return Owner(user.owner, user.scopes, user.owner)


def _keyless(*, private: bool) -> Owner:
    """Return who asks without a key: on this machine its user, who may everything; elsewhere a stranger."""
    everything = frozenset(SCOPES)
    return Owner(LOCAL, everything) if private else Owner(ANONYMOUS, everything - {"admin"})


def asks_for_keys(settings: Settings) -> bool:
    """Return whether a server with these settings refuses requests without a key."""
    return settings.require_keys or not (settings.allow_anonymous or is_loopback(settings.host))


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what is bound to a host; a name that is unknown counts as not."""
    try:
        found = {
            info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        }
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)
