"""A server that asks for keys, and keys for it: what the tests of the doors share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sentisound.cli.keys import database
from sentisound.identity.keyring import Keyring
from sentisound.identity.users import Users

PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True)
class Doorway:
    """A running server, and how to ask it as somebody."""

    client: httpx.Client
    folder: Path

    def ask(self, key: str | None, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)


def key_of(*scopes: str, owner: str | None = None) -> str:
    """Make a key in the data folder of the environment and return it."""
    with database() as held:
        return Keyring(held).create("a test", scopes, owner=owner)[1]


def user_of(name: str, *scopes: str) -> None:
    """Add a user in the data folder of the environment."""
    with database() as held:
        Users(held).add(name, PASSWORD, scopes)


@contextmanager
def asking(serving: Any, analyzer: Any, folder: Path, **settings: Any) -> Iterator[Doorway]:
    """Serve with keys asked for; the environment must name the same data folder."""
    with serving(analyzer, require_keys=True, data_dir=folder, **settings) as client:
        yield Doorway(client, folder)
