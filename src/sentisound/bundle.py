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
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from sentisound import onnx_graph
from sentisound.audio.waveform import Origin, Waveform
from sentisound.emotions import EMOTIONS
from sentisound.errors import BundleDamaged, BundleInvalid, BundleNotFound, FeatureError
from sentisound.findings import Bin, Fairness, Risk, Robustness

if TYPE_CHECKING:
    from sentisound.features.sets import FeatureSet

CARD_FILE = "bundle.json"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "weights.npz"
MAX_MODEL_BYTES = 500_000_000  # a large fine-tuned encoder; the bundles that ship stay below 20 MB in all
MAX_CARD_BYTES = 4_000_000
SAFE_DOMAINS = frozenset({"ai.onnx.ml", "com.microsoft"})  # beside the standard one

_STRICT = ConfigDict(extra="forbid", strict=True)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Which features the graph takes."""

    set: str
    version: int
    size: int
    """Values per vector, or columns per frame."""
    parameters: dict[str, float | int | str | bool] = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities that mean something, and when to abstain."""

    temperature: float
    """Logits are divided by it before the softmax (Guo et al. 2017, "On calibration of modern neural networks")."""
    threshold: float
    """Abstain below this confidence."""
    selective_risk: float
    """Share of errors among the answers given, which the threshold was chosen to keep on held-out speakers."""
    fitted_on: str


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Base:
    """A model that another one started from."""

    id: str
    """``name@version``."""
    licence: str
    corpora: list[str]
    """All that its weights have heard, what it started from itself included."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Training:
    """Where the model comes from."""

    corpora: list[str]
    languages: list[str]
    speakers: int
    clips: int
    model: str
    """The learner and its parameters."""
    scaler: str
    recipe: str
    seed: int
    base: Base | None = None
    """The model whose weights it started from; None where it learned from nothing."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What a network is built from; its input sizes and labels are the card's."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Metric:
    """What the model's recipe scores, for speakers it has not heard unless the protocol says otherwise.

    Each figure is the mean over folds and seeds; ``*_std`` is the spread over them.
    """

    protocol: str
    speaker_independent: bool
    seeds: list[int]
    folds: int
    uar: float
    uar_std: float
    wa: float
    wa_std: float
    ece: float
    coverage: float
    """Share of clips on which the model does not abstain."""
    selective_wa: float
    """Accuracy on those clips."""
    wa_at_80: float | None = None
    """Accuracy on the surest 80 % of the clips; None, as all below is empty, in bundles from before it was measured."""
    aurc: float | None = None
    """Area under the risk-coverage curve."""
    reliability: list[Bin] = field(default_factory=list)
    """The reliability diagram of all clips together."""
    risks: list[Risk] = field(default_factory=list)
    """The risk-coverage curve of all clips together."""
    robustness: list[Robustness] = field(default_factory=list)
    fairness: list[Fairness] = field(default_factory=list)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Golden:
    """An input and the output that the graph gave for it when it was published."""

    features: list[float]
    """The feature values of ``golden_waveform``, flattened."""
    logits: list[float]
    functionals: list[float] = field(default_factory=list)
    """The values of the second set, where the graph takes one."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class File:
    """A file of the bundle as it was published."""

    sha256: str
    bytes: int


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Card:
    """``bundle.json``."""

    format: Literal[1]
    name: str
    version: str
    title: str
    created: str
    labels: list[str]
    rate_hz: int
    """Sound is brought to this rate before features are taken: the rate of the speech heard in training."""
    features: FeatureSpec
    calibration: Calibration
    training: Training
    licence: str
    intended_use: str
    limits: str
    metrics: list[Metric]
    golden: Golden
    files: dict[str, File]
    functionals: FeatureSpec | None = None
    """A second set, of one vector an utterance, that the graph takes beside its frames; None for most."""
    network: NetworkSpec | None = None
    """The network that ``weights.npz`` belongs to; None where the bundle has no weights to train further."""

    @property
    def id(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


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
    raw = _read_capped(path, MAX_CARD_BYTES)
    try:
        card = _adapter().validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise BundleInvalid(f"{CARD_FILE}: {where}: {first['msg']}") from None
    _check_card(card)
    return card


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and verify all that can be verified without running it.

    Raises
    ------
    BundleNotFound, BundleInvalid, BundleDamaged
        Each with what is wrong and, where it helps, what to do.
    """
    card = read_card(folder)
    contents = {name: _verified(folder, name, file) for name, file in card.files.items()}
    check_graph(contents[MODEL_FILE])
    return Bundle(folder, card, contents[MODEL_FILE])


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
    """Refuse a graph that reaches outside itself or uses operators from unknown domains.

    Raises
    ------
    BundleInvalid
    """
    try:
        facts = onnx_graph.inspect(model)
    except ValueError as error:
        raise BundleInvalid(f"{MODEL_FILE} is not an ONNX graph: {error}") from None
    if facts.external_data:
        raise BundleInvalid(f"{MODEL_FILE} keeps tensors in other files; a bundle's graph must hold all its data")
    if not facts.operators:
        raise BundleInvalid(f"{MODEL_FILE} is not an ONNX graph: it has no operators")
    unknown = sorted(op for op in facts.operators if "." in op and op.rpartition(".")[0] not in SAFE_DOMAINS)
    if unknown:
        raise BundleInvalid(f"{MODEL_FILE} uses operators that are not standard: {', '.join(unknown)}")


def _check_card(card: Card) -> None:
    unknown = [label for label in card.labels if label not in EMOTIONS]
    if unknown or len(card.labels) < 2 or len(set(card.labels)) != len(card.labels):
        raise BundleInvalid(f"{CARD_FILE}: labels must be two or more different emotions of {', '.join(EMOTIONS)}")
    if not 0.01 <= card.calibration.temperature <= 100:
        raise BundleInvalid(f"{CARD_FILE}: calibration.temperature must lie between 0.01 and 100")
    if not 4_000 <= card.rate_hz <= 192_000:
        raise BundleInvalid(f"{CARD_FILE}: rate_hz {card.rate_hz} is not a usable sample rate")
    if MODEL_FILE not in card.files:
        raise BundleInvalid(f"{CARD_FILE}: files must name {MODEL_FILE}")
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
    path = folder / name
    if Path(name).name != name or name in {"", ".", ".."} or path.resolve().parent != folder.resolve():
        raise BundleInvalid(f"{CARD_FILE}: {name!r} lies outside the bundle")
    if not path.is_file():
        raise BundleDamaged(f"{name} is missing from the bundle; fetch or train it again")
    content = _read_capped(path, MAX_MODEL_BYTES)
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise BundleDamaged(f"{name} is not what was published (its checksum differs); fetch or train it again")
    return content


def _read_capped(path: Path, cap: int) -> bytes:
    if path.stat().st_size > cap:
        raise BundleInvalid(f"{path.name} has {path.stat().st_size} bytes; at most {cap} are read")
    return path.read_bytes()


def _replace(draft: Path, folder: Path) -> None:
    """Move ``draft`` to ``folder``; a folder cannot be renamed over one that has files, so the old steps aside."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
