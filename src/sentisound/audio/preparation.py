"""Preparing a sound for recognition: decode it, find its speech, judge its quality; in this process, or in others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Protocol

from sentisound import deadline
from sentisound.audio.activity import Vad, vad
from sentisound.audio.decode import decode, promised_s
from sentisound.audio.limits import Limits
from sentisound.audio.quality import assess
from sentisound.audio.reading import PLAIN, Reading
from sentisound.audio.source import AudioSource
from sentisound.audio.waveform import Span, Waveform
from sentisound.errors import NoSpeech
from sentisound.results import Quality


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sound that is ready to be recognised."""

    waveform: Waveform
    regions: tuple[Span, ...]
    """Its stretches of speech."""
    quality: Quality
    activity_s: float
    """How long it took to find them and to judge its quality."""


class Preparation(Protocol):
    """Prepares sounds; safe to share between threads."""

    def decode(self, source: AudioSource) -> Waveform:
        """Return a sound at the rate of analysis; raises what ``sentisound.audio.decode.decode`` does."""
        ...

    def prepare(self, source: AudioSource, max_duration_s: float | None = None, reading: Reading = PLAIN) -> Prepared:
        """Return all that is known of a sound before it is recognised; raises ``AudioError``.

        ``max_duration_s`` is how long it may be, where that is less than the limit of all sounds.
        """
        ...

    def promised_s(self, file: BinaryIO) -> float | None:
        """Return how long a sound is by its header, in seconds; None where that tells nothing, or it is no sound.

        The file stands at its start before and after.
        """
        ...


@dataclass(frozen=True, slots=True)
class PreparationHere:
    """Prepares sounds in this process."""

    limits: Limits
    detector: str
    """Name of the speech detector."""

    def decode(self, source: AudioSource) -> Waveform:
        """Return a sound at the rate of analysis; raises what ``sentisound.audio.decode.decode`` does."""
        return decode(source, limits=self.limits)

    def prepare(self, source: AudioSource, max_duration_s: float | None = None, reading: Reading = PLAIN) -> Prepared:
        """Return all that is known of a sound before it is recognised; raises ``AudioError``."""
        return described(decode(source, limits=self.limits.at_most(max_duration_s), reading=reading), self.detector)

    def promised_s(self, file: BinaryIO) -> float | None:
        """Return how long a sound is by its header, in seconds; None where that tells nothing, or it is no sound."""
        return promised_s(file)


def described(waveform: Waveform, detector: str) -> Prepared:
    """Return what is known of a sound that is decoded.

    Raises
    ------
    NoSpeech
        When it is silent from start to end.
    """
    start = time.perf_counter()
    if waveform.is_silent:
        raise NoSpeech("the sound is silent from start to end; check the microphone or the recording level")
    deadline.check()
    regions = _vad(detector).regions(waveform)
    deadline.check()
    return Prepared(waveform, regions, assess(waveform, regions), time.perf_counter() - start)


@cache
def _vad(name: str) -> Vad:
    return vad(name)
