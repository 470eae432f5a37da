"""Where a stream begins that was cut within a frame, or lies behind zeros: as a radio receiver finds it.

Only streams of frames can be entered anywhere; files with a head cannot be read without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

FRAMES = 4
"""Headers that must follow each other, each where the one before says: chance makes two of them now and then."""
TS_PACKET_BYTES = 188
KBIT_S: Mapping[tuple[bool, int], tuple[int, ...]] = {
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by whether it is MPEG-1, and by layer (ISO 11172-3, 2.4.2.3; ISO 13818-3, 2.4.2.3)."""
RATES_HZ = (44_100, 48_000, 32_000)


def mpeg_audio_bytes(head: bytes) -> int:
    """Return how long the MPEG audio frame is whose header this is, in bytes; 0 where it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    index, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer not in {2, 3} or not 0 < index < 15 or rate == 3:
        return 0
    is_first = version == 3
    rate_hz = RATES_HZ[rate] // (1, 2, 4)[(3, 2, 0).index(version)]
    per_frame = 144 if is_first or layer == 2 else 72
    return per_frame * 1000 * KBIT_S[is_first, layer][index - 1] // rate_hz + padding


def adts_bytes(head: bytes) -> int:
    """Return how long the ADTS frame is whose header this is, in bytes; 0 where it is none (ISO 13818-7, 6.2)."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 >= 13:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0


def transport_bytes(head: bytes) -> int:
    """Return the size of a packet of an MPEG transport stream; 0 where it is none (ISO 13818-1, 2.4.3.2)."""
    return TS_PACKET_BYTES if head[:1] == b"\x47" else 0


STREAMS: Mapping[str, tuple[re.Pattern[bytes], Callable[[bytes], int]]] = {
    "mp3": (re.compile(rb"\xff[\xe0-\xff]"), mpeg_audio_bytes),
    "aac": (re.compile(rb"\xff[\xf0-\xf9]"), adts_bytes),
    "mpegts": (re.compile(rb"\x47"), transport_bytes),
}
"""What a frame begins with, and what tells its size, by the name of the kind."""


def entry(text: bytes) -> tuple[str, int] | None:
    """Return the kind of the stream in these bytes and where its first whole frame begins; None where there is none."""
    found = [
        (place, name) for name, (mark, size_of) in STREAMS.items() if (place := _first(text, mark, size_of)) is not None
    ]
    place, name = min(found, default=(0, ""))
    return (name, place) if name else None


def _first(text: bytes, mark: re.Pattern[bytes], size_of: Callable[[bytes], int]) -> int | None:
    return next((one.start() for one in mark.finditer(text) if _follow(text, one.start(), size_of)), None)


def _follow(text: bytes, place: int, size_of: Callable[[bytes], int]) -> bool:
    """Tell whether frames follow each other from here on."""
    for _ in range(FRAMES):
        size = size_of(text[place : place + 8])
        if not size:
            return False
        place += size
    return True
