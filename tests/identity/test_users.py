"""Users and their tokens: a password buys a pair, a refresh token the next one, and a stolen one ends them all."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier

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
    clock.ahead = -tokens.ACCESS_LIFE - tokens.SKEW - timedelta(seconds=5)
    old = sessions.sign_in("anna", PASSWORD).access
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens.read(old, lambda: SECRET)


def forged(**changed: object) -> dict[str, object]:
    now = int(datetime.now(UTC).timestamp())
    said = {"iss": "sentisound", "aud": "sentisound", "sub": "anna", "sid": "0" * 32, "iat": now, "exp": now + 60}
    return {**said, **changed}


STRANGE: list[object] = [-1e300, 1e300, float("nan"), float("inf"), -float("inf"), 10**400, None, "", "x", [], {}, True]


def nested(depth: int) -> str:
    """Return what looks like a token whose head is JSON of that depth."""
    return base64.urlsafe_b64encode(b"[" * depth).decode().rstrip("=") + ".e30.AAAA"


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
        jwt.encode(forged(), SECRET, "HS256"),  # rightly signed, of no session
        *(jwt.encode(forged(iat=value), SECRET, "HS256") for value in STRANGE),
        *(jwt.encode(forged(exp=value), SECRET, "HS256") for value in STRANGE),
        *(jwt.encode(forged(sid=value), SECRET, "HS256") for value in STRANGE),
        nested(1_500),
        nested(40_000),
        "é.ü.\U0001f511",
        "." * 100_000,
    ],
    ids=lambda token: token[-20:],
)
def test_a_forged_token_is_refused(sessions: Sessions, token: str):
    with pytest.raises(Unauthenticated):
        sessions.user_of(token)


@pytest.mark.parametrize(
    ("seconds", "valid"), [(-50, True), (50, True), (-70, False), (70, False)], ids=["behind", "ahead", "old", "early"]
)
def test_clocks_may_differ_by_a_minute(sessions: Sessions, seconds: int, valid: bool):
    """``seconds`` past its end or before its beginning, a token is still good or not."""
    session = tokens.read(sessions.sign_in("anna", PASSWORD).access, lambda: SECRET).session
    now = int(datetime.now(UTC).timestamp())
    times = {"iat": now + seconds, "exp": now + 900} if seconds > 0 else {"iat": now - 900, "exp": now + seconds}
    token = jwt.encode(forged(sid=session, **times), SECRET, "HS256")
    if valid:
        assert sessions.user_of(token).name == "anna"
    else:
        with pytest.raises(Unauthenticated):
            sessions.user_of(token)


def test_a_token_of_an_older_version_is_to_be_renewed(sessions: Sessions):
    pair = sessions.sign_in("anna", PASSWORD)
    old = {name: value for name, value in forged().items() if name != "sid"}
    with pytest.raises(Unauthenticated, match="get one with POST /v1/tokens"):
        sessions.user_of(jwt.encode(old, SECRET, "HS256"))
    assert sessions.user_of(sessions.renew(pair.refresh).access).name == "anna"


def test_an_access_token_lives_on_when_its_session_is_renewed(sessions: Sessions):
    pair = sessions.sign_in("anna", PASSWORD)
    next_pair = sessions.renew(pair.refresh)
    assert sessions.user_of(pair.access).name == sessions.user_of(next_pair.access).name == "anna"


def ended(sessions: Sessions, *accesses: str) -> None:
    """Assert that none of these access tokens opens anything."""
    for access in accesses:
        with pytest.raises(Unauthenticated, match="sign in again"):
            sessions.user_of(access)


def test_signing_out_ends_the_access_tokens_of_the_session_at_once(sessions: Sessions):
    pair, elsewhere = sessions.sign_in("anna", PASSWORD), sessions.sign_in("anna", PASSWORD)
    later = sessions.renew(pair.refresh)
    sessions.sign_out(later.refresh)
    ended(sessions, pair.access, later.access)
    assert sessions.user_of(elsewhere.access).name == "anna"


def test_signing_out_with_an_old_refresh_token_ends_the_session_too(sessions: Sessions):
    pair = sessions.sign_in("anna", PASSWORD)
    later = sessions.renew(pair.refresh)
    sessions.sign_out(pair.refresh)
    ended(sessions, pair.access, later.access)


def test_a_used_refresh_token_ends_the_access_tokens_of_the_session_at_once(sessions: Sessions):
    pair, elsewhere = sessions.sign_in("anna", PASSWORD), sessions.sign_in("anna", PASSWORD)
    later = sessions.renew(pair.refresh)
    with pytest.raises(Unauthenticated, match="was used before"):
        sessions.renew(pair.refresh)
    ended(sessions, pair.access, later.access)
    assert sessions.user_of(elsewhere.access).name == "anna"


def test_a_session_that_has_grown_old_takes_its_access_tokens_with_it(sessions: Sessions, clock: Clock):
    pair = sessions.sign_in("anna", PASSWORD)
    clock.ahead = tokens.REFRESH_LIFE + timedelta(seconds=1)
    ended(sessions, pair.access)


@pytest.mark.parametrize("end", ["sign out", "password", "remove", "reuse"])
def test_a_session_that_is_ended_while_it_is_renewed_has_ended(sessions: Sessions, users: Users, end: str):
    """Whichever comes first: no token that was made meanwhile lives on."""
    for _ in range(8):
        pair = sessions.sign_in("anna", PASSWORD)
        later = sessions.renew(pair.refresh)
        ends: dict[str, Callable[[], object]] = {
            "sign out": partial(sessions.sign_out, later.refresh),
            "password": partial(users.set_password, "anna", PASSWORD),
            "remove": partial(users.remove, "anna"),
            "reuse": partial(sessions.renew, pair.refresh),
        }
        made = [one for one in at_once(partial(sessions.renew, later.refresh), ends[end]) if one is not None]
        ended(sessions, pair.access, later.access, *(one.access for one in made))
        if end == "remove":
            users.add("anna", PASSWORD, ["analyze"])


def test_a_password_that_is_changed_while_one_signs_in_buys_nothing(sessions: Sessions, users: Users):
    other = [PASSWORD, "another good one"]
    for round_ in range(4):
        old, new = other[round_ % 2], other[(round_ + 1) % 2]
        made = at_once(partial(sessions.sign_in, "anna", old), partial(users.set_password, "anna", new))
        ended(sessions, *(one.access for one in made if one is not None))


def at_once(*works: Callable[[], object]) -> list:
    """Do all of this at the same moment; return what came of it, None where it was refused."""
    gate = Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        gate.wait(10)
        try:
            return work()
        except Unauthenticated:
            return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_a_renewal_that_fails_leaves_the_token_as_it_was(sessions: Sessions, monkeypatch: pytest.MonkeyPatch):
    pair = sessions.sign_in("anna", PASSWORD)
    monkeypatch.setattr(tokens, "new_refresh", lambda: None)  # no token: its hash cannot be written
    with pytest.raises(AttributeError):
        sessions.renew(pair.refresh)
    monkeypatch.undo()
    assert sessions.user_of(pair.access).name == "anna"
    assert sessions.renew(pair.refresh).access


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


def test_a_new_secret_ends_access_tokens_and_no_refresh_token(
    database: Holder[Database], sessions: Sessions, users: Users
):
    pair = sessions.sign_in("anna", PASSWORD)
    later = Sessions(database, users, lambda: "t" * 48)
    with pytest.raises(Unauthenticated, match="is not valid"):
        later.user_of(pair.access)
    assert later.user_of(later.renew(pair.refresh).access).name == "anna"


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
