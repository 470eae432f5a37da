"""What an analysis says: frozen dataclasses, and the only mapping to JSON that CLI, API and history share."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sentisound.emotions import derived_arousal, derived_valence
from sentisound.words import Interpretation, Missing, Transcript, Word

Reason = Literal["low_confidence", "too_short", "no_speech", "poor_quality"]
"""Why an analysis abstains."""


def analysis_id(created_ms: int, tail: str) -> str:
    """Return ``an_``, the time in ms as 12 hexadecimal digits, and a tail: ids sort as their analyses were made."""
    return f"an_{created_ms:012x}{tail}"


def _rounded(value: float, digits: int = 6) -> float:
    return round(float(value), digits)


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities of every label of a model; they sum to 1."""

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.probabilities) or not self.labels:
            raise ValueError(f"{len(self.labels)} labels do not fit {len(self.probabilities)} probabilities")
        if abs(sum(self.probabilities) - 1) > 1e-3 or min(self.probabilities) < 0:
            raise ValueError(f"probabilities must be positive and sum to 1: {self.probabilities}")

    @property
    def emotion(self) -> str:
        """The label of the highest probability; on a tie the first of them."""
        return self.labels[max(range(len(self.labels)), key=self.probabilities.__getitem__)]

    @property
    def confidence(self) -> float:
        """The highest probability, 0..1."""
        return max(self.probabilities)

    @property
    def valence(self) -> float:
        """Expected valence, -1..1, derived from the probabilities."""
        return derived_valence(self.to_dict())

    @property
    def arousal(self) -> float:
        """Expected arousal, -1..1, derived from the probabilities."""
        return derived_arousal(self.to_dict())

    def __getitem__(self, label: str) -> float:
        return self.to_dict()[label]

    def ranked(self) -> list[tuple[str, float]]:
        """Return (label, probability) pairs, the likeliest first."""
        return sorted(self.to_dict().items(), key=lambda pair: -pair[1])

    def to_dict(self) -> dict[str, float]:
        """Return label to probability, in the model's order."""
        return {label: _rounded(p) for label, p in zip(self.labels, self.probabilities, strict=True)}


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech and its scores; times in seconds from the start of the sound."""

    start_s: float
    end_s: float
    scores: Scores

    @property
    def duration_s(self) -> float:
        """Length of the segment in seconds."""
        return self.end_s - self.start_s

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {
            "start": _rounded(self.start_s, 3),
            "end": _rounded(self.end_s, 3),
            "emotion": self.scores.emotion,
            "confidence": _rounded(self.scores.confidence),
            "scores": self.scores.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """How fit the sound is for analysis; measured on the mono signal at the analysis rate."""

    level_db: float
    """Level of the speech, dB relative to full scale (RMS)."""
    snr_db: float | None
    """Estimated signal-to-noise ratio in dB; None where there is no pause to measure noise in."""
    clipping: float
    """Share of samples at full scale, 0..1."""
    dc_offset: float
    """Mean of the signal, -1..1."""
    bandwidth_hz: float
    """Highest frequency that carries energy, Hz."""
    speech_ratio: float
    """Share of the duration that is speech, 0..1."""
    warnings: tuple[str, ...] = ()
    """What a person should know before trusting the result, in words."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {
            "level_db": _rounded(self.level_db, 1),
            "snr_db": None if self.snr_db is None else _rounded(self.snr_db, 1),
            "clipping": _rounded(self.clipping),
            "dc_offset": _rounded(self.dc_offset),
            "bandwidth_hz": _rounded(self.bandwidth_hz, 0),
            "speech_ratio": _rounded(self.speech_ratio, 3),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole answer for one sound."""

    model: str
    """Name and version of the bundle that answered, ``name@version``."""
    file: str
    """A name for people, never a path."""
    duration_s: float
    scores: Scores
    segments: tuple[Segment, ...]
    quality: Quality
    reason: Reason | None = None
    """Why the model abstains; None when it is sure enough."""
    timings_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds spent in each step."""
    transcript: Transcript | None = None
    interpretation: Interpretation | None = None
    missing: tuple[Missing, ...] = ()
    """What was asked for and is not here, and why."""
    id: str = field(default_factory=lambda: analysis_id(time.time_ns() // 1_000_000, secrets.token_hex(8)))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def emotion(self) -> str:
        """The likeliest emotion, also where the model abstains."""
        return self.scores.emotion

    @property
    def confidence(self) -> float:
        """The calibrated probability of ``emotion``."""
        return self.scores.confidence

    @property
    def abstained(self) -> bool:
        """Whether the model is not sure enough to be quoted."""
        return self.reason is not None

    @property
    def spoken(self) -> tuple[str, ...]:
        """What was said in each segment; empty texts where no words with times are known."""
        words = self.transcript.words if self.transcript else ()
        places = [segment_at(word, self.segments) for word in words]
        return tuple(
            " ".join(word.text for word, place in zip(words, places, strict=True) if place == number)
            for number in range(len(self.segments))
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract; times are seconds."""
        return {
            "id": self.id,
            "created": self.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "model": self.model,
            "file": self.file,
            "duration": _rounded(self.duration_s, 3),
            "emotion": self.emotion,
            "confidence": _rounded(self.confidence),
            "abstained": self.abstained,
            "reason": self.reason,
            "scores": self.scores.to_dict(),
            "valence": _rounded(self.scores.valence, 3),
            "arousal": _rounded(self.scores.arousal, 3),
            "dimensions": "derived",
            "segments": [
                {**segment.to_dict(), "text": text or None}
                for segment, text in zip(self.segments, self.spoken, strict=True)
            ],
            "quality": self.quality.to_dict(),
            "transcript": self._transcript(),
            "interpretation": self.interpretation.to_dict() if self.interpretation else None,
            "missing": [one.to_dict() for one in self.missing],
            "timings": {step: _rounded(seconds) for step, seconds in self.timings_s.items()},
        }

    def to_json(self) -> str:
        """Return ``to_dict`` as a JSON text without blanks."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    def _transcript(self) -> dict[str, Any] | None:
        if self.transcript is None:
            return None
        words = [{**word.to_dict(), "segment": segment_at(word, self.segments)} for word in self.transcript.words]
        return {**self.transcript.to_dict(), "words": words}


def segment_at(word: Word, segments: Sequence[Segment]) -> int | None:
    """Return which segment a word lies in, the nearest by its middle, from 0; None where there are no segments."""
    middle_s = (word.start_s + word.end_s) / 2

    def distance_s(number: int) -> float:
        return max(segments[number].start_s - middle_s, middle_s - segments[number].end_s, 0.0)

    return min(range(len(segments)), key=distance_s, default=None)
