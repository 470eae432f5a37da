"""Words about a sound: what was said in it, what that may mean, and which of both is missing and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

LanguageSource = Literal["set", "detected", "assumed"]
"""Whether somebody said which language it is, the engine heard it, or the engine knows no other."""
Part = Literal["transcript", "interpretation"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word and when it was said; times in seconds from the start of the sound."""

    text: str
    start_s: float
    end_s: float
    probability: float | None = None
    """What the engine gives it, 0..1, not calibrated; None where it says nothing."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {
            "word": self.text,
            "start": round(self.start_s, 3),
            "end": round(self.end_s, 3),
            "probability": None if self.probability is None else round(self.probability, 3),
        }


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, as an engine heard it."""

    text: str
    """Empty where the engine heard no words."""
    engine: str
    """Name of the engine and of its model."""
    language: str | None
    """ISO 639 code, or what a remote engine calls it; None where it is not known."""
    language_source: LanguageSource
    draft: bool = False
    """Whether the engine is known to get many words wrong: to look things up by, not to quote."""
    words: tuple[Word, ...] = ()
    """Empty where the engine tells no times."""
    warnings: tuple[str, ...] = ()
    """What a person should know before relying on it, in words."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {
            "text": self.text,
            "engine": self.engine,
            "language": self.language,
            "language_source": self.language_source,
            "draft": self.draft,
            "words": [word.to_dict() for word in self.words],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that an interpretation says, and what it rests on."""

    text: str
    segments: tuple[int, ...]
    """Which segments of the analysis, from 0; empty where it rests on the sound as a whole and there are none."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {"text": self.text, "segments": list(self.segments)}


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What an analysis may mean, in sentences."""

    statements: tuple[Statement, ...]
    uncertainty: str
    """How sure that is and what it cannot say."""
    engine: str
    """``rules``, or ``llm`` and the model's name."""
    language_model: bool
    """Whether a language model wrote it."""

    @property
    def text(self) -> str:
        """All of it as one text."""
        return " ".join([*(statement.text for statement in self.statements), self.uncertainty])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract."""
        return {
            "text": self.text,
            "statements": [statement.to_dict() for statement in self.statements],
            "uncertainty": self.uncertainty,
            "engine": self.engine,
            "language_model": self.language_model,
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of an analysis that was asked for and is not there."""

    part: Part
    code: str
    """Stable, for programs: the code of an ``EngineError``."""
    detail: str
    """Why, and what to do about it."""

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form of the contract."""
        return {"part": self.part, "code": self.code, "detail": self.detail}
