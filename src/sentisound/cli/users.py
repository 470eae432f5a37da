"""``sentisound users``: people who sign in with a password (``POST /v1/tokens``)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sentisound.cli.keys import database, show

if TYPE_CHECKING:
    from sentisound.identity.users import User

EXAMPLES = """\b
Examples:
  sentisound users add anna --scope analyze --scope history:read
  sentisound users password anna
  pass show voice/anna | sentisound users add anna --scope admin --password-stdin
  sentisound users list
  sentisound users remove anna

\b
A user gets a token for the password, good for 15 minutes:
  curl -H "Content-Type: application/json" http://127.0.0.1:5000/v1/tokens \\
       -d '{"username": "anna", "password": "..."}'
Scopes are those of `sentisound keys --help`.
"""

from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")


@click.group(epilog=EXAMPLES)
def users() -> None:
    """Add, list and remove users, and change their passwords."""


@users.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="What is allowed; repeatable.")
@from_stdin
def add(name: str, scopes: tuple[str, ...], password_stdin: bool) -> None:
    """Add a user; the password is asked for."""
    from sentisound.identity.users import Users

    with database() as held:
        Users(held).add(name, asked(password_stdin), scopes)
    click.echo(f"{name} added")


@users.command("list")
@click.option("as_json", "--json", is_flag=True, help="One JSON object a line.")
def list_users(as_json: bool) -> None:
    """List the users by name."""
    from sentisound.identity.users import Users

    with database() as held:
        found = [described(user) for user in Users(held).list()]
    show(found, as_json, ("name", "scopes", "created", "changed"), "no user yet")


@users.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user, whose tokens are void from now on; what was analysed stays."""
    from sentisound.identity.users import Users

    with database() as held:
        Users(held).remove(name)
    click.echo(f"{name} removed")


@users.command("password")
@click.argument("name")
@from_stdin
def password(name: str, password_stdin: bool) -> None:
    """Change a user's password; the tokens that there are, are void from now on."""
    from sentisound.identity.users import Users

    with database() as held:
        Users(held).set_password(name, asked(password_stdin))
    click.echo(f"the password of {name} is changed")


def asked(password_stdin: bool) -> str:
    """Return a password: a line of standard input, or typed twice without being shown."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def described(user: User) -> dict[str, Any]:
    """Return what may be told of a user."""
    return {
        "name": user.name,
        "scopes": sorted(user.scopes),
        "created": user.created.isoformat(),
        "changed": user.changed.isoformat(),
    }
