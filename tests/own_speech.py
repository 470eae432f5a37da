"""Recordings as a user has them: a folder a speaker, emotions that differ in pitch and tempo, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from sentisound.testing import speech_like

RATE_HZ = 16_000
VOICES = {"neutral": (90, 4.0), "happy": (230, 5.0), "sad": (140, 2.5), "angry": (420, 9.0)}
"""Pitch in Hz and syllables a second."""
SPEAKERS = ("anna", "ben", "cleo", "dora", "emil", "fay")
LABELS = ("happy", "sad", "angry")


def sound(speaker: str, label: str, take: int) -> np.ndarray:
    """Return 1.2 s of somebody's caricature of an emotion; the same for the same words."""
    pitch_hz, tempo = VOICES[label]
    rng = np.random.default_rng([*speaker.encode(), *label.encode(), take])
    voice = 1 + 0.02 * (sum(speaker.encode()) % 7 - 3)
    pitch_hz *= voice * rng.uniform(0.95, 1.05)
    tempo *= rng.uniform(0.85, 1.15)
    swing = rng.uniform(3, 9)  # with one melody for all they would be copies of each other to the audit
    return speech_like(1.2, RATE_HZ, rng, f0_hz=pitch_hz, f0_range_semitones=swing, syllables_per_s=tempo, noise_db=-38)


def record(folder: Path, speakers: Sequence[str] = SPEAKERS, labels: Sequence[str] = LABELS, takes: int = 3) -> None:
    """Write ``folder/SPEAKER/LABEL-N.wav``."""
    for speaker in speakers:
        (folder / speaker).mkdir(parents=True, exist_ok=True)
        for label in labels:
            for take in range(takes):
                soundfile.write(folder / speaker / f"{label}-{take}.wav", sound(speaker, label, take), RATE_HZ)


def table(path: Path, folder: Path, columns: Sequence[str] = ("path", "label", "speaker")) -> Path:
    """Write a table of all recordings in a folder beside it; return its path."""
    rows = []
    for file in sorted(folder.rglob("*.wav")):
        cells = {"path": file.relative_to(path.parent).as_posix(), "label": file.stem.partition("-")[0]}
        rows.append(",".join((cells | {"speaker": file.parent.name})[column] for column in columns))
    path.write_text("\n".join([",".join(columns), *rows]) + "\n")
    return path
