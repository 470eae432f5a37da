"""The server's log: lines for people or JSON lines, each with the identity of its request, none with a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from sentisound.settings import Settings

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identity of the request that is being answered, also in the threads that work for it."""

SECRETS = re.compile(
    r"(?P<key>ss_[0-9a-f]{16}_)[A-Za-z0-9_-]+"
    r"|(?P<refresh>sr_)[A-Za-z0-9_-]{20,}"
    r"|(?P<hook>whsec_)[A-Za-z0-9+/=]+"
    r"|(?P<jwt>eyJ)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|(?P<url>[a-z+]+://[^\s:/@]+:)[^\s@/]+(?=@)"
)
"""Keys, tokens, webhooks' secrets, passwords in URLs: what comes before the secret stays."""
MASK = "***"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request_id"}


def masked(text: str) -> str:
    """Return a text without the secrets in it; nothing should have put them there, and this makes sure."""
    return SECRETS.sub(lambda found: next(part for part in found.groups() if part is not None) + MASK, text)


class TextFormatter(logging.Formatter):
    """Lines for people: time, level, where, identity of the request, message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; what was said in ``extra`` stands behind the message."""
        stamp = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        identity = f" [{request_id.get()}]" if request_id.get() else ""
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        line = f"{stamp} {record.levelname} {record.name}{identity} {record.getMessage()}{extra}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return masked(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``time, level, logger, message``, ``request_id``, and what was said in ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if request_id.get():
            said["request_id"] = request_id.get()
        if record.exc_info:
            said["exception"] = masked(self.formatException(record.exc_info))
        extra = {name: masked(value) if isinstance(value, str) else value for name, value in _extra(record).items()}
        return json.dumps({**extra, **said}, default=str)


class Sparing(logging.Filter):
    """Lets each message of a library through a few times, and then tells how many of the kind were left out.

    What a stranger does to a socket would otherwise fill the disk: asyncio tells every connection that it cannot
    accept, uvicorn every request that is none.
    """

    def __init__(self, burst: int = 5, window_s: float = 60) -> None:
        super().__init__()
        self._burst = burst
        self._window_s = window_s
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is told; the first of a window says what the one before left out."""
        kind = str(record.msg)[:100]
        began_s, count = self._seen.get(kind, (record.created, 0))
        if record.created - began_s > self._window_s:
            if count > self._burst:
                record.msg = f"{record.msg} (and {count - self._burst} more like it before)"
            began_s, count = record.created, 0
        if kind not in self._seen and len(self._seen) >= MAX_KINDS:
            self._seen.clear()
        self._seen[kind] = (began_s, count + 1)
        return count < self._burst


MAX_KINDS = 100
SPARING = Sparing()


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment, not to what it was when this was made."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(settings: Settings) -> None:
    """Send everything that is logged to standard error, in the form and from the level that the settings say."""
    handler = _StandardError()
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(settings.log_level.upper(), "WARNING", key=logging.getLevelName))
    logging.getLogger("sentisound").setLevel(settings.log_level.upper())
    logging.getLogger("uvicorn").setLevel(root.level)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(SPARING)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
