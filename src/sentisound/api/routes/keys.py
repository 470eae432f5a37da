"""``/v1/keys``: API keys are made, listed and revoked by who has the scope ``admin``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from sentisound.api.access import ScopedRoute, requires
from sentisound.api.dependencies import TheDoors
from sentisound.api.problems import problems
from sentisound.identity.keyring import MAX_NAME
from sentisound.identity.keys import Key

router = APIRouter(
    prefix="/v1/keys",
    tags=["keys"],
    dependencies=[requires("admin")],
    responses=problems(503),
    route_class=ScopedRoute,
)


class NewKey(BaseModel):
    """What ``POST /v1/keys`` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="Whose or what for it is.")]
    scopes: Annotated[list[str], Field(min_length=1, max_length=8, description="What it allows.")]
    owner: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9._@:-]{1,64}$", description="Whose analyses it makes and sees; its own without it."),
    ] = None
    expires_in_days: Annotated[float | None, Field(gt=0, le=36_500)] = None


class KeyShape(BaseModel):
    """What is known of a key."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    owner: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    """To the minute."""

    @classmethod
    def of(cls, key: Key) -> KeyShape:
        """Return the shape of a key."""
        return cls(
            id=key.id,
            name=key.name,
            owner=key.owner,
            scopes=sorted(key.scopes),
            created=key.created,
            expires=key.expires,
            last_used=key.last_used,
        )


class MadeKey(BaseModel):
    """A key that was just made."""

    model_config = ConfigDict(frozen=True)

    key: str
    """The key itself; it cannot be had again."""
    about: KeyShape


class KeyList(BaseModel):
    """What ``GET /v1/keys`` answers."""

    model_config = ConfigDict(frozen=True)

    keys: list[KeyShape]


@router.post("", status_code=201, responses=problems(400))
def create(new: NewKey, doors: TheDoors) -> MadeKey:
    """Make a key. It is told this once."""
    life = None if new.expires_in_days is None else timedelta(days=new.expires_in_days)
    key, text = doors.gate.keyring.create(new.name, new.scopes, owner=new.owner, life=life)
    return MadeKey(key=text, about=KeyShape.of(key))


@router.get("")
def list_keys(doors: TheDoors) -> KeyList:
    """List the keys, the oldest first."""
    return KeyList(keys=[KeyShape.of(key) for key in doors.gate.keyring.list()])


@router.delete("/{id}", status_code=204, responses=problems(404))
def revoke(identity: Annotated[str, Path(alias="id", max_length=64)], doors: TheDoors) -> None:
    """Revoke a key: from now on it opens nothing."""
    doors.gate.keyring.revoke(identity)
