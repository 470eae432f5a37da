"""The bundle: the one door between learning and serving, a folder with ``model.onnx`` and ``bundle.json``.

``bundle.json`` is the card: labels, sample rate, feature set, calibration, where the model comes from, what it scores
and under which protocol, a checksum of the graph, and a golden input with its output. Reading a bundle trusts nothing:
the card's form, the names of its files, their sizes and checksums, the feature set and the graph's content are checked
before onnxruntime sees a byte. There is no pickle and no code in a bundle.

A bundle of a network may hold ``weights.npz`` beside them: its weights as plain arrays, from which training goes on.
Serving checks that file and never opens it.

The graph's contract: an input ``features`` (float32; batch first), beside it ``functionals`` (batch x values) where the
card names a second set, and one output ``logits`` (float32, batch x labels).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import TypeAdapter, ValidationError

from sentisound import onnx_graph
from sentisound.audio.waveform import Origin, Waveform
from sentisound.card import Card, FeatureSpec, File
from sentisound.card_fields import wrong_value
from sentisound.emotions import EMOTIONS
from sentisound.errors import BundleDamaged, BundleInvalid, BundleNotFound, FeatureError

if TYPE_CHECKING:
    from sentisound.features.sets import FeatureSet

CARD_FILE = "bundle.json"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "weights.npz"
MAX_MODEL_BYTES = 500_000_000  # a large fine-tuned encoder; the bundles that ship stay below 20 MB in all
MAX_BUNDLE_BYTES = 1_000_000_000
MAX_CARD_BYTES = 4_000_000
WRONG_TEXT = "the text is too long, or has characters that are not allowed there"
MAX_SAID = 300
"""Characters of what a card or graph said that are repeated in an error."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that has been read and verified."""

    path: Path
    card: Card
    model: bytes

    @property
    def features(self) -> FeatureSet:
        """The feature set that the graph takes."""
        return _feature_set(self.card.features)

    @property
    def functionals(self) -> FeatureSet | None:
        """The second feature set that the graph takes; None where it takes one."""
        return _feature_set(self.card.functionals) if self.card.functionals else None

    def read(self, name: str) -> bytes | None:
        """Return a further file of the bundle, verified again; None when the card names none of that name.

        Raises
        ------
        BundleInvalid, BundleDamaged
        """
        return _verified(self.path, name, self.card.files[name]) if name in self.card.files else None


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Card]:
    return TypeAdapter(Card)


def golden_waveform(rate_hz: int) -> Waveform:
    """Return the golden sound: 1.2 s of a gliding, pulsating harmonic tone, the same on every machine.

    Its formula never changes: the golden features in every published bundle come from it.
    """
    time = np.arange(int(1.2 * rate_hz)) / rate_hz
    phase = 2 * np.pi * (110 * time + 35 * time**2)
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 20))
    envelope = np.sin(2 * np.pi * 2.5 * time) ** 2 + 0.01
    samples = np.asarray(0.2 * harmonics * envelope, dtype=np.float32)
    return Waveform(samples, rate_hz, Origin("array", "float32", rate_hz, 1))


def read_card(folder: Path) -> Card:
    """Read and validate ``bundle.json`` only; the model's bytes are not touched.

    Raises
    ------
    BundleNotFound
        When there is no bundle in that folder.
    BundleInvalid
        When the card is not of the right form; the message names the first wrong field.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        raise BundleNotFound(f"there is no {CARD_FILE} in {str(folder)!r}; `sentisound models list` shows the models")
    card = _parsed(_read_capped(_inside(folder, CARD_FILE), MAX_CARD_BYTES))
    _check_card(card)
    return card


def _parsed(raw: bytes) -> Card:
    try:
        card = _adapter().validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        why = WRONG_TEXT if first["type"] == "string_pattern_mismatch" else _said(first["msg"])
        raise BundleInvalid(f"{CARD_FILE}: {_said(where)}: {why}") from None
    if (wrong := wrong_value(card.to_dict())) is not None:
        raise BundleInvalid(f"{CARD_FILE}: {wrong}")
    return card


def _said(text: str) -> str:
    """Return what a stranger's file said so that a terminal and a log can show it."""
    return "".join(c if c.isprintable() else "?" for c in text[:MAX_SAID])


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and verify all that can be verified without running it.

    Raises
    ------
    BundleNotFound, BundleInvalid, BundleDamaged
        Each with what is wrong and, where it helps, what to do.
    """
    card = read_card(folder)
    for name, file in card.files.items():
        content = _verified(folder, name, file)  # one at a time: only the graph is kept
        if name == MODEL_FILE:
            model = content
    check_graph(model)
    return Bundle(folder, card, model)


def write_bundle(folder: Path, card: Card, model: bytes, beside: Mapping[str, bytes] | None = None) -> Bundle:
    """Write a bundle beside its place and move it there whole, then read it back.

    ``card.files`` is filled in here, from the graph and the files ``beside`` it. A bundle already at ``folder`` is
    replaced only once the new one is complete.
    """
    contents = {MODEL_FILE: model} | dict(beside or {})
    published = {name: asdict(File(hashlib.sha256(data).hexdigest(), len(data))) for name, data in contents.items()}
    document = card.to_dict() | {"files": published}
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, data in contents.items():
            (draft / name).write_bytes(data)
        (draft / CARD_FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        draft.chmod(0o755)
        read_bundle(draft)
        _replace(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return read_bundle(folder)


def check_graph(model: bytes) -> None:
    """Refuse a graph that reaches outside itself, has control flow or uses operators that are not on our list.

    Raises
    ------
    BundleInvalid
    """
    try:
        onnx_graph.inspect(model)
    except ValueError as error:
        raise BundleInvalid(f"{MODEL_FILE} {error}") from None


def _check_card(card: Card) -> None:
    unknown = [label for label in card.labels if label not in EMOTIONS]
    if unknown or len(card.labels) < 2 or len(set(card.labels)) != len(card.labels):
        raise BundleInvalid(f"{CARD_FILE}: labels must be two or more different emotions of {', '.join(EMOTIONS)}")
    if not 4_000 <= card.rate_hz <= 192_000:
        raise BundleInvalid(f"{CARD_FILE}: rate_hz {card.rate_hz} is not a usable sample rate")
    if MODEL_FILE not in card.files:
        raise BundleInvalid(f"{CARD_FILE}: files must name {MODEL_FILE}")
    if sum(file.bytes for file in card.files.values()) > MAX_BUNDLE_BYTES:
        raise BundleInvalid(f"{CARD_FILE}: files have more than {MAX_BUNDLE_BYTES} bytes together")
    _feature_set(card.features)
    if card.functionals and _feature_set(card.functionals).kind != "vector":
        raise BundleInvalid(f"{CARD_FILE}: functionals must be a set of vectors, not {card.functionals.set}")


def _feature_set(spec: FeatureSpec) -> FeatureSet:
    from sentisound.features.sets import feature_set  # loads scipy: not for a process that has others recognise

    try:
        features = feature_set(spec.set, spec.parameters)
    except FeatureError as error:
        raise BundleInvalid(f"{CARD_FILE}: features: {error}") from None
    if (features.version, features.size) != (spec.version, spec.size):
        raise BundleInvalid(
            f"{CARD_FILE}: the model takes {spec.set} version {spec.version} ({spec.size} values), here it is version "
            f"{features.version} ({features.size}); train it again or install the SentiSound it was made with"
        )
    return features


def _verified(folder: Path, name: str, file: File) -> bytes:
    """Return the content of a file that is what was published."""
    path = _inside(folder, name)
    if not path.is_file():
        raise BundleDamaged(f"{name} is missing from the bundle; fetch or train it again")
    content = _read_capped(path, MAX_MODEL_BYTES)
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise BundleDamaged(f"{name} is not what was published (its checksum differs); fetch or train it again")
    return content


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a bundle's file; neither its name nor a link leads out of the folder."""
    path = folder / name
    if Path(name).name != name or name in {"", ".", ".."} or path.resolve().parent != folder.resolve():
        raise BundleInvalid(f"{CARD_FILE}: {name!r} lies outside the bundle")
    return path


def _read_capped(path: Path, cap: int) -> bytes:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > cap:
            raise BundleInvalid(f"{path.name} has {size} bytes; at most {cap} are read")
        return file.read(size)


def _replace(draft: Path, folder: Path) -> None:
    """Move ``draft`` to ``folder``; a folder cannot be renamed over one that has files, so the old steps aside."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
