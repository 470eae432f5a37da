"""The JSON documents and the README of a checkpoint, read with caps and without trust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from sentisound.errors import CheckpointInvalid

CONFIG_FILE = "config.json"
PREPROCESSOR_FILE = "preprocessor_config.json"
README_FILE = "README.md"
MAX_BYTES = 2_000_000

LICENCE_LINE = re.compile(r"^(license|license_name):[ \t]*[\"']?([\w.+-]{1,60})[\"']?[ \t]*$", re.MULTILINE)
"""A line of a README's metadata."""

Kind = TypeVar("Kind")

_LENIENT = ConfigDict(extra="ignore")


@with_config(_LENIENT)
@dataclass(frozen=True, slots=True)
class Config:
    """What we read ourselves of ``config.json``; the shape of the network is read by ``transformers``."""

    architectures: list[str] | None = None
    id2label: dict[int, str] | None = None
    num_labels: int = 2
    """Number of outputs where ``id2label`` does not name them; two where nothing is said."""
    problem_type: str | None = None
    max_source_positions: int = 1500
    """Whisper: positions after the convolutions, half as many as frames."""


@with_config(_LENIENT)
@dataclass(frozen=True, slots=True)
class Preprocessor:
    """What we read of ``preprocessor_config.json``; the defaults are those of ``transformers``."""

    feature_extractor_type: str | None = None
    sampling_rate: int = 16_000
    do_normalize: bool = True
    """wav2vec2 and its kin: zero mean and unit variance; Whisper's extractor has no use for it."""
    feature_size: int | None = None
    n_fft: int = 400
    hop_length: int = 160
    chunk_length: float = 30
    """Whisper: seconds."""
    dither: float = 0.0


def read_config(folder: Path) -> Config:
    """Return what ``config.json`` says of the classifier; CheckpointInvalid where it is missing or malformed."""
    return _read(folder, CONFIG_FILE, TypeAdapter(Config))


def read_preprocessor(folder: Path) -> Preprocessor:
    """Return what ``preprocessor_config.json`` says; CheckpointInvalid where it is missing or malformed."""
    return _read(folder, PREPROCESSOR_FILE, TypeAdapter(Preprocessor))


def read_network_config(folder: Path) -> dict[str, Any]:
    """Return the whole of ``config.json``, for ``transformers`` to validate."""
    return _read(folder, CONFIG_FILE, TypeAdapter(dict[str, Any]))


def read_licence(folder: Path) -> str:
    """Return the licence in the metadata at the head of README.md, or an empty string."""
    path = folder / README_FILE
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    head = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    stated: dict[str, str] = dict(LICENCE_LINE.findall(head[1])) if head else {}
    licence = stated.get("license", "")
    return stated.get("license_name", licence) if licence == "other" else licence


def _read(folder: Path, name: str, adapter: TypeAdapter[Kind]) -> Kind:
    path = folder / name
    if not path.is_file():
        raise CheckpointInvalid(
            f"there is no {name} in {folder.name!r}; it comes with every checkpoint that was saved whole"
        )
    if path.stat().st_size > MAX_BYTES:
        raise CheckpointInvalid(f"{name} has {path.stat().st_size} bytes; at most {MAX_BYTES} are read")
    try:
        return adapter.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise CheckpointInvalid(f"{name}: {where!r}: {first['msg']}") from None
