"""Headers that promise more than their file can hold, found before a library takes memory for what they promise.

Looked at is what was seen to cost memory without being there: the sizes of chunks before the samples (wav, aiff), and
the size of the index of an MP4 file. Anything else that a header says is left to the readers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sentisound.audio.sniff import Kind
from sentisound.errors import UndecodableAudio

MAX_PARTS = 10_000  # chunks or boxes that are looked at; real files have some dozens, and fragments a few each
COSTLY_BYTES = 1_000_000  # what promises less may be told by the reader, in its own words
SAMPLE_CHUNKS = (b"data", b"SSND")
BOXES_OF_BOXES = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"cmov"})
INDEXES = frozenset({b"moov", b"moof"})
ENCRYPTED = frozenset({b"enca", b"drms", b"aavd"})
"""Sample entries of encrypted sound: common encryption, and that of two shops."""
COUNTS = {b"stsz": (8, "samples"), b"stz2": (8, "samples"), b"trun": (4, "samples"), b"cmvd": (0, "bytes")}
"""Boxes that tell of how many samples, or bytes once they are unpacked, there are, and where within them they do."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A chunk or a box: its name, and where what it holds begins and should end."""

    name: bytes
    start: int
    end: int


def check_promises(stream: BinaryIO, kind: Kind, name: str) -> None:
    """Refuse a sound whose header promises what its file cannot hold; the stream is left anywhere.

    Raises
    ------
    UndecodableAudio
        When it does; the message says what is promised and what there is.
    """
    end = stream.seek(0, 2)
    if kind.name in {"wav", "rf64", "aiff"}:
        _check_chunks(stream, end, name)
    elif kind.name == "mp4":
        _check_boxes(stream, end, name)


def _check_chunks(stream: BinaryIO, end: int, name: str) -> None:
    stream.seek(0)
    order = "<" if stream.read(4) in {b"RIFF", b"RF64", b"BW64"} else ">"
    position = 12
    for _ in range(MAX_PARTS):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8 or head[:4] in SAMPLE_CHUNKS:
            return
        size: int = struct.unpack(f"{order}I", head[4:])[0]
        if size > max(COSTLY_BYTES, end - position - 8):
            raise _broken(name, f"its chunk {_shown(head[:4])} has {size} bytes", f"{end - position - 8} follow")
        position += 8 + size + size % 2


def _check_boxes(stream: BinaryIO, end: int, name: str) -> None:
    is_indexed = False
    for box in _boxes(stream, end):
        is_indexed = is_indexed or box.name in INDEXES
        if box.name == b"stsd" and _first_entry(stream, box) in ENCRYPTED:
            raise UndecodableAudio(f"{name} is encrypted (copy protection); nothing here has the key")
        if box.name not in COUNTS:
            continue
        distance, words = COUNTS[box.name]
        stream.seek(box.start + distance)
        field = stream.read(4)
        if len(field) == 4 and (count := int.from_bytes(field, "big")) > max(COSTLY_BYTES, end):
            raise _broken(name, f"its index has {count} {words}", f"the file has {end} bytes")
    if not is_indexed:
        raise UndecodableAudio(f"{name} has no index: its end is missing, or its recording was never finished")


def _first_entry(stream: BinaryIO, box: _Part) -> bytes:
    """Return the name of the first entry of a sample description (ISO 14496-12, 8.5.2)."""
    stream.seek(box.start + 12)
    return stream.read(4)


def _boxes(stream: BinaryIO, end: int) -> Iterator[_Part]:
    """Yield the boxes of an MP4 file and those within, as far as they can be followed."""
    waiting = [(0, end)]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        position, last = waiting.pop()
        box = _box_at(stream, position, last)
        if box is None:
            continue
        yield box
        waiting.append((box.end, last))
        if box.name in BOXES_OF_BOXES:
            waiting.append((box.start, box.end))


def _box_at(stream: BinaryIO, position: int, end: int) -> _Part | None:
    stream.seek(position)
    head = stream.read(min(16, end - position))
    if len(head) < 8:
        return None
    size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
    if size == 1 and len(head) == 16:  # the size is too large for four bytes
        size, header = int.from_bytes(head[8:], "big"), 16
    if size == 0:
        size = end - position
    return _Part(name, position + header, min(end, position + size)) if size >= header else None


def _broken(name: str, promised: str, found: str) -> UndecodableAudio:
    return UndecodableAudio(f"{name} is damaged: {promised} by its header, and {found}")


def _shown(name: bytes) -> str:
    return repr(name.decode("latin-1").strip())
