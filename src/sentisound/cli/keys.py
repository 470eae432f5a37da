"""``sentisound keys``: API keys, to make the first one, to list and to revoke them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from sentisound.cli.history import age
from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from sentisound.history.database import Database
    from sentisound.history.holder import Holder
    from sentisound.identity.keys import Key

NEEDED = ("sqlalchemy", "alembic", "argon2")
"""What the extra ``serve`` installs, and keys and users need."""

EXAMPLES = """\b
Examples:
  sentisound keys create --name laptop --scope admin
  sentisound keys create --name app --scope analyze --scope history:read --expires 90d
  sentisound keys list
  sentisound keys revoke 5f0c9a1b2c3d4e5f

\b
Scopes:
  analyze        analyse sounds, see the pictures and reports of what was just analysed
  history:read   read one's own analyses
  history:write  delete one's own analyses
  admin          everything, also keys, webhooks and metrics

\b
A server that other machines can reach asks for a key with every request:
  curl -H "Authorization: Bearer ss_..." -F file=@clip.wav http://HOST:5000/predict
"""


@click.group(epilog=EXAMPLES)
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command("create", epilog="\b\nExample:\n  sentisound keys create --name app --scope analyze --expires 90d\n")
@click.option("--name", required=True, metavar="NAME", help="Whose or what for the key is.")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="What it allows; repeatable.")
@click.option("--owner", metavar="OWNER", help="Whose analyses it makes and sees: OWNER of `keys list`, or user:NAME.")
@click.option("--expires", type=age, metavar="AGE", help="When it ends: 12h, 90d, 8w, 2y from now. Never without it.")
@click.option("as_json", "--json", is_flag=True, help="The key and what is known of it as JSON.")
def create(name: str, scopes: tuple[str, ...], owner: str | None, expires: timedelta | None, as_json: bool) -> None:
    """Make a key and print it.

    Only its hash is kept: it cannot be shown again. A key that is lost is revoked, and another one made.
    """
    from sentisound.identity.keyring import Keyring

    with database() as held:
        key, text = Keyring(held).create(name, scopes, owner=owner, life=expires)
    if as_json:
        click.echo(json.dumps({"key": text, "about": described(key)}))
        return
    click.echo(text)
    click.echo(f"This is key {key.id}; it is shown this once. Keep it where nobody else reads it.", err=True)


@keys.command("list")
@click.option("as_json", "--json", is_flag=True, help="One JSON object a line.")
def list_keys(as_json: bool) -> None:
    """List the keys, the oldest first; never the keys themselves."""
    from sentisound.identity.keyring import Keyring

    with database() as held:
        found = [described(key) for key in Keyring(held).list()]
    show(found, as_json, ("id", "name", "owner", "scopes", "created", "expires", "last_used"), "no key yet")


@keys.command("revoke")
@click.argument("identity", metavar="ID")
def revoke(identity: str) -> None:
    """Revoke a key: from now on it opens nothing."""
    from sentisound.identity.keyring import Keyring

    with database() as held:
        Keyring(held).revoke(identity)
    click.echo(f"{identity} revoked")


@contextmanager
def database() -> Iterator[Holder[Database]]:
    """Give the database of the settings.

    Raises
    ------
    MissingExtra
        When something that it needs is not installed; the message says what to install.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"keys and users need {', '.join(missing)}: pip install '.[serve]' in a clone")
    from sentisound.history.database import Database
    from sentisound.history.holder import Holder
    from sentisound.history.place import place_of
    from sentisound.settings import Settings

    held = Holder(Database, place_of(Settings.load()))
    try:
        yield held
    finally:
        held.close()


def described(key: Key) -> dict[str, Any]:
    """Return what may be told of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": sorted(key.scopes),
        "created": key.created.isoformat(),
        "expires": key.expires.isoformat() if key.expires else None,
        "last_used": key.last_used.isoformat() if key.last_used else None,
    }


def show(rows: list[dict[str, Any]], as_json: bool, columns: tuple[str, ...], nothing: str) -> None:
    """Print rows as a table, or as one JSON object a line."""
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    if not rows:
        click.echo(nothing, err=True)
        return
    from rich.table import Table

    from sentisound.cli.terminal import console, printable, show as put

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(printable(_cell(row[column])) for column in columns))
    put(console(), table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return " ".join(value)
    return str(value)[:16] if "T" in str(value)[10:11] else str(value)  # a time to the minute
