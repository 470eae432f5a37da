"""Access: who asks, and whether they may.

``Identify`` finds the owner of each request before anything of it is read, ``requires`` lets a route ask for a scope.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, params
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sentisound.errors import SentiSoundError
from sentisound.identity.gate import Gate
from sentisound.identity.owner import Owner

__all__ = ["Identify", "Owner", "ScopedRoute", "credential_of", "requires"]

API_KEY = "X-API-Key"
BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="A key `ss_...`, or a user's access token.")
KEY_HEADER = APIKeyHeader(name=API_KEY, auto_error=False, scheme_name="key", description="A key `ss_...`.")


def requires(scope: str) -> params.Depends:
    """Return the dependency that gives a route the owner of its request, who has this scope.

    The dependency raises ``Unauthenticated`` (401) where nobody is known to ask, and ``Forbidden`` (403) where the
    scope is lacking. It reads no body.

    Examples
    --------
    >>> async def delete(identity: str, owner: Annotated[Owner, requires("history:write")]) -> None: ...
    """

    def owner(
        request: Request,
        _: Annotated[object, Depends(BEARER)] = None,  # for OpenAPI; who asks is known by now
        __: Annotated[object, Depends(KEY_HEADER)] = None,
    ) -> Owner:
        return owner_with(request, scope)

    _SCOPES[owner] = scope
    return params.Depends(owner)


_SCOPES: dict[Callable[..., Any], str] = {}
"""What each dependency made by ``requires`` asks for."""


def owner_with(request: Request, scope: str) -> Owner:
    """Return the owner of a request, who has this scope; raises as ``requires`` says."""
    found: Owner | SentiSoundError = request.state.owner
    if isinstance(found, SentiSoundError):
        raise found
    found.check(scope)
    return found


class ScopedRoute(APIRoute):
    """A route with a JSON body that is not read before the owner of the request has the scopes that it asks for.

    FastAPI reads and parses the body first, and looks at dependencies afterwards.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, behind the scopes of the route."""
        handle = super().get_route_handler()
        scopes = [_SCOPES[one.call] for one in self.dependant.dependencies if one.call in _SCOPES]

        async def handle_allowed(request: Request) -> Response:
            for scope in scopes:
                owner_with(request, scope)
            return await handle(request)

        return handle_allowed


class Identify:
    """ASGI middleware: puts the owner, or the reason why there is none, into ``request.state.owner``.

    A missing or wrong credential, or a database that cannot say, is told by the routes that ask for a scope: the page
    and the probes stay open.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the owner and run the application."""
        if scope["type"] in {"http", "websocket"}:
            scope.setdefault("state", {})["owner"] = await self._owner(credential_of(Headers(scope=scope)))
        await self.app(scope, receive, send)

    async def _owner(self, credential: str | None) -> Owner | SentiSoundError:
        try:
            if credential is None:
                return self.gate.owner_of(None)
            return await run_in_threadpool(self.gate.owner_of, credential)
        except SentiSoundError as error:
            return error


def credential_of(headers: Headers) -> str | None:
    """Return the credential that came with a request; ``Authorization`` counts before ``X-API-Key``.

    Another scheme than Bearer is a proxy's affair.
    """
    scheme, _, credential = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    return headers.get(API_KEY)
