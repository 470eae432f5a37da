"""The JSON shapes of the HTTP contract; those of the original endpoints are fixed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from sentisound.card import Card
from sentisound.results import Analysis


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=(), use_attribute_docstrings=True)


class Recording(_Shape):
    """What ``POST /record`` takes."""

    audio: str
    """A base64 data URL, or bare base64."""


class Prediction(_Shape):
    """What ``POST /predict`` and ``POST /record`` answer."""

    emotion: str
    probabilities: dict[str, float]
    """Every label of the model, in the model's order."""
    audio_file: str
    """A name for people, never a path."""
    visualization: str | None
    """Where the picture is, relative to the server; null where none can be had."""

    @classmethod
    def of(cls, analysis: Analysis, visualization: str | None = None) -> Prediction:
        """Return the shape of an analysis, with the place of its picture."""
        return cls(
            emotion=analysis.emotion,
            probabilities=analysis.scores.to_dict(),
            audio_file=analysis.file,
            visualization=visualization,
        )


class Charted(_Shape):
    """What ``POST /upload`` answers."""

    predicted_emotion: str
    probabilities: dict[str, float]
    """Every label of the model, in the model's order."""
    chart_url: str
    """A data URL: bars and a pie, PNG."""


class Absence(_Shape):
    """A part of an answer that is not there."""

    part: str
    """``transcript`` or ``interpretation``."""
    code: str
    """Stable, for programs."""
    detail: str


class Processed(_Shape):
    """What ``POST /process_audio`` answers."""

    probabilities: dict[str, float] = Field(serialization_alias="Emotion Probabilities")
    """Every label of the model, in the model's order."""
    transcription: str = Field(serialization_alias="Transcription")
    """Empty where no words were heard, or the engine failed."""
    interpretation: str = Field(serialization_alias="LLM Interpretation")
    """Whoever wrote it is named in the header; empty where the engine failed."""
    missing: list[Absence] | None = Field(None, serialization_alias="Missing")
    """Only where an engine failed: what is empty for that reason, and why."""

    @classmethod
    def of(cls, analysis: Analysis) -> Processed:
        """Return the shape of an analysis."""
        absences = [Absence(part=one.part, code=one.code, detail=one.detail) for one in analysis.missing]
        return cls(
            probabilities=analysis.scores.to_dict(),
            transcription=analysis.transcript.text if analysis.transcript else "",
            interpretation=analysis.interpretation.text if analysis.interpretation else "",
            missing=absences or None,
        )


class Health(_Shape):
    """What ``GET /health`` answers."""

    status: str = "ok"


class ModelInfo(_Shape):
    """What ``GET /models/info`` answers, about the model that is loaded."""

    model_type: str
    classes: list[str]
    n_features: int
    trained_on: str
    feature_type: str
    scaler: str

    @classmethod
    def of(cls, card: Card) -> ModelInfo:
        """Return the shape of a bundle's card."""
        return cls(
            model_type=card.training.model,
            classes=card.labels,
            n_features=card.features.size,
            trained_on=", ".join(card.training.corpora),
            feature_type=f"{card.features.set} ({card.features.size} values)",
            scaler=card.training.scaler,
        )
