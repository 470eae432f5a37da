"""API keys, ``ss_<id>_<secret>``: the id finds the key, the secret proves it, and only the secret's hash is kept.

A secret is 256 random bits, so its plain SHA-256 cannot be searched; slow hashes are for passwords that people choose.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

PREFIX = "ss"
_KEY = re.compile(r"ss_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key; the text is shown once and kept nowhere."""

    id: str
    text: str
    secret_hash: str


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key."""

    id: str
    name: str
    """What people call it."""
    owner: str
    """To whom what it makes belongs; keys of one owner share it."""
    scopes: frozenset[str]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    """To the minute."""
    secret_hash: str


def mint() -> Minted:
    """Return a new key."""
    identity, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    return Minted(identity, f"{PREFIX}_{identity}_{secret}", hash_of(secret))


def parts_of(text: str) -> tuple[str, str] | None:
    """Return id and secret of a key; None where the text is no key."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


def hash_of(secret: str) -> str:
    """Return the hash of a secret, 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret(secret: str, secret_hash: str) -> bool:
    """Return whether a secret has this hash, in a time that does not depend on how much of it is right."""
    return hmac.compare_digest(hash_of(secret), secret_hash)
