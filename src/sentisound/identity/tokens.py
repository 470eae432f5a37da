"""Tokens of users: a short access token (JWT, HS256), and a refresh token that is good for one use.

``Authorization: Bearer`` takes an access token, which names the session that it belongs to. A refresh token buys the
next pair; it is kept as a hash only.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from sentisound.errors import Unauthenticated

ALGORITHM = "HS256"
NAME = "sentisound"
"""Issuer and audience: a token of another service that shares the secret by mistake is not one of ours."""
ACCESS_LIFE = timedelta(minutes=15)
SKEW = timedelta(minutes=1)
"""By so much the clocks of servers that share a secret may differ."""
MAX_LENGTH = 2000
"""Characters of a token that is looked at; ours have some 400."""
REFRESH_LIFE = timedelta(days=30)
"""Of a whole family: after it the password is asked for again."""
REFRESH = re.compile(r"sr_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    user: str
    session: str
    """The family of refresh tokens that it came with."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a user gets for a password or a refresh token."""

    access: str
    refresh: str
    scopes: frozenset[str]
    refresh_expires: datetime


def signed(user: str, session: str, secret: str, now: datetime) -> str:
    """Return an access token of a user's session."""
    claims = {
        "iss": NAME,
        "aud": NAME,
        "sub": user,
        "sid": session,
        "iat": int(now.timestamp()),
        "exp": int((now + ACCESS_LIFE).timestamp()),
    }
    return jwt.encode({**claims, "jti": secrets.token_hex(8)}, secret, ALGORITHM)


def read(token: str, secret: Callable[[], str]) -> Claims:
    """Return what an access token says; the algorithm is ours, whatever its head claims.

    Raises
    ------
    Unauthenticated
        When it is not valid, or not any more. One without a session is of 0.1.0: none of those lives any more.
    """
    key, required = secret(), ["iss", "aud", "sub", "sid", "iat", "exp"]
    try:
        if len(token) > MAX_LENGTH:
            raise jwt.DecodeError
        said = jwt.decode(
            token, key, [ALGORITHM], audience=NAME, issuer=NAME, options={"require": required}, leeway=SKEW
        )
        return Claims(str(said["sub"]), str(said["sid"]))
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("the token has expired; get another with its refresh token: POST /v1/tokens") from None
    except (jwt.InvalidTokenError, ValueError, OverflowError, TypeError, RecursionError):  # JSON of any kind is in it
        raise Unauthenticated("the token is not valid; get one with POST /v1/tokens") from None


def new_refresh() -> str:
    """Return a new refresh token: 256 random bits."""
    return f"sr_{secrets.token_urlsafe(32)}"
