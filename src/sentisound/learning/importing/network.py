"""The network of a checkpoint, in torch and of the bundle's contract: its weights loaded, none of its code run.

The class comes from our table, the configuration is cleaned of all that is not the network's shape, and the weights are
safetensors. ``transformers`` alone would also follow a checkpoint's ``auto_map``, quantisers, adapters and attention
kernels, some of which are code from elsewhere.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers.utils import logging as library_log

from sentisound.errors import CheckpointInvalid
from sentisound.features.encoder_inputs import WHISPER_FRAMES, WHISPER_QUIETEST, WHISPER_RANGE
from sentisound.learning.importing.checkpoint import Checkpoint
from sentisound.learning.importing.documents import read_network_config

MAX_LAYERS = 100
"""The deepest of these encoders has 48; each layer that a config asks for is built before it can be judged."""

NOT_SHAPE = frozenset(
    {
        *("_name_or_path", "architectures", "dtype", "model_type", "transformers_version", "problem_type"),
        *("id2label", "label2id", "return_dict", "output_attentions", "output_hidden_states"),
    }
)
"""Keys of every configuration that say nothing of the network's shape, and are ours to set."""

UNUSED_WEIGHTS = ("masked_spec_embed",)
"""Weights that training alone uses; a checkpoint may come without them."""


class OnWaveform(nn.Module):
    """Feeds samples to wav2vec2, HuBERT or WavLM: (batch, samples, 1) to (batch, labels)."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, features: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.classifier(features[:, :, 0]).logits
        return logits


class OnWhisperMel(nn.Module):
    """Feeds frames to Whisper's encoder, filled to 30 s: (batch, frames, bands) to (batch, labels)."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, features: Tensor) -> Tensor:
        """Return logits; the frames after the sound are ``encoder_inputs.whisper_silence``."""
        loudest = features.amax(dim=(1, 2), keepdim=True)
        silence = (loudest - WHISPER_RANGE / 4).clamp(min=(math.log10(WHISPER_QUIETEST) + 4) / 4)
        rest = silence.expand(-1, WHISPER_FRAMES, features.shape[2])
        filled = torch.cat([features, rest], dim=1)[:, :WHISPER_FRAMES]
        logits: Tensor = self.classifier(filled.transpose(1, 2)).logits
        return logits


FEEDS: Mapping[str, type[OnWaveform] | type[OnWhisperMel]] = {"waveform": OnWaveform, "whisper_mel": OnWhisperMel}
"""By feature set."""


def parameter_count(checkpoint: Checkpoint) -> int:
    """Return how many parameters the network uses, without memory for any of them.

    Raises
    ------
    CheckpointInvalid
        When the configuration is not one of its architecture.
    """
    with _told("config.json does not describe this architecture"), torch.device("meta"):
        skeleton = _class(checkpoint)(_configuration(checkpoint))
    return sum(values.numel() for name, values in skeleton.named_parameters() if not name.endswith(UNUSED_WEIGHTS))


def load_network(checkpoint: Checkpoint, weights: Path) -> nn.Module:
    """Return the network in evaluation mode, float32: features of its set in, logits out.

    Raises
    ------
    CheckpointInvalid
        When the weights are not whole, or not those of this network.
    """
    expected, held = parameter_count(checkpoint), _values_held(weights)
    if expected > held:
        raise CheckpointInvalid(f"config.json asks for {expected} parameters, {weights.name} holds {held}")
    with _told(f"{weights.name} does not fit config.json"):
        classifier, report = _class(checkpoint).from_pretrained(
            None,
            config=_configuration(checkpoint),
            state_dict=load_file(weights),
            attn_implementation="eager",  # plain operators, which every version of onnxruntime has
            dtype=torch.float32,
            output_loading_info=True,
        )
    missing = sorted(name for name in report["missing_keys"] if not name.endswith(UNUSED_WEIGHTS))
    if missing:
        raise CheckpointInvalid(
            f"{weights.name} has no {', '.join(map(repr, missing[:4]))}: it is an encoder without a trained "
            "classifier, or its classifier is of another make"
        )
    return FEEDS[checkpoint.features.set](classifier).eval()


def _class(checkpoint: Checkpoint) -> Any:
    return getattr(transformers, checkpoint.architecture.model)


def _configuration(checkpoint: Checkpoint) -> Any:
    """Return the network's configuration: only what gives its shape is taken from the checkpoint."""
    kind = getattr(transformers, checkpoint.architecture.config)
    known = set(kind().to_dict()) - NOT_SHAPE
    shape = {key: value for key, value in read_network_config(checkpoint.folder).items() if key in known}
    for key in ("num_hidden_layers", "encoder_layers", "num_adapter_layers"):
        if isinstance(shape.get(key), int) and shape[key] > MAX_LAYERS:
            raise CheckpointInvalid(f"config.json asks for {shape[key]} layers ({key}); at most {MAX_LAYERS} are built")
    return kind.from_dict(shape | {"id2label": dict(enumerate(checkpoint.labels))})


def _values_held(weights: Path) -> int:
    """Count the values in a safetensors file by its header."""
    try:
        with safe_open(weights, framework="pt") as file:
            return sum(torch.Size(file.get_slice(name).get_shape()).numel() for name in file.keys())  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError) as error:
        raise CheckpointInvalid(f"{weights.name} cannot be read; fetch it again: {error}") from None


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Keep the library from the terminal, and turn what it raises into our error: its exceptions share no base."""
    verbosity, bars = library_log.get_verbosity(), library_log.is_progress_bar_enabled()
    library_log.set_verbosity(logging.CRITICAL)
    library_log.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    except CheckpointInvalid:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        raise CheckpointInvalid(f"{what}: {str(error)[:300]!r}") from None
    finally:
        library_log.set_verbosity(verbosity)
        if bars:
            library_log.enable_progress_bar()  # type: ignore[no-untyped-call]
