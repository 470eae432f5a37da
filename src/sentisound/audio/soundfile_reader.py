"""Reads what libsndfile knows: wav, flac, ogg, opus, mp3, aiff, au, caf, w64; no bytes on disk, no global state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import soundfile

from sentisound.audio.completeness import sample_chunk
from sentisound.audio.reading import ENCODINGS, RawFormat
from sentisound.audio.sniff import Kind
from sentisound.audio.track import BLOCK_FRAMES, Block, Track, UnreadableError, scaled

UNKNOWN_FRAMES = 1 << 62  # libsndfile claims 2**63 - 1 frames where the header tells no length
SMALLEST_CHUNK_BYTES = 8
COMMON_CHUNKS = frozenset({b"LIST", b"fact", b"cue ", b"bext", b"iXML", b"id3 ", b"ID3 ", b"JUNK", b"PAD ", b"smpl"})
BLOCK_SAMPLES = 1 << 20  # of all channels together: bounds the memory of a block with many channels


class _Tame:
    """A stream whose seek never raises: an error within libsndfile's callback would be printed to stderr.

    The four bytes at ``unset_at``, if any, read as 0xFFFFFFFF, "until the end" (see ``_size_to_mend``).
    """

    def __init__(self, stream: BinaryIO, unset_at: int | None) -> None:
        self._stream = stream
        self._unset_at = unset_at
        self.tell = stream.tell
        self.read = stream.read

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._stream.seek(offset, whence)
        except (OSError, OverflowError, ValueError):  # a damaged header leads before the start, or beyond all ends
            return -1

    def readinto(self, buffer: Any) -> int:
        start = self._stream.tell()
        count: int = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        if self._unset_at is not None:
            for place in range(max(0, self._unset_at - start), min(count, self._unset_at + 4 - start)):
                buffer[place] = b"\xff"
        return count


def _size_to_mend(stream: BinaryIO, kind: Kind) -> tuple[int, str] | None:
    """Return where a wav file tells that it holds fewer bytes of samples than it does, and what is to be said of it.

    A recorder that was not closed leaves 0; one that writes the size once, or somebody who appended samples, too few.
    """
    chunk = sample_chunk(stream, kind)
    if chunk is None or kind.name != "wav" or chunk.promised_bytes >= chunk.present_bytes:
        return None
    if not chunk.promised_bytes:
        return chunk.size_at, ""
    behind = chunk.size_at + 4 + chunk.promised_bytes
    if any(_is_chunk(stream, behind + padding) for padding in (0, 1)):
        return None
    share = chunk.promised_bytes / chunk.present_bytes
    return chunk.size_at, f"the header tells of {share:.0%} of the samples only; all of them were read"


def _is_chunk(stream: BinaryIO, position: int) -> bool:
    """Tell whether a chunk of a wav file, its end, or another file begins here."""
    left = stream.seek(0, 2) - position
    stream.seek(position)
    head = stream.read(8)
    if left < SMALLEST_CHUNK_BYTES:
        return True
    if head[:4] in COMMON_CHUNKS:
        return True
    return head[:4].isascii() and head[:4].decode("ascii").isprintable() and int.from_bytes(head[4:], "little") <= left


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A file read from start to end: soundfile seeks after each read, which compressed formats pay dearly."""

    def seekable(self) -> bool:
        return False


@contextmanager
def open_track(
    stream: BinaryIO, kind: Kind, number: int | None = None, raw: RawFormat | None = None
) -> Iterator[Track]:
    """Open the sound in a seekable stream, which is its only track.

    Parameters
    ----------
    stream : binary stream
    kind : Kind
    number : int, optional
        The track that is asked for, counted from 1.
    raw : RawFormat, optional
        What the samples are, where there is no header.

    Raises
    ------
    UnreadableError
        When libsndfile cannot open it; the message is libsndfile's reason.
    """
    if number not in {None, 1}:
        raise UnreadableError(f"it has one audio track, and none is number {number}")
    size_at, note = _size_to_mend(stream, kind) or (None, "")
    stream.seek(0)
    try:
        file = _Forward(_Tame(stream, size_at), **_named(raw))
    except soundfile.LibsndfileError as error:
        raise UnreadableError(error.error_string.rstrip(".")) from None
    with file:
        frames = file.frames if kind.honest_length and 0 < file.frames < UNKNOWN_FRAMES else None
        promised_s = frames / file.samplerate if frames and file.samplerate > 0 else None
        track = Track(
            file.subtype.lower(), file.samplerate, file.channels, promised_s, iter(()), notes=[note] * bool(note)
        )
        track.blocks = _blocks(file, track)
        yield track


def _named(raw: RawFormat | None) -> dict[str, Any]:
    """Return what soundfile wants to know of a file without a header."""
    if raw is None:
        return {}
    subtype, endian = ENCODINGS[raw.encoding]
    known = {"format": "RAW", "samplerate": raw.rate_hz, "channels": raw.channels}
    return known | {"subtype": subtype, "endian": endian}


def _blocks(file: _Forward, track: Track) -> Iterator[Block]:
    # int16 as it is and scaled by numpy: four times faster than libsndfile's own conversion
    dtype = np.int16 if file.subtype == "PCM_16" else np.float32
    out = np.empty((min(BLOCK_FRAMES, max(1, BLOCK_SAMPLES // file.channels)), file.channels), dtype)
    done = 0
    while True:
        try:
            block = file.read(out=out)
        except soundfile.LibsndfileError as error:
            track.faults.append(error.error_string.rstrip(".") or "damaged data")
            # libsndfile counts what it delivered before the error
            yield scaled(out[: max(0, min(file.tell() - done, len(out)))])
            return
        if not len(block):
            return
        done += len(block)
        yield scaled(block)
