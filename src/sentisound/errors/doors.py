"""Errors of the server's doors: who may ask, what is repeated, where webhooks may go."""

from __future__ import annotations

from sentisound.errors.base import SentiSoundError


class AccessError(SentiSoundError):
    """A caller may not do what was asked, or a key or user is not as it must be."""

    code = "access"
    status = 403
    title = "This is not allowed"


class Unauthenticated(AccessError, PermissionError):
    """No credential came with the request, or none that is valid."""

    code = "unauthenticated"
    status = 401
    title = "A valid key or token is needed"


class Forbidden(AccessError, PermissionError):
    """The caller is known, and lacks the scope that is needed."""

    code = "forbidden"
    title = "The key or token does not allow this"

    def __init__(self, message: str, scope: str = "") -> None:
        super().__init__(message)
        self.scope = scope
        """The scope that is lacking."""


class ForeignOrigin(AccessError, PermissionError):
    """The request comes from a page of another site, or names another host than this server."""

    code = "foreign_origin"
    title = "The request comes from another site"


class TooManyRequests(AccessError, PermissionError):
    """The caller has used up what is allowed for now."""

    code = "too_many_requests"
    status = 429
    title = "The limit is reached for now"

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """Seconds after which the request may be repeated."""


class BadAccess(AccessError, ValueError):
    """A scope, a name, an age or a password cannot be used for a key or a user."""

    code = "bad_access"
    status = 422
    title = "The key or user cannot be made like this"


class KeyNotFound(AccessError, LookupError):
    """No key has this id."""

    code = "key_not_found"
    status = 404
    title = "There is no such key"


class UserNotFound(AccessError, LookupError):
    """No user has this name."""

    code = "user_not_found"
    status = 404
    title = "There is no such user"


class UserExists(AccessError, ValueError):
    """A user of this name is there already."""

    code = "user_exists"
    status = 409
    title = "There is such a user already"


class RepeatError(SentiSoundError):
    """A request that says that it is a repetition cannot be answered as one."""

    code = "repeat"
    status = 409
    title = "The request cannot be repeated"


class BadIdempotencyKey(RepeatError, ValueError):
    """The ``Idempotency-Key`` is not one."""

    code = "bad_idempotency_key"
    status = 400
    title = "The Idempotency-Key is not usable"


class OtherBody(RepeatError, ValueError):
    """The ``Idempotency-Key`` was used for another request."""

    code = "idempotency_key_reused"
    status = 422
    title = "The Idempotency-Key was used for another request"


class StillRunning(RepeatError, ValueError):
    """The first request with this ``Idempotency-Key`` is not answered yet."""

    code = "idempotency_in_flight"
    title = "The first request with this key is still being answered"
    retry_after_s = 1


class WebhookError(SentiSoundError):
    """A webhook cannot be used."""

    code = "webhook"
    title = "The webhook cannot be used"


class BadWebhook(WebhookError, ValueError):
    """An address or an event cannot be used for a webhook."""

    code = "bad_webhook"
    status = 422
    title = "The webhook cannot be used"


class WebhookNotFound(WebhookError, LookupError):
    """No webhook has this id."""

    code = "webhook_not_found"
    status = 404
    title = "There is no such webhook"


class AddressRefused(WebhookError, OSError):
    """A webhook's host leads to an address that it must not reach."""

    code = "address_refused"
    status = 422
    title = "The webhook leads to an address that is not allowed"
