"""`sentisound keys` and `sentisound users`: made once, shown once, and never again."""

from __future__ import annotations

import json
import sys

import pytest

from sentisound.cli.keys import database
from sentisound.errors import Unauthenticated
from sentisound.identity.gate import Gate
from sentisound.settings import Settings

PASSWORD = "correct horse battery"  # noqa: S105


def test_a_key_is_printed_once_alone_and_opens(run):
    made = run("keys", "create", "--name", "laptop", "--scope", "admin", "--expires", "90d")
    key = made.stdout.strip()
    assert made.exit_code == 0
    assert "shown this once" in made.stderr
    with database() as held:
        assert Gate.of(Settings.load(), held).owner_of(key).scopes == {"admin"}
    listed = run("keys", "list")
    assert "laptop" in listed.stdout
    assert key not in listed.stdout
    (row,) = [json.loads(line) for line in run("keys", "list", "--json").stdout.splitlines()]
    assert (row["name"], row["scopes"]) == ("laptop", ["admin"])
    assert "hash" not in str(row)
    assert run("keys", "revoke", row["id"]).stdout == f"{row['id']} revoked\n"
    with database() as held, pytest.raises(Unauthenticated):
        Gate.of(Settings.load(), held).owner_of(key)
    assert run("keys", "list").stderr == "no key yet\n"


def test_json_holds_the_key_and_what_is_known(run):
    made = json.loads(run("keys", "create", "--name", "x", "--scope", "analyze", "--owner", "user:a", "--json").stdout)
    assert made["key"].startswith(f"ss_{made['about']['id']}_")
    assert made["about"]["owner"] == "user:a"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["create", "--name", "x", "--scope", "all"], 2, "there is no scope 'all'"),
        (["create", "--name", "x"], 2, "--scope"),
        (["create", "--name", "x", "--scope", "admin", "--expires", "soon"], 2, "is not an age"),
        (["revoke", "nothing"], 1, "there is no key 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_said(run, arguments: list[str], code: int, words: str):
    result = run("keys", *arguments)
    assert result.exit_code == code
    assert words in result.stderr


def test_a_user_is_added_changed_and_removed(run):
    added = run("users", "add", "anna", "--scope", "analyze", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0
    assert PASSWORD not in added.output
    again = run("users", "add", "anna", "--scope", "admin", "--password-stdin", input=f"{PASSWORD}\n")
    assert (again.exit_code, "there is a user 'anna'" in again.stderr) == (1, True)
    changed = run("users", "password", "anna", "--password-stdin", input="another good one\n")
    assert changed.stdout == "the password of anna is changed\n"
    (row,) = [json.loads(line) for line in run("users", "list", "--json").stdout.splitlines()]
    assert (row["name"], row["scopes"]) == ("anna", ["analyze"])
    assert "anna" in run("users", "list").stdout
    assert run("users", "remove", "anna").stdout == "anna removed\n"
    assert run("users", "remove", "anna").exit_code == 1
    assert run("users", "list").stderr == "no user yet\n"


def test_a_short_password_is_wrong_usage(run):
    result = run("users", "add", "anna", "--scope", "analyze", "--password-stdin", input="short\n")
    assert (result.exit_code, "10 to 256 characters" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["sqlalchemy", "alembic", "argon2"])
def test_a_missing_extra_says_what_to_install(name: str, run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, name, None)
    result = run("keys", "list")
    assert (result.exit_code, "pip install '.[serve]' in a clone" in result.stderr) == (2, True)
