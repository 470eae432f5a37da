"""Keys: they open once made, not before and not after, and nothing that is kept opens anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from sentisound.errors import BadAccess, Forbidden, KeyNotFound, Unauthenticated
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.identity.gate import Gate
from sentisound.identity.keyring import Keyring
from sentisound.identity.keys import hash_of, is_secret, mint, parts_of
from sentisound.identity.owner import SCOPES, Owner, scopes_of
from sentisound.settings import Settings


@pytest.fixture
def keyring(database: Holder[Database]) -> Keyring:
    return Keyring(database)


@pytest.fixture
def gate(settings: Settings, database: Holder[Database]) -> Gate:
    return Gate.of(settings.model_copy(update={"require_keys": True}), database)


def test_a_key_has_the_form_that_the_contract_says_and_256_random_bits():
    minted = mint()
    assert re.fullmatch(r"ss_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", minted.text)
    assert parts_of(minted.text) == (minted.id, minted.text.split("_", 2)[2])
    assert len({mint().text for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "ss_", "ss_1_2", "xx" + mint().text[2:], mint().text + "x", mint().text.upper()])
def test_anything_else_is_no_key(text: str):
    assert parts_of(text) is None


def test_only_the_right_secret_has_the_hash():
    assert is_secret("a", hash_of("a"))
    assert not is_secret("b", hash_of("a"))
    assert not is_secret("a", "")


def test_a_key_opens_what_it_was_made_for(keyring: Keyring, gate: Gate):
    key, text = keyring.create("app", ["analyze"])
    owner = gate.owner_of(text)
    assert (owner.id, owner.credential, owner.scopes) == (f"key:{key.id}", f"key:{key.id}", {"analyze"})
    owner.check("analyze")
    with pytest.raises(Forbidden, match="needs the scope history:read"):
        owner.check("history:read")


def test_what_is_kept_is_no_key(keyring: Keyring, database: Holder[Database]):
    _, made = keyring.create("app", ["admin"])
    row = database.read(lambda connection: connection.execute(text("SELECT * FROM keys")).one())
    assert made.split("_", 2)[2] not in str(row)


def test_a_key_with_another_secret_opens_nothing(keyring: Keyring, gate: Gate):
    _, text = keyring.create("app", ["admin"])
    for wrong in (text[:-1] + ("A" if text[-1] != "A" else "B"), mint().text, "ss_no", ""):
        with pytest.raises(Unauthenticated):
            gate.owner_of(wrong)


def test_a_key_ends_when_it_was_to_end(keyring: Keyring, gate: Gate, database: Holder[Database]):
    key, made = keyring.create("app", ["admin"], life=timedelta(days=1))
    assert gate.owner_of(made).id == key.owner
    assert keyring.count_valid() == 1
    database.write(lambda connection: connection.execute(text("UPDATE keys SET expires_us = 1")))
    with pytest.raises(Unauthenticated, match="has expired"):
        gate.owner_of(made)
    assert keyring.count_valid() == 0


def test_a_revoked_key_opens_nothing_from_now_on(keyring: Keyring, gate: Gate):
    key, text = keyring.create("app", ["admin"])
    gate.owner_of(text)
    keyring.revoke(key.id)
    with pytest.raises(Unauthenticated):
        gate.owner_of(text)
    assert keyring.list() == ()
    with pytest.raises(KeyNotFound, match=key.id):
        keyring.revoke(key.id)


def test_keys_of_one_owner_share_it(keyring: Keyring, gate: Gate):
    old, new = (keyring.create(name, ["analyze"], owner="user:anna")[1] for name in ("old", "new"))
    assert gate.owner_of(old).id == gate.owner_of(new).id == "user:anna"
    assert gate.owner_of(old).credential != gate.owner_of(new).credential


def test_the_last_use_is_noted_to_the_minute(keyring: Keyring, gate: Gate):
    key, text = keyring.create("app", ["analyze"])
    assert key.last_used is None
    gate.owner_of(text)
    first = keyring.list()[0].last_used
    assert first is not None
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    gate.owner_of(text)
    assert keyring.list()[0].last_used == first


def test_a_clock_that_was_set_back_does_not_stop_the_noting(keyring: Keyring):
    key, _ = keyring.create("app", ["analyze"])
    now = datetime.now(UTC)
    keyring.note_use(key, now + timedelta(days=400))
    keyring.note_use(keyring.list()[0], now)
    assert keyring.list()[0].last_used == now


@pytest.mark.parametrize(
    ("name", "scopes", "options", "words"),
    [
        ("", ["analyze"], {}, "1 to 200 characters"),
        ("x" * 201, ["analyze"], {}, "1 to 200 characters"),
        ("app", [], {}, "at least one scope"),
        ("app", ["everything"], {}, "no scope 'everything'; there are analyze, history:read, history:write, admin"),
        ("app", ["analyze"], {"owner": "a b"}, "cannot own a key"),
        ("app", ["analyze"], {"life": timedelta(0)}, "lives between"),
        ("app", ["analyze"], {"life": timedelta(days=-1)}, "lives between"),
        ("app", ["analyze"], {"life": timedelta(days=36_501)}, "lives between"),
        ("app", ["analyze"], {"life": timedelta.max}, "lives between"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(keyring: Keyring, name, scopes, options, words: str):
    with pytest.raises(BadAccess, match=words):
        keyring.create(name, scopes, **options)
    assert keyring.list() == ()


def test_admin_may_everything_and_sees_everybody():
    admin, app = Owner("key:1", scopes_of(["admin"])), Owner("key:2", scopes_of(["analyze"]))
    assert all(admin.may(scope) for scope in SCOPES)
    assert (admin.sees, app.sees) == (None, "key:2")
    assert [scope for scope in SCOPES if app.may(scope)] == ["analyze"]


@pytest.mark.parametrize("name", ["local", "anonymous", "", "admin"])
def test_no_name_sees_everybody(name: str):
    assert Owner(name, scopes_of(["analyze", "history:read"])).sees == name
    assert not Owner(name).scopes


RESERVED = ["local", "anonymous", "LOCAL", "Anonymous"]
STRANGE = [
    "",
    " ",
    "a b",
    "lo\0cal",
    "local\n",
    "l\u043ecal",
    "\uff4cocal",
    "a/b",
    "x" * 65,
    "user:",
    "USER:anna",
    "user:a b",
]
STRANGE += ["user::anna", "key:", "key:1", "key:" + "0" * 17]


@pytest.mark.parametrize("owner", RESERVED + STRANGE)
def test_a_key_cannot_be_made_for_those_who_have_none(keyring: Keyring, owner: str):
    with pytest.raises(BadAccess, match="cannot own a key") as caught:
        keyring.create("app", ["analyze"], owner=owner)
    assert str(caught.value).isascii()
    assert keyring.list() == ()


@pytest.mark.parametrize(
    "owner", ["team", "team:blue", "a.b@c-d_e", "user:anna", "user:a.b@example.org", "key:" + "0" * 16]
)
def test_other_owners_can_have_keys(keyring: Keyring, owner: str):
    assert keyring.create("app", ["analyze"], owner=owner)[0].owner == owner


@pytest.mark.parametrize("owner", ["local", "anonymous", "", "l\u043ecal", "a\nb"])
def test_a_key_of_an_older_version_has_nothing_of_those_who_have_none(
    keyring: Keyring, gate: Gate, database: Holder[Database], owner: str
):
    key, made = keyring.create("app", ["analyze", "history:read"])
    renamed = text("UPDATE keys SET owner = :owner").bindparams(owner=owner)
    database.write(lambda connection: connection.execute(renamed))
    assert (gate.owner_of(made).id, gate.owner_of(made).sees) == (f"key:{key.id}", f"key:{key.id}")
    assert keyring.list()[0].owner == f"key:{key.id}"


@pytest.mark.parametrize(
    ("chosen", "asks"),
    [
        ({"host": "127.0.0.1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "127.0.0.1", "require_keys": True}, True),
        ({"host": "0.0.0.0"}, True),  # noqa: S104
        ({"host": "0.0.0.0", "allow_anonymous": True}, False),  # noqa: S104
        ({"host": "0.0.0.0", "allow_anonymous": True, "require_keys": True}, True),  # noqa: S104
        ({"host": "no.such.host.invalid"}, True),
    ],
)
def test_keys_are_asked_for_where_others_can_reach_the_server(chosen: dict, asks: bool):
    gate = Gate.of(Settings.load(**chosen))
    assert gate.asks == asks
    if asks:
        with pytest.raises(Unauthenticated, match="Authorization: Bearer"):
            gate.owner_of(None)
    else:
        assert gate.owner_of(None).id == ("anonymous" if chosen["host"] == "0.0.0.0" else "local")  # noqa: S104


def test_strangers_who_are_let_in_are_no_administrators():
    assert Gate.of(Settings.load(host="127.0.0.1")).owner_of(None).may("admin")
    anybody = Gate.of(Settings.load(host="0.0.0.0", allow_anonymous=True)).owner_of(None)  # noqa: S104
    assert anybody.sees == "anonymous"
    assert [scope for scope in SCOPES if anybody.may(scope)] == ["analyze", "history:read", "history:write"]
