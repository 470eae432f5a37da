"""A recording's JSON read in pieces: one long string in it is the sound, and everything beside it is short.

A parser would make objects of all of it, some thirty bytes for each byte of a hostile body, and hold Python's lock for
seconds, in which no request is answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

PIECE_BYTES = 65_536
"""Read at once: more would hold Python's lock for long, and who reads often gets it back before others have it."""
SHORT_BYTES = 1_000
"""What stays of a long string in the envelope."""
MAX_ENVELOPE_BYTES = 16_000
"""Most bytes of a body beside its long string."""
CUT = "\0"
"""Ends what the envelope holds of the long string."""
_RUN = re.compile(rb'(?:[^"\\]+|\\u[0-9a-fA-F]{4}|\\[^u])*', re.DOTALL)
"""The inside of a string as far as it goes, whole escapes only."""
_ESCAPE_BYTES = 6


class LongString:
    """Splits a JSON text into the rest of its only long string and an envelope that a parser may have.

    Parameters
    ----------
    body : binary stream
    """

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._is_inside = False
        self._held_bytes = 0
        self._long_strings = 0
        self.envelope = bytearray()
        """The text with its long string cut; complete once every piece was taken."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the text of the long string from where the envelope has cut it.

        Raises
        ------
        ValueError
            When there is more than one long string, too much beside it, or an escape that is none.
        """
        rest = b""
        while piece := self._body.read(PIECE_BYTES):
            text, at = rest + piece, 0
            while at < len(text):
                start, at = at, self._end(text, at)
                if self._is_inside:
                    yield from self._taken(text[start:at])
                    if text[at : at + 1] == b"\\":
                        break
                    at += self._leave(text[at : at + 1])
                else:
                    self._enter(text[start:at])
            rest = text[at:]
            if len(rest) >= _ESCAPE_BYTES:
                raise ValueError("a string holds an escape that JSON does not have")
        self.envelope += rest

    def _end(self, text: bytes, at: int) -> int:
        if self._is_inside:
            found = _RUN.match(text, at)
            return found.end() if found else at
        return text.find(b'"', at) + 1 or len(text)

    def _enter(self, text: bytes) -> None:
        self.envelope += text[: MAX_ENVELOPE_BYTES + 1]
        self._is_inside, self._held_bytes = text.endswith(b'"'), 0
        self._check()

    def _leave(self, quote: bytes) -> int:
        """End the string where it does."""
        if not quote:
            return 0
        if self._held_bytes > SHORT_BYTES:
            self.envelope += b"\\u0000"
        self.envelope += quote
        self._is_inside = False
        self._check()
        return 1

    def _taken(self, run: bytes) -> Iterator[bytes]:
        """Put a run of a string into the envelope while it is short, and yield what goes beyond."""
        was_long = self._held_bytes > SHORT_BYTES
        room = 0 if was_long else SHORT_BYTES - self._held_bytes
        found = _RUN.match(run, 0, room)
        end = found.end() if found else 0
        self.envelope += run[:end]
        self._held_bytes += end
        if end == len(run):
            return
        self._held_bytes = SHORT_BYTES + 1
        self._long_strings += not was_long
        if self._long_strings > 1:
            raise ValueError("there is more than one long string")
        yield unescaped(run[end:])

    def _check(self) -> None:
        if len(self.envelope) > MAX_ENVELOPE_BYTES:
            raise ValueError(f"there is more than {MAX_ENVELOPE_BYTES} bytes of JSON beside the sound")


def unescaped(text: bytes) -> bytes:
    """Return what a piece of a JSON string stands for."""
    if b"\\" not in text:
        return text
    said: str = json.loads(b'"' + text + b'"', strict=False)
    return said.encode("utf-8", "surrogatepass")
