"""What is in the sound files of a corpus: how long, how loud, and whether they can be used; many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sentisound.audio.waveform import RATE_HZ, Waveform
from sentisound.corpora.recordings import Recording, pointer_of
from sentisound.errors import AudioError, AudioTooShort, EmptyAudio

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""

Fault = Literal["not downloaded", "undecodable", "truncated", "silent", "too short"]

MIN_CLIP_S = 0.3
"""Shorter than any clip: the shortest of RAVDESS, TESS, SAVEE, EmoDB, nEMO and EmoTale lasts 0.87 s (nEMO)."""
SILENT_PEAK = 10 ** (-60 / 20)
"""No sample reaches -60 dB; no clip of those six corpora is as quiet."""
MIN_DB = -120.0

CHUNK = 16  # clips that a process takes at a time


@dataclass(frozen=True, slots=True)
class Sound:
    """One file, decoded and measured."""

    duration_s: float
    level_db: float
    """RMS of the whole clip, dB relative to full scale."""
    digest: str
    """SHA-256 of the file's bytes, for a stretch of a file of both; empty where they cannot be read."""
    fault: Fault | None = None
    detail: str = ""
    """The fault in words."""


def measure(recordings: Sequence[Recording], jobs: int, progress: Progress) -> list[Sound]:
    """Decode and measure every recording, in ``jobs`` processes; what cannot be decoded is told, not raised."""
    found = []
    with _mapped(jobs) as mapped:
        for sound in mapped(inspect, recordings):
            found.append(sound)
            progress("decoding", len(found), len(recordings))
    return found


def inspect(recording: Recording) -> Sound:
    """Decode and measure one recording; a stretch of a long file at our rate, which takes a third of the memory."""
    if (pointer := pointer_of(recording.path)) is not None:
        return Sound(0.0, MIN_DB, "", "not downloaded", f"is {pointer}")
    try:
        digest = recording.digest().hex()
        waveform = recording.decoded(None if recording.span is None else RATE_HZ)
    except OSError as error:
        return Sound(0.0, MIN_DB, "", "undecodable", error.strerror or type(error).__name__)
    except (AudioTooShort, EmptyAudio) as error:
        return Sound(0.0, MIN_DB, digest, "too short", str(error))
    except AudioError as error:
        return Sound(0.0, MIN_DB, digest, "undecodable", str(error))
    return Sound(waveform.duration_s, _level_db(waveform), digest, *_fault(waveform, recording))


def _fault(waveform: Waveform, recording: Recording) -> tuple[Fault | None, str]:
    early = next((note for note in waveform.origin.notes if note.startswith("the file")), None)
    if early is not None and recording.span is None:  # a stretch that is all there does not miss what is not
        return "truncated", early
    if is_silent(waveform):
        return "silent", "no sample is above -60 dB"
    if waveform.duration_s < MIN_CLIP_S:
        return "too short", f"{waveform.duration_s:.2f} s of sound; no clip is shorter than {MIN_CLIP_S:g} s"
    return None, ""


def is_silent(waveform: Waveform) -> bool:
    """Return whether a recording holds nothing that could be heard."""
    return bool(np.abs(waveform.samples).max() < SILENT_PEAK)


def _level_db(waveform: Waveform) -> float:
    power = float(np.mean(np.square(waveform.samples, dtype=np.float64)))
    return max(MIN_DB, 10 * float(np.log10(max(power, 1e-12))))


@contextmanager
def _mapped(jobs: int) -> Iterator[Callable[[Callable[[Recording], Sound], Sequence[Recording]], Iterator[Sound]]]:
    if jobs == 1:
        yield lambda function, items: iter(map(function, items))
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield lambda function, items: pool.map(function, items, chunksize=CHUNK)
