"""The card of a model: what ``bundle.json`` says of it, field by field, each of a form and a size."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, with_config

from sentisound.card_fields import (
    Count,
    Day,
    Digest,
    Key,
    Line,
    ModelName,
    Number,
    Parameter,
    Share,
    Text,
    Version,
)
from sentisound.findings import Bin, Fairness, Risk, Robustness

MAX_FILES = 8
"""Files of a bundle beside its card."""

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Which features the graph takes."""

    set: Key
    version: Count
    size: Count
    """Values per vector, or columns per frame."""
    parameters: dict[Key, float | Number | Line | bool] = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities that mean something, and when to abstain."""

    temperature: Annotated[float, Field(ge=0.01, le=100)]
    """Logits are divided by it before the softmax (Guo et al. 2017, "On calibration of modern neural networks")."""
    threshold: Share
    """Abstain below this confidence."""
    selective_risk: Share
    """Share of errors among the answers given, which the threshold was chosen to keep on held-out speakers."""
    fitted_on: Line


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Base:
    """A model that another one started from."""

    id: Line
    """``name@version``."""
    licence: Text
    corpora: list[Line]
    """All that its weights have heard, what it started from itself included."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Training:
    """Where the model comes from."""

    corpora: list[Line]
    languages: list[Line]
    speakers: Count
    clips: Count
    model: Text
    """The learner and its parameters."""
    scaler: Text
    recipe: Text
    seed: Number
    base: Base | None = None
    """The model whose weights it started from; None where it learned from nothing."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What a network is built from; its input sizes and labels are the card's."""

    name: Key
    parameters: dict[Key, Parameter] = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Metric:
    """What the model's recipe scores, for speakers it has not heard unless the protocol says otherwise.

    Each figure is the mean over folds and seeds; ``*_std`` is the spread over them.
    """

    protocol: Line
    speaker_independent: bool
    seeds: list[Number]
    folds: Count
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

    sha256: Digest
    bytes: Count


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Card:
    """``bundle.json``."""

    format: Literal[1]
    name: ModelName
    version: Version
    title: Line
    created: Day
    labels: list[Key]
    rate_hz: Count
    """Sound is brought to this rate before features are taken: the rate of the speech heard in training."""
    features: FeatureSpec
    calibration: Calibration
    training: Training
    licence: Text
    intended_use: Text
    limits: Text
    metrics: list[Metric]
    golden: Golden
    files: Annotated[dict[Line, File], Field(max_length=MAX_FILES)]
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
