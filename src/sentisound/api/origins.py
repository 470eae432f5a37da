"""Origins: pages of other sites may not use the server, unless a setting names them.

Where no key is asked for, whatever runs in a browser on this machine could ask: a page of any site by sending a form to
127.0.0.1, or by letting its own name lead there (DNS rebinding). So the host that is asked for must be one of ours, and
what changes something must come from our own page. The same holds where strangers may ask: the server may stand in a
network that the page's own site does not reach. An address written as a number is no name that could be made to lead
here. Where keys are asked for, a foreign page has none, and any name will do.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from sentisound.api.errors import tell
from sentisound.errors import ForeignOrigin, SentiSoundError, SettingsError
from sentisound.settings import Settings

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@\\]+")
"""A site, or an app that shows pages from within itself: ``capacitor://localhost``, ``tauri://localhost``."""
SAFE = {"GET", "HEAD", "OPTIONS"}
SENT = [
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Idempotency-Key",
    "Prefer",
    "X-API-Key",
    "X-Request-ID",
    "X-Requested-With",
]
"""What pages send; upload widgets add ``Cache-Control`` and ``X-Requested-With`` to each request."""
SHOWN = [
    "Idempotency-Kept",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
    "X-SentiSound-Abstained",
    "X-SentiSound-History",
]


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a setting that holds several values."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def origins_of(settings: Settings) -> tuple[str, ...]:
    """Return the other sites that may use the server.

    Raises
    ------
    SettingsError
        When one is no origin.
    """
    origins = listed(settings.cors_origins)
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"SENTISOUND_CORS_ORIGINS: {origin!r} is no origin; write https://app.example.org, or capacitor://localhost"
                " for an app"
            )
    return origins


def cors(settings: Settings) -> list[Middleware]:
    """Return the middleware that lets pages of other sites in; none where no site is named."""
    origins = origins_of(settings)
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=SENT,
            expose_headers=SHOWN,
            allow_private_network=True,  # a site that is named may reach this server in a network of its user's
        )
    ]


class OwnPages:
    """ASGI middleware: refuses foreign hosts and foreign pages where no key is asked for.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    open_door : bool
        Whether no key is asked for.
    private : bool
        Whether only this machine reaches the server: then another address than its own is wrong too.
    """

    def __init__(self, app: ASGIApp, settings: Settings, *, open_door: bool, private: bool) -> None:
        self.app = app
        self.open_door = open_door
        self.private = private
        self.hosts = frozenset(host.lower() for host in listed(settings.allowed_hosts))
        self.origins = frozenset(origins_of(settings))
        machine = socket.gethostname().lower()
        self.own_names = frozenset({settings.host.lower(), machine, f"{machine}.local"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for who may ask."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        try:
            self._check(Headers(scope=scope), scope.get("method", "POST"))
        except (SentiSoundError, HTTPException) as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})  # before it is accepted: a 403
                return
            await tell(error, scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check(self, headers: Headers, method: str) -> None:
        host = headers.get("Host", "")
        if not self._is_ours(host):
            raise HTTPException(
                421, "this server is not asked for by that name (SENTISOUND_ALLOWED_HOSTS names others)"
            )
        if self.open_door and method not in SAFE and not self._is_own_page(headers, host):
            raise ForeignOrigin("pages of other sites may not use this server (SENTISOUND_CORS_ORIGINS lets some in)")

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        if name in self.hosts or (self.private and _is_local(name)):
            return True
        if self.hosts or not self.open_door:
            return not self.hosts
        return not self.private and (_is_local(name) or _address(name) is not None or name in self.own_names)

    def _is_own_page(self, headers: Headers, host: str) -> bool:
        origin = headers.get("Origin")
        if origin is None:  # no browser, or one that says so otherwise
            return headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
        if origin in self.origins:
            return True
        scheme, where = urlsplit(origin)[:2]
        where = where.lower()
        return scheme in {"http", "https"} and (where == host.lower() or (bool(where) and _name(where) in self.hosts))


def _name(host: str) -> str:
    """Return the host without its port, lower case, without brackets; empty where it is none."""
    name = host.lower()
    if name.startswith("["):
        inner, closed, rest = name[1:].partition("]")
        return inner if closed and rest[:1] in {"", ":"} else ""
    return name.partition(":")[0]


def _is_local(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
