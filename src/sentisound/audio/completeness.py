"""Whether a file holds all that its header promises, for the containers whose readers do not tell."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from sentisound.audio.sniff import Kind

STREAMED_BYTES = 0x7FFF_0000
"""A recorder that cannot seek back writes a size of about 2 or 4 GB (or 0), and means "until the end"."""

OGG_TAIL_BYTES = 65_307  # the largest page: 27 + 255 + 255 * 255 bytes (RFC 3533, 6)
MAX_CHUNKS = 1000  # before the samples; real files have a handful


@dataclass(frozen=True, slots=True)
class SampleChunk:
    """Where a wav or aiff file keeps its samples."""

    size_at: int
    """Position of the field that tells the size."""
    promised_bytes: int
    present_bytes: int


def sample_chunk(stream: BinaryIO, kind: Kind) -> SampleChunk | None:
    """Find the chunk of samples of a wav or aiff file; None where there is none, and for other kinds."""
    endian, wanted = {"wav": ("<", b"data"), "aiff": (">", b"SSND")}.get(kind.name, ("", b""))
    if not endian:
        return None
    end = stream.seek(0, 2)
    position = 12  # behind the RIFF or FORM header
    for _ in range(MAX_CHUNKS):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            return None
        size = struct.unpack(f"{endian}I", head[4:])[0]
        if head[:4] == wanted:
            return SampleChunk(position + 4, size, end - position - 8)
        position += 8 + size + size % 2  # chunks are padded to an even size
    return None


def present_share(stream: BinaryIO, kind: Kind) -> float:
    """Return the share (0..1) of the promised sample bytes that wav and aiff files hold; 1 where that is unknown."""
    chunk = sample_chunk(stream, kind)
    if chunk is None or not 0 < chunk.promised_bytes < STREAMED_BYTES:
        return 1.0
    return min(1.0, chunk.present_bytes / chunk.promised_bytes)


def lacks_end_mark(stream: BinaryIO, kind: Kind) -> bool:
    """Tell whether the last page of an Ogg file lacks the mark of the last page (RFC 3533, 6: header type flag 4)."""
    if kind.name != "ogg":
        return False
    end = stream.seek(0, 2)
    stream.seek(max(0, end - OGG_TAIL_BYTES))
    tail = stream.read(OGG_TAIL_BYTES)
    page = tail.rfind(b"OggS")
    return page < 0 or not tail[page + 5 : page + 6] or not tail[page + 5] & 4
