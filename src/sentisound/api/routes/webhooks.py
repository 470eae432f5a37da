"""``/v1/webhooks``: where to tell of analyses and jobs that have ended, registered by who has the scope ``admin``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from sentisound.api.access import ScopedRoute, requires
from sentisound.api.dependencies import TheDoors
from sentisound.api.problems import problems
from sentisound.webhooks.guard import MAX_URL
from sentisound.webhooks.mailbox import EVENTS, Webhook

router = APIRouter(
    prefix="/v1/webhooks",
    tags=["webhooks"],
    dependencies=[requires("admin")],
    responses=problems(503),
    route_class=ScopedRoute,
)


class NewWebhook(BaseModel):
    """What ``POST /v1/webhooks`` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(max_length=MAX_URL, description="https://host/path.")]
    events: Annotated[list[str], Field(min_length=1, max_length=10, description="What to tell of.")] = list(EVENTS)


class WebhookShape(BaseModel):
    """What is known of a webhook."""

    model_config = ConfigDict(frozen=True)

    id: str
    url: str
    events: list[str]
    created: datetime
    delivered: datetime | None
    """When it last took a message."""
    trouble: str | None
    """What went wrong with the last attempt."""
    waiting: int
    """Messages that it has not taken yet."""
    disabled: datetime | None = None
    """When it answered 410 (gone); it is told nothing more."""

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookShape:
        """Return the shape of a webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            created=webhook.created,
            delivered=webhook.delivered,
            trouble=webhook.trouble,
            waiting=webhook.waiting,
            disabled=webhook.disabled,
        )


class MadeWebhook(BaseModel):
    """A webhook that was just registered."""

    model_config = ConfigDict(frozen=True)

    secret: str
    """Checks the signatures (Standard Webhooks); it cannot be had again."""
    about: WebhookShape


class WebhookList(BaseModel):
    """What ``GET /v1/webhooks`` answers."""

    model_config = ConfigDict(frozen=True)

    webhooks: list[WebhookShape]


@router.post("", status_code=201, responses=problems(400))
def register(new: NewWebhook, doors: TheDoors) -> MadeWebhook:
    """Register an address. The secret is told this once."""
    doors.rounds.guard.check_url(new.url)
    webhook, secret = doors.rounds.mailbox.register(new.url, new.events)
    doors.rounds.look()
    return MadeWebhook(secret=secret, about=WebhookShape.of(webhook))


@router.get("")
def list_webhooks(doors: TheDoors) -> WebhookList:
    """List the webhooks, the oldest first."""
    return WebhookList(webhooks=[WebhookShape.of(webhook) for webhook in doors.rounds.mailbox.list()])


@router.delete("/{id}", status_code=204, responses=problems(404))
def remove(identity: Annotated[str, Path(alias="id", max_length=64)], doors: TheDoors) -> None:
    """Remove a webhook and what it was still to be told."""
    doors.rounds.mailbox.remove(identity)
    doors.rounds.look()
