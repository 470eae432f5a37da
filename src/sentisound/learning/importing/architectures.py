"""The architectures that can be imported, and how each is fed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentisound.errors import CheckpointInvalid


@dataclass(frozen=True, slots=True)
class Architecture:
    """A classifier of the ``transformers`` library."""

    model: str
    """Its class, as ``architectures`` in config.json names it."""
    config: str
    """The class of its configuration."""
    extractor: str
    """The class of the feature extractor that it was trained behind."""


WAVEFORM_EXTRACTOR = "Wav2Vec2FeatureExtractor"
WHISPER_EXTRACTOR = "WhisperFeatureExtractor"

ARCHITECTURES = {
    one.model: one
    for one in (
        Architecture("Wav2Vec2ForSequenceClassification", "Wav2Vec2Config", WAVEFORM_EXTRACTOR),
        Architecture("HubertForSequenceClassification", "HubertConfig", WAVEFORM_EXTRACTOR),
        Architecture("WavLMForSequenceClassification", "WavLMConfig", WAVEFORM_EXTRACTOR),
        Architecture("WhisperForAudioClassification", "WhisperConfig", WHISPER_EXTRACTOR),
    )
}
"""By the class of the model. Classes are taken from here and never from a checkpoint, so none brings its own code."""


def architecture(names: Sequence[str]) -> Architecture:
    """Return the architecture that config.json names.

    Raises
    ------
    CheckpointInvalid
        When it is not one of ours; the message lists them.
    """
    if len(names) != 1 or names[0] not in ARCHITECTURES:
        found = ", ".join(map(repr, names)) or "none"
        raise CheckpointInvalid(f"config.json names the architecture {found}; supported are {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[names[0]]
