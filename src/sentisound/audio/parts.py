"""Files that hold several recordings one behind the other: chained Ogg, and what people join with ``cat``.

Readers stop at the end of the first. Looked at are containers whose parts can be told without decoding them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, cast

from sentisound import deadline
from sentisound.audio.sniff import Kind

MAX_PARTS = 1000
"""What comes behind so many is not looked for."""
SCAN_BYTES = 1 << 20
FLAC_STARTS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
"""The marker and the head of the first block, whose type and size are always these (RFC 9639, 8.1 and 8.2)."""


class Part(io.RawIOBase):
    """A stretch of a seekable stream, as a stream of its own.

    Parameters
    ----------
    stream : binary stream
    start, end : int
        Positions in bytes; the end is exclusive.
    """

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        self._stream, self._start, self._size = stream, start, end - start
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes from the start of the part."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as in any stream; raises ``OSError`` for a position before the start."""
        at = offset + (0, self._at, self._size)[whence]
        if at < 0:
            raise OSError(22, "a position before the start")
        self._at = at
        return at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as the part goes; return how many bytes that were."""
        self._stream.seek(self._start + self._at)
        piece = self._stream.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def behind(stream: BinaryIO, start: int) -> BinaryIO:
    """Return what comes behind a position of a seekable stream, as a stream of its own."""
    return cast("BinaryIO", Part(stream, start, stream.seek(0, 2))) if start else stream


def parts_of(stream: BinaryIO, kind: Kind) -> list[BinaryIO]:
    """Return the recordings in a seekable stream, in their order; the stream itself where there is one.

    The positions are found without decoding; the stream is left anywhere.
    """
    starts = sorted({0, *islice(STARTS.get(kind.name, _none)(stream), MAX_PARTS - 1)})
    if len(starts) == 1:
        return [stream]
    ends = [*starts[1:], stream.seek(0, 2)]
    return [cast("BinaryIO", Part(stream, start, end)) for start, end in zip(starts, ends, strict=True)]


def _none(_: BinaryIO) -> Iterator[int]:
    return iter(())


def _ogg(stream: BinaryIO) -> Iterator[int]:
    """Yield where streams begin behind the end of others (RFC 3533, 4 and 6)."""
    position, was_first = 0, True
    while True:
        deadline.check()
        stream.seek(position)
        head = stream.read(27)
        if len(head) < 27 or head[:4] != b"OggS":
            return
        is_first = bool(head[5] & 2)
        if is_first and not was_first:
            yield position
        was_first = is_first
        position += 27 + head[26] + sum(stream.read(head[26]))


def _forms(stream: BinaryIO) -> Iterator[int]:
    """Yield where another wav or aiff file begins behind the one before, whose head tells its size."""
    position = 0
    while True:
        stream.seek(position)
        head = stream.read(12)
        if head[:4] not in {b"RIFF", b"FORM"} or head[8:] not in {b"WAVE", b"AIFF", b"AIFC"}:
            return
        if position:
            yield position
        size = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
        position += 8 + size + size % 2


def _flac(stream: BinaryIO) -> Iterator[int]:
    """Yield where the marker of a FLAC file stands, but for that at the start."""
    overlap = len(FLAC_STARTS[0]) - 1
    position, before = 0, b""
    stream.seek(0)
    while piece := stream.read(SCAN_BYTES):
        deadline.check()
        text = before + piece
        start = position - len(before)
        yield from (start + place for place in sorted(_all(text)) if start + place)
        position += len(piece)
        before = text[-overlap:]


def _all(text: bytes) -> Iterator[int]:
    for mark in FLAC_STARTS:
        place = text.find(mark)
        while place >= 0:
            yield place
            place = text.find(mark, place + 1)


def _mp4(stream: BinaryIO) -> Iterator[int]:
    """Yield where another file type box stands at the top."""
    position, end = 0, stream.seek(0, 2)
    while position + 8 <= end:
        deadline.check()
        stream.seek(position)
        head = stream.read(16)
        if head[4:8] == b"ftyp" and position:
            yield position
        size = int.from_bytes(head[:4], "big")
        if size == 1:  # too large for four bytes
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return
        position += size


STARTS: Mapping[str, Callable[[BinaryIO], Iterator[int]]] = {
    "ogg": _ogg,
    "wav": _forms,
    "aiff": _forms,
    "flac": _flac,
    "mp4": _mp4,
}
"""What yields where the second and each further part begins, by the name of the kind."""
