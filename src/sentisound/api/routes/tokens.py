"""``/v1/tokens``: a password, or a refresh token, for a short access token and the next refresh token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from starlette.concurrency import run_in_threadpool

from sentisound.api.addresses import client_network
from sentisound.api.dependencies import TheDoors
from sentisound.api.problems import problems
from sentisound.identity.passwords import MAX_CHARACTERS
from sentisound.identity.tokens import ACCESS_LIFE, Pair

router = APIRouter(prefix="/v1/tokens", tags=["tokens"], responses=problems(400, 503))

Token = Annotated[SecretStr, Field(max_length=100)]


class Credentials(BaseModel):
    """What ``POST /v1/tokens`` takes: ``username`` and ``password``, or ``refresh_token``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: Annotated[str | None, Field(max_length=100)] = None
    password: Annotated[SecretStr | None, Field(max_length=MAX_CHARACTERS)] = None
    refresh_token: Token | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Credentials:
        by_password = self.username is not None and self.password is not None
        by_token = self.refresh_token is not None
        if by_password == by_token or (by_token and (self.username or self.password)):
            raise ValueError("send username and password, or refresh_token")
        return self


class Tokens(BaseModel):
    """What ``POST /v1/tokens`` answers (RFC 6749, section 5.1)."""

    model_config = ConfigDict(frozen=True)

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    """Seconds."""
    refresh_token: str
    """Good for one use; the answer to it brings the next."""
    refresh_expires_in: int
    """Seconds until the password is needed again."""
    scopes: list[str]

    @classmethod
    def of(cls, pair: Pair) -> Tokens:
        """Return the shape of a pair of tokens."""
        return cls(
            access_token=pair.access,
            expires_in=int(ACCESS_LIFE.total_seconds()),
            refresh_token=pair.refresh,
            refresh_expires_in=int((pair.refresh_expires - datetime.now(UTC)).total_seconds()),
            scopes=sorted(pair.scopes),
        )


class Revoked(BaseModel):
    """What ``POST /v1/tokens/revoke`` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    refresh_token: Token


@router.post("")
async def issue(credentials: Credentials, request: Request, doors: TheDoors) -> Tokens:
    """Give tokens for a password or a refresh token. A refresh token that comes twice ends the session."""
    if credentials.refresh_token is not None:
        return Tokens.of(
            await run_in_threadpool(doors.gate.sessions.renew, credentials.refresh_token.get_secret_value())
        )
    name = credentials.username or ""
    password = credentials.password.get_secret_value() if credentials.password else ""
    return Tokens.of(await doors.sign_in.pair(name, password, client_network(request)))


@router.post("/revoke", status_code=204)
def revoke(token: Revoked, doors: TheDoors) -> None:
    """End a session: the refresh token and all that came of the same password are void (RFC 7009)."""
    doors.gate.sessions.sign_out(token.refresh_token.get_secret_value())
