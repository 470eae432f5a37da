"""The voices of a protocol's clips: sex, pitch group, corpus and language of whoever speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.corpus import Utterance
from sentisound.features.prosody import PROSODIC_NAMES
from sentisound.learning.dataset import Dataset, Progress, build_dataset
from sentisound.learning.recipe import FeatureOptions

PITCH_GROUPS = ("low", "middle", "high")
_MEDIAN_PITCH = PROSODIC_NAMES.index("f0_semitones.p50")
_SEMITONES_FROM_HZ = 27.5


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks a clip; what is not known is empty."""

    speaker: str
    """``corpus/speaker``."""
    sex: str
    pitch: str
    """Third of the speakers, by pitch."""
    pitch_hz: float
    """Median over the speaker's clips of each clip's median F0; 0 where no clip is voiced."""
    corpus: str
    language: str


Voices = Mapping[str, Voice]
"""By clip, ``corpus/name``."""


def voices_of(clips: Sequence[Utterance], jobs: int, progress: Progress, cache: Path | None) -> dict[str, Voice]:
    """Return the voice of every clip; pitch is that of the ``prosodic`` set, from the cache where it is there."""
    labels = sorted({clip.label for clip in clips})
    data = build_dataset(clips, labels, FeatureOptions("prosodic"), jobs, progress, cache)
    pitch_hz = speaker_pitch_hz(data)
    groups = pitch_groups(pitch_hz)
    return {
        f"{clip.corpus}/{clip.name}": Voice(
            speaker, clip.sex, groups[speaker], pitch_hz[speaker], clip.corpus, clip.language
        )
        for clip, speaker in zip(data.clips, data.speakers.tolist(), strict=True)
    }


def speaker_pitch_hz(data: Dataset) -> dict[str, float]:
    """Return each speaker's pitch in Hz from the ``prosodic`` set; clips without voice do not count."""
    semitones = data.features[:, _MEDIAN_PITCH].astype(np.float64)
    return {str(one): _hz(semitones[data.speakers == one]) for one in np.unique(data.speakers)}


def _hz(semitones: NDArray[np.float64]) -> float:
    voiced = semitones[semitones > 0]
    return float(_SEMITONES_FROM_HZ * 2 ** (np.median(voiced) / 12)) if len(voiced) else 0.0


def pitch_groups(pitch_hz: Mapping[str, float]) -> dict[str, str]:
    """Deal speakers into thirds by pitch; one without pitch is in none."""
    known = sorted((speaker for speaker, hz in pitch_hz.items() if hz > 0), key=lambda speaker: pitch_hz[speaker])
    dealt = {speaker: PITCH_GROUPS[3 * rank // len(known)] for rank, speaker in enumerate(known)}
    return {speaker: dealt.get(speaker, "") for speaker in pitch_hz}
