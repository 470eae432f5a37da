"""The recipe: one TOML file from which a published model can be trained again."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from sentisound.card_fields import Line, ModelName, Version
from sentisound.errors import RecipeError
from sentisound.learning.augmentation.step import Step

RECIPES = (Path(__file__).parents[1] / "recipes", Path(__file__).parents[3] / "recipes")
"""Where the published recipes are: in an installed package, and in a checkout."""
_STRICT = ConfigDict(extra="forbid")
Parameters = dict[str, float | int | str | bool]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class DataOptions:
    """What is learned from."""

    corpora: list[str]
    noise_copies_before_split: Annotated[int, Field(ge=0, le=9)] = 0
    """Copies of each clip with a little noise, made before the split: a leak, kept to show what it is worth."""
    pooled: bool = False
    """Under a protocol that names its corpora, the recipe's other corpora join every training side."""
    open: bool = False
    """In the bundle's training every label competes for every clip: it is asked about sound of no corpus, and would
    else hear calm in Danish, since no clip ever told it that calm is not there."""
    ships: list[str] = field(default_factory=list)
    """Labels of the bundle, for whose training clips of other labels are left out; empty for all."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """Which features are taken."""

    set: str
    parameters: Parameters = field(default_factory=dict)
    functionals: str = ""
    """A set of vectors that a network takes beside its frames; empty for none."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which learner, with which parameters."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stated:
    """Options that grow in number."""

    def stated(self) -> dict[str, Any]:
        """Return the options that have a value, for a checksum: so one more option spoils no kept fold."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class AugmentationOptions(_Stated):
    """How a network's training clips are varied; test clips never are."""

    copies: Annotated[int, Field(ge=0, le=20)] = 0
    """Renderings of each training clip by the chain ``waveform``, made once and cached."""
    waveform: list[Step] = field(default_factory=list)
    slight_copies: Annotated[int, Field(ge=0, le=20)] | None = None
    """Renderings by the chain ``slight``, learned from like the others; see ``training.consistency``."""
    slight: list[Step] | None = None
    """Changes so small that what is recognised must not change with them."""
    frames: list[Step] = field(default_factory=list)
    """Transforms of frames, drawn anew each time that a clip is heard."""
    mixup: Annotated[float, Field(ge=0)] = 0.0
    """Alpha of the beta distribution that mixing weights are drawn from; 0 for no mixup."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class TrainingOptions(_Stated):
    """How a network is trained."""

    epochs: Annotated[int, Field(ge=1)] = 40
    """Passes over the training clips; with ``balanced``, as many draws."""
    batch_size: Annotated[int, Field(ge=2)] = 32
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    """Peak of the one-cycle schedule (Smith and Topin 2018)."""
    fine_tune_rate: Annotated[float, Field(gt=0)] | None = None
    """Peak where training starts from a bundle's weights; None for a fifth of ``learning_rate``."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    crop_s: Annotated[float, Field(gt=0)] = 3.0
    """Longest stretch of a clip that is learned from at once."""
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.998
    """Decay of the moving average of the weights, which is what is kept."""
    patience: Annotated[int, Field(ge=1)] = 10
    """Epochs without a better UAR on held-out speakers after which training stops."""
    balanced: bool = False
    """Draw corpus, then speaker, then label with equal chance, in place of clips."""
    teacher: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the loss that has the network predict a teacher's embedding."""
    ratings: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the loss on arousal, valence and dominance, where a corpus has ratings."""
    functionals: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the loss on the functionals' branch of a network that has one."""
    linear: Annotated[float, Field(ge=0)] = 0.0
    """C of the logistic regression that the functionals' branch is set to and left at; 0 has it learn by steps."""
    open: bool | None = None
    """Let every label compete for every clip; None for those of the clip's corpus alone."""
    consistency: Annotated[float, Field(ge=0)] | None = None
    """Weight of the loss on what logits change by between a clip and a slight copy of it; None for 0."""
    consistency_from: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of the steps before that loss begins: labels are learned sooner without it. None for 0."""
    last: bool | None = None
    """Keep the last weights of the schedule, and let held-out speakers calibrate only; None for False: they choose the
    epoch too, which with few of them is a choice by chance."""
    own_share: Annotated[float, Field(gt=0, le=1)] | None = None
    """After a general stage: share of the draws that are of the corpus that is tested; None for 1."""
    finish: Annotated[int, Field(ge=0)] | None = None
    """Epochs at the end in which held-out speakers are learned from too, once all is chosen; None for 0."""
    bf16: bool = True
    """Train in bfloat16 where the processor has it."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class GeneralOptions(_Stated):
    """The stage before: a network learns from all corpora of its training side that are not tested.

    It is the same for all folds of a protocol, and done once. Where no clip of a tested corpus may be learned from, it
    is all the training there is.
    """

    epochs: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    linear: Annotated[float, Field(ge=0)] = 0.0
    """As ``linear`` of ``TrainingOptions``."""
    consistency: Annotated[float, Field(ge=0)] | None = None
    """As ``consistency`` of ``TrainingOptions``; None for the same weight."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """How the model is calibrated."""

    groups: int = 5
    """Groups of speakers, each held out once."""
    selective_risk: float = 0.25


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Under which protocols the recipe is measured, and how often."""

    protocols: list[str]
    seeds: list[int]
    robustness: bool = False
    """Ask each fold's model again under the conditions of ``evaluation.conditions``."""
    fairness: bool = False
    """Compare groups of speakers: sex, pitch, corpus, language."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Recipe:
    """A training recipe."""

    name: ModelName
    version: Version
    title: Line
    seed: int
    data: DataOptions
    features: FeatureOptions
    model: ModelOptions
    evaluation: EvaluationOptions
    calibration: CalibrationOptions = field(default_factory=CalibrationOptions)
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    general: GeneralOptions | None = None
    """Of a network that learns from pooled corpora; ``training`` then says how it goes on with the tested one."""
    search: dict[str, Annotated[list[Any], Field(min_length=1)]] = field(default_factory=dict)
    """Values to choose from for parameters of the model, on held-out speakers of each training side."""

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The model's parameters, once for each combination of the values searched."""
        combinations = product(*self.search.values())
        return [self.model.parameters | dict(zip(self.search, values, strict=True)) for values in combinations]


def find_recipe(name: Path) -> Path:
    """Return the file of a recipe: the path itself, or a published recipe by its name, as in ``flagship``.

    The published ones are in the installed package, or in the checkout it runs from.
    """
    homes = (home for start in RECIPES for home in (start, *sorted(start.glob("*/"))))
    candidates = (home / f"{name}.toml" for home in homes)
    return name if name.suffix else next((path for path in candidates if path.is_file()), name)


def read_recipe(path: Path) -> Recipe:
    """Read and validate a recipe, from a path or by the name of a published one.

    Raises
    ------
    RecipeError
        When the file is missing, is not TOML, or a field is missing, unknown or of the wrong type.
    """
    try:
        path = find_recipe(path)
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(Recipe).validate_python(document)
    except FileNotFoundError:
        raise RecipeError(
            f"there is no recipe {str(path)!r}; published ones go by name: {', '.join(published())}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path.name} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise RecipeError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def published() -> list[str]:
    """Return the names of the published recipes."""
    return sorted({path.stem for home in RECIPES for path in home.rglob("*.toml")})
