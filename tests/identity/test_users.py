"""Users and their tokens: a password buys a pair, a refresh token the next one, and a stolen one ends them all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlalchemy import text

from sentisound.errors import BadAccess, Unauthenticated, UserExists, UserNotFound
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.identity import passwords, tokens
from sentisound.identity.passwords import hashed, is_password
from sentisound.identity.sessions import Sessions
from sentisound.identity.users import Users

PASSWORD = "correct horse battery"  # noqa: S105
SECRET = "s" * 48


class Clock:
    """The time, which can be moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def users(database: Holder[Database]) -> Users:
    made = Users(database)
    made.add("anna", PASSWORD, ["analyze"])
    return made


@pytest.fixture
def sessions(database: Holder[Database], users: Users, clock: Clock) -> Sessions:
    return Sessions(database, users, lambda: SECRET, clock)


@pytest.mark.usefixtures("users")
def test_a_password_is_kept_as_an_argon2id_hash(database: Holder[Database]):
    row = database.read(lambda connection: connection.execute(text("SELECT * FROM users")).one())
    assert row.password_hash.startswith("$argon2id$v=19$m=65536,")
    assert PASSWORD not in str(row)


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_sensible_length(password: str):
    with pytest.raises(BadAccess, match="10 to 256 characters"):
        hashed(password)


def test_any_characters_will_do():
    strange = "пароль \ud800 密码 🔑"
    assert is_password(strange, hashed(strange))
    assert not is_password(strange, "no hash")


def test_an_unknown_user_is_checked_as_long_as_a_known_one(users: Users, monkeypatch: pytest.MonkeyPatch):
    checked: list[str] = []
    hasher = passwords._hasher()

    class Watched:
        def verify(self, known: str, password: bytes) -> bool:
            checked.append(known)
            return hasher.verify(known, password)

        hash = hasher.hash

    monkeypatch.setattr(passwords, "_hasher", Watched)
    assert users.checked("nobody", PASSWORD) is None
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 60, "ü", "a\0"])
def test_a_name_is_plain(users: Users, name: str):
    with pytest.raises(BadAccess, match="no user name"):
        users.add(name, PASSWORD, ["analyze"])


def test_a_name_is_given_once(users: Users):
    with pytest.raises(UserExists, match="'anna'"):
        users.add("anna", PASSWORD, ["admin"])
    assert [user.scopes for user in users.list()] == [{"analyze"}]


def test_a_password_buys_a_token(sessions: Sessions):
    pair = sessions.sign_in("anna", PASSWORD)
    assert sessions.user_of(pair.access).owner == "user:anna"
    assert pair.scopes == {"analyze"}
    for name, password in (("anna", PASSWORD + "x"), ("bert", PASSWORD)):
        with pytest.raises(Unauthenticated, match="the user name or the password is wrong"):
            sessions.sign_in(name, password)


def test_an_access_token_is_short(sessions: Sessions, clock: Clock):
    clock.ahead = -tokens.ACCESS_LIFE - timedelta(seconds=5)
    old = sessions.sign_in("anna", PASSWORD).access
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens.read(old, lambda: SECRET)


def forged(**changed: object) -> dict[str, object]:
    now = int(datetime.now(UTC).timestamp())
    return {"iss": "sentisound", "aud": "sentisound", "sub": "anna", "iat": now, "exp": now + 60, **changed}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        jwt.encode(forged(), "x" * 48, "HS256"),
        jwt.encode(forged(), None, "none"),
        jwt.encode(forged(), SECRET + "x" * 16, "HS512"),
        jwt.encode(forged(aud="other"), SECRET, "HS256"),
        jwt.encode(forged(iss="other"), SECRET, "HS256"),
        jwt.encode({"sub": "anna"}, SECRET, "HS256"),
        jwt.encode(forged(sub="nobody"), SECRET, "HS256"),
    ],
)
def test_a_forged_token_is_refused(sessions: Sessions, token: str):
    with pytest.raises(Unauthenticated):
        sessions.user_of(token)


def test_a_refresh_token_is_good_for_one_use_and_kept_as_a_hash(sessions: Sessions, database: Holder[Database]):
    first = sessions.sign_in("anna", PASSWORD)
    second = sessions.renew(first.refresh)
    assert sessions.user_of(second.access).name == "anna"
    assert second.refresh_expires == first.refresh_expires  # a family does not live for ever by being used
    rows = database.read(lambda connection: connection.execute(text("SELECT * FROM refresh_tokens")).all())
    assert first.refresh not in str(rows)
    assert second.refresh not in str(rows)


def test_a_used_refresh_token_ends_the_whole_family(sessions: Sessions):
    stolen = sessions.sign_in("anna", PASSWORD).refresh
    mine = sessions.renew(stolen).refresh
    elsewhere = sessions.sign_in("anna", PASSWORD).refresh
    with pytest.raises(Unauthenticated, match="was used before"):
        sessions.renew(stolen)
    with pytest.raises(Unauthenticated, match="sign in again"):
        sessions.renew(mine)
    assert sessions.renew(elsewhere).access  # another session of the same user is another family


def test_of_two_at_once_one_wins_and_the_family_ends(sessions: Sessions):
    refresh = sessions.sign_in("anna", PASSWORD).refresh

    def renew(_: int) -> str | None:
        try:
            return sessions.renew(refresh).refresh
        except Unauthenticated:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [token for token in pool.map(renew, range(4)) if token]
    assert len(won) == 1


def test_a_session_ends_when_one_signs_out(sessions: Sessions):
    pair = sessions.sign_in("anna", PASSWORD)
    sessions.sign_out(pair.refresh)
    sessions.sign_out("sr_unknown")
    with pytest.raises(Unauthenticated):
        sessions.renew(pair.refresh)


def test_a_refresh_token_ends_by_itself(sessions: Sessions, clock: Clock):
    refresh = sessions.sign_in("anna", PASSWORD).refresh
    clock.ahead = tokens.REFRESH_LIFE + timedelta(seconds=1)
    with pytest.raises(Unauthenticated):
        sessions.renew(refresh)


def test_a_new_password_voids_every_token(sessions: Sessions, users: Users):
    pair = sessions.sign_in("anna", PASSWORD)
    users.set_password("anna", "another good one")
    with pytest.raises(Unauthenticated):
        sessions.user_of(pair.access)
    with pytest.raises(Unauthenticated):
        sessions.renew(pair.refresh)
    assert sessions.sign_in("anna", "another good one").access


def test_a_removed_user_is_gone(sessions: Sessions, users: Users):
    pair = sessions.sign_in("anna", PASSWORD)
    users.remove("anna")
    with pytest.raises(Unauthenticated):
        sessions.user_of(pair.access)
    with pytest.raises(Unauthenticated):
        sessions.renew(pair.refresh)
    for change in (users.remove, lambda name: users.set_password(name, PASSWORD)):
        with pytest.raises(UserNotFound, match="anna"):
            change("anna")
