"""An OpenAI-compatible HTTP endpoint: one question, one JSON answer, within a time; the key goes nowhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from sentisound import deadline
from sentisound.engine_errors import EngineAnswerInvalid, EngineMissing, EngineRefused, EngineUnavailable

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
BACKOFF_S = 0.5
"""Pause before the second try, doubled before each further one, where the endpoint names none."""
LOOK_S = 0.1
"""How often who waits looks whether the work should go on."""
MAX_BYTES = 8_000_000
"""Of an answer: an hour of words with their times has 2 MB."""
MAX_TOLD = 200
"""Characters of an endpoint's own words that a message quotes."""
TELLTALE = 8
"""So many characters in a row of a key are never shown."""
BUSY = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Status codes after which the same question may be asked again."""


class _Again(Exception):
    """The endpoint may answer another time."""

    def __init__(self, reason: str, pause_s: float | None = None) -> None:
        super().__init__(reason)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, for which model, with which key and patience."""

    name: str
    """Of the engine, for messages."""
    url: str
    """Base URL, ``https://host/v1``."""
    key: SecretStr | None
    key_setting: str
    """Environment variable of the key, for messages."""
    timeout_s: float
    """For one question, its retries included."""
    retries: int

    def ask(
        self, path: str, *, json: object = None, data: Mapping[str, Any] | None = None, file: bytes | None = None
    ) -> Any:
        """Send a question and return the JSON of the answer.

        Parameters
        ----------
        path : str
            Below the base URL.
        json : object, optional
            Body as JSON.
        data, file : optional
            Fields and a FLAC file of a multipart body.

        Raises
        ------
        EngineMissing
            When the HTTP library is not installed.
        EngineUnavailable
            When there is no answer in time.
        EngineRefused
            When the endpoint does not take the key or the question.
        EngineAnswerInvalid
            When the answer is no JSON, or too long.
        WorkCancelled, DeadlineExceeded
            When the current deadline says so between two tries or two pieces of the answer.
        """
        content = {"json": json, "data": data, "files": file and {"file": ("sound.flac", file, "audio/flac")}}
        end_s = time.monotonic() + min(self.timeout_s, deadline.current().remaining_s)
        for left in range(self.retries, -1, -1):
            deadline.check()
            try:
                return self._once(path, content, end_s)
            except _Again as again:
                pause_s = BACKOFF_S * 2 ** (self.retries - left) if again.pause_s is None else again.pause_s
                if not left or time.monotonic() + pause_s >= end_s:
                    wait = f"; it asks to come back in {pause_s:.0f} s" if again.pause_s else ""
                    raise EngineUnavailable(f"{again}{wait}") from None
                _pause(pause_s)
        raise AssertionError("unreachable")  # pragma: no cover

    def _once(self, path: str, content: Mapping[str, Any], end_s: float) -> Any:
        httpx = _httpx(self.name)
        left_s = max(end_s - time.monotonic(), 0.001)
        timeout = httpx.Timeout(left_s, connect=min(CONNECT_S, left_s))
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        url = f"{self.url.rstrip('/')}/{path}"
        try:
            with httpx.stream("POST", url, headers=headers, timeout=timeout, **content) as response:
                return self._read(response, _capped(response, end_s))
        except (httpx.TimeoutException, TimeoutError):
            raise EngineUnavailable(f"{self.name} did not answer within {self.timeout_s:g} s") from None
        except httpx.TransportError as error:
            raise _Again(
                f"{self.name} cannot be reached ({self._scrubbed(str(error)) or type(error).__name__})"
            ) from None
        except httpx.HTTPError as error:  # a body that cannot be decompressed
            raise EngineAnswerInvalid(f"the answer of {self.name} cannot be read ({type(error).__name__})") from None

    def _read(self, response: httpx.Response, body: bytes | None) -> Any:
        status = response.status_code
        if response.is_success:
            return self._parsed(body)
        said = self._said(body)
        if status in BUSY:
            raise _Again(f"{self.name} answered {status}{said}", _retry_after_s(response.headers.get("Retry-After")))
        if status in {401, 403}:
            raise EngineRefused(f"{self.name} answered {status}: it does not take the key; check {self.key_setting}")
        if response.is_redirect:
            raise EngineRefused(f"{self.name} answered {status}: it has moved; set the URL at which it is now")
        raise EngineRefused(f"{self.name} answered {status}{said}", status)

    def _parsed(self, body: bytes | None) -> Any:
        if body is None:
            raise EngineAnswerInvalid(f"the answer of {self.name} is longer than {MAX_BYTES} bytes")
        try:
            return json.loads(self._scrubbed(body.decode("utf-8")))
        except (ValueError, RecursionError):
            raise EngineAnswerInvalid(f"the answer of {self.name} is not JSON") from None

    def _said(self, body: bytes | None) -> str:
        """Return what an endpoint says of an error, shortened, without the key."""
        try:
            told = json.loads(body or b"")
            told = told.get("error", told)
            message = str(told.get("message", "") if isinstance(told, dict) else told)
        except (ValueError, RecursionError, AttributeError):
            return ""
        printable = "".join(c if c.isprintable() else " " for c in self._scrubbed(message)).strip()
        return f": {printable[:MAX_TOLD]}" if printable else ""

    def _scrubbed(self, text: str) -> str:
        """Return a text without the key, or any telling piece of it: some servers quote it in their errors."""
        key = self.key.get_secret_value() if self.key else ""
        if len(key) < TELLTALE:  # no secret: what servers that want none are given
            return text
        text = text.replace(key, "***")
        for start in range(len(key) - TELLTALE + 1):
            text = text.replace(key[start : start + TELLTALE], "***")
        return text


def _httpx(name: str) -> Any:
    try:
        import httpx
    except ImportError:
        raise EngineMissing(f"{name} needs httpx: pip install '.[remote]' in a clone") from None
    return httpx


def _pause(seconds: float) -> None:
    """Wait; raises what ``deadline.check`` does."""
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        deadline.check()
        time.sleep(min(left_s, LOOK_S))


def _capped(response: httpx.Response, end_s: float) -> bytes | None:
    """Return the body, or None where it is too long; an endpoint that drips is cut off at the end of its time."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
        deadline.check()
        if time.monotonic() > end_s:
            raise TimeoutError
    return bytes(body)


def _retry_after_s(header: str | None) -> float | None:
    """Return the pause that ``Retry-After`` asks for, seconds or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
