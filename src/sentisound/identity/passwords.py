"""Passwords of users, kept as argon2id hashes (RFC 9106, its recommendation for little memory: 64 MiB)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sentisound.errors import BadAccess

MIN_CHARACTERS, MAX_CHARACTERS = 10, 256
"""Length protects, rules about digits do not (NIST SP 800-63B)."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return hashed("a password that nobody has")


def hashed(password: str) -> str:
    """Return the hash of a password; takes some 50 ms and 64 MiB, as it would for somebody who guesses.

    Raises
    ------
    BadAccess
        When it is too short, or longer than people choose.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise BadAccess(f"a password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters; this has {len(password)}")
    return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def is_password(password: str, known: str | None) -> bool:
    """Return whether a password has the hash ``known``; None (no such user) takes as long, and is never right."""
    try:
        right = _hasher().verify(known or _nobody(), password[:MAX_CHARACTERS].encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return right and known is not None
