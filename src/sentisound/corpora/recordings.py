"""The sound of a clip: a file, or a stretch of a long one, which is decoded once for all the clips that are cut of it.

A clone of a repository may hold pointers in place of sounds: small text files that Git LFS or git-annex would replace.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import pack

from sentisound.audio.decode import decode
from sentisound.audio.limits import DEFAULT_LIMITS
from sentisound.audio.waveform import Span, Waveform
from sentisound.errors import AudioTooShort, UndecodableAudio

POINTER_BYTES = 1024
"""A pointer is smaller (git-lfs.com, specification of the pointer file); no sound is looked into for one."""

_POINTERS = (
    (b"version https://git-lfs", "a Git LFS pointer: the sound was not downloaded (git lfs pull)"),
    (b"/annex/objects/", "a git-annex pointer: the sound was not downloaded (git annex get)"),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """What one clip is heard from."""

    path: Path
    span: Span | None = None
    """The stretch that is the clip; None for all of the file."""

    def decoded(self, rate_hz: int | None) -> Waveform:
        """Return the clip's sound at a rate; None keeps the file's.

        Raises
        ------
        AudioError
            When the file cannot be decoded, is a pointer, or ends before the clip starts.
        """
        if (pointer := pointer_of(self.path)) is not None:
            raise UndecodableAudio(f"{self.path.name} is {pointer}")
        if self.span is None or not self.path.exists():
            return decode(self.path, rate_hz=rate_hz)
        status = self.path.stat()
        whole = _whole(self.path, rate_hz, status.st_size, status.st_mtime_ns)
        return self._cut(whole, self.span)

    def _cut(self, whole: Waveform, span: Span) -> Waveform:
        clip = whole.cut(span)
        if clip.duration_s < DEFAULT_LIMITS.min_duration_s:
            raise AudioTooShort(
                f"{self.path.name} lasts {whole.duration_s:g} s: its stretch from {span.start_s:g} to {span.end_s:g} s "
                f"holds {clip.duration_s:g} s of sound"
            )
        return clip

    def digest(self) -> bytes:
        """Return what tells this sound from any other: the SHA-256 of the file's bytes, and of the stretch if any.

        Raises
        ------
        OSError
            When the file cannot be read.
        """
        if self.span is None:
            return _content(self.path)
        status = self.path.stat()
        content = _content_once(self.path, status.st_size, status.st_mtime_ns)
        return hashlib.sha256(content + pack("<dd", self.span.start_s, self.span.end_s)).digest()


def pointer_of(path: Path) -> str | None:
    """Say in words that a file is a pointer to a sound that is not there; None where it is none, or cannot be read."""
    try:
        if path.stat().st_size > POINTER_BYTES:
            return None
        head = path.read_bytes()
    except OSError:
        return None
    return next((words for start, words in _POINTERS if head.startswith(start)), None)


@lru_cache(maxsize=1)  # clips of one file follow one another; more than one long sound would take gigabytes
def _whole(path: Path, rate_hz: int | None, _size: int, _changed_ns: int) -> Waveform:
    return decode(path, rate_hz=rate_hz)


@lru_cache(maxsize=256)
def _content_once(path: Path, _size: int, _changed_ns: int) -> bytes:
    return _content(path)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
