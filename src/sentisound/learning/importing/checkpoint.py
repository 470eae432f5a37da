"""A checkpoint as its documents describe it: what it is, what its outputs mean, and how sound is fed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sentisound.audio.waveform import RATE_HZ
from sentisound.card import FeatureSpec
from sentisound.errors import CheckpointInvalid
from sentisound.features.encoder_inputs import (
    WHISPER_BANDS,
    WHISPER_FRAMES,
    WHISPER_HOP,
    WHISPER_RATE_HZ,
    WHISPER_SAMPLES,
    WHISPER_WINDOW,
)
from sentisound.features.sets import feature_set
from sentisound.learning.importing.architectures import WHISPER_EXTRACTOR, Architecture, architecture
from sentisound.learning.importing.documents import Config, Preprocessor, read_config, read_licence, read_preprocessor
from sentisound.learning.importing.labels import emotion_labels

MAX_OUTPUTS = 1000
"""Outputs that are counted; there are far fewer emotions."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that can be imported, before its weights are touched."""

    folder: Path
    architecture: Architecture
    labels: list[str]
    """The emotion of each output."""
    features: FeatureSpec
    """The feature set that does what the checkpoint's feature extractor does."""
    licence: str
    """As its README states it; empty where it states none."""


def read_checkpoint(folder: Path, labels: Sequence[str] = ()) -> Checkpoint:
    """Read and check a checkpoint's documents.

    Parameters
    ----------
    folder
        Holds ``config.json`` and ``preprocessor_config.json``.
    labels
        The outputs' emotions in order, where the config's names are not to be used.

    Raises
    ------
    CheckpointInvalid
        With what is wrong and what to do about it.
    """
    config = read_config(folder)
    kind = architecture(config.architectures or [])
    _check_head(config)
    features = _features(kind, read_preprocessor(folder), config)
    emotions = emotion_labels(_outputs(config), labels)
    return Checkpoint(folder, kind, emotions, features, read_licence(folder))


def _check_head(config: Config) -> None:
    if config.problem_type not in {None, "single_label_classification"}:
        raise CheckpointInvalid(
            f"its head is for {config.problem_type!r}; only classification into one label can be used"
        )
    if len(_named(config)) < 2:
        raise CheckpointInvalid("its head has one output (a regression); only classification into labels can be used")


def _outputs(config: Config) -> list[str]:
    names = _named(config)
    if sorted(names) != list(range(len(names))):
        raise CheckpointInvalid(f"config.json: id2label must number its {len(names)} labels from 0 on")
    return [names[index] for index in range(len(names))]


def _named(config: Config) -> dict[int, str]:
    if config.id2label is not None:
        return config.id2label
    return {index: f"LABEL_{index}" for index in range(min(config.num_labels, MAX_OUTPUTS))}


def _features(kind: Architecture, stated: Preprocessor, config: Config) -> FeatureSpec:
    if stated.feature_extractor_type not in {None, kind.extractor}:
        raise CheckpointInvalid(f"{kind.model} takes a {kind.extractor}, not a {stated.feature_extractor_type!r}")
    if stated.sampling_rate != RATE_HZ:
        raise CheckpointInvalid(f"it hears sound at {stated.sampling_rate} Hz; only {RATE_HZ} Hz can be used")
    return _whisper(stated, config) if kind.extractor == WHISPER_EXTRACTOR else _waveform(stated)


def _waveform(stated: Preprocessor) -> FeatureSpec:
    if stated.feature_size not in {None, 1}:
        raise CheckpointInvalid(f"its feature extractor gives {stated.feature_size} values a sample; it must be 1")
    return _spec("waveform", {"normalise": stated.do_normalize})


def _whisper(stated: Preprocessor, config: Config) -> FeatureSpec:
    found = (stated.n_fft, stated.hop_length, stated.chunk_length, stated.dither, 2 * config.max_source_positions)
    wanted = (WHISPER_WINDOW, WHISPER_HOP, WHISPER_SAMPLES / WHISPER_RATE_HZ, 0.0, WHISPER_FRAMES)
    if found != wanted:
        raise CheckpointInvalid(
            f"its window, hop, seconds, dither and frames are {found}; the published Whisper encoders have {wanted}"
        )
    bands = WHISPER_BANDS[0] if stated.feature_size is None else stated.feature_size
    if bands not in WHISPER_BANDS:
        raise CheckpointInvalid(f"it takes {bands} mel bands; the published Whisper encoders take 80 or 128")
    return _spec("whisper_mel", {"n_mels": bands})


def _spec(name: str, parameters: dict[str, float | int | str | bool]) -> FeatureSpec:
    features = feature_set(name, parameters)
    return FeatureSpec(name, features.version, features.size, parameters)
