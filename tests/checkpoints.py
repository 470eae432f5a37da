"""Small checkpoints of every architecture that can be imported: random weights of a fixed seed, never trained."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers

OUTPUTS = ("ang", "hap", "neu", "sad")

ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "classifier_proj_size": 8,
    "initializer_range": 0.5,
}
LAYER_NORM = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
"""The variant of the large and the multilingual encoders; the base ones have group norm."""

WHISPER = {
    "d_model": 16,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "vocab_size": 10,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
    "classifier_proj_size": 8,
    "init_std": 0.5,
}

VARIANTS = {
    "wav2vec2": ("Wav2Vec2", ENCODER),
    "wav2vec2-layer-norm": ("Wav2Vec2", ENCODER | LAYER_NORM | {"use_weighted_layer_sum": True}),
    "hubert": ("Hubert", ENCODER),
    "wavlm": ("WavLM", ENCODER),
    "wavlm-layer-norm": ("WavLM", ENCODER | LAYER_NORM),
    "whisper": ("Whisper", WHISPER),
    "whisper-128": ("Whisper", WHISPER | {"num_mel_bins": 128}),
}
"""Checkpoints by name: the family, and its configuration."""

NORMALISED = {"wav2vec2": True, "wav2vec2-layer-norm": True, "hubert": True, "wavlm": False, "wavlm-layer-norm": True}


def save_checkpoint(folder: Path, name: str, outputs: tuple[str, ...] = OUTPUTS) -> Path:
    """Write the checkpoint of that name as its authors would."""
    family, shape = VARIANTS[name]
    head = "ForAudioClassification" if family == "Whisper" else "ForSequenceClassification"
    configuration = getattr(transformers, f"{family}Config")(**shape, id2label=dict(enumerate(outputs)))
    torch.manual_seed(0)
    getattr(transformers, family + head)(configuration).save_pretrained(folder)
    extractor(name).save_pretrained(folder)
    return folder


def extractor(name: str):
    """Return the feature extractor that belongs to a checkpoint."""
    if name in NORMALISED:
        return transformers.Wav2Vec2FeatureExtractor(do_normalize=NORMALISED[name], return_attention_mask=False)
    return transformers.WhisperFeatureExtractor(feature_size=VARIANTS[name][1].get("num_mel_bins", 80))


def silent(step: str, done: int, total: int) -> None:
    """Show no progress."""
