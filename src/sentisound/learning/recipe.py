"""The recipe: one TOML file from which a published model can be trained again."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from sentisound.errors import RecipeError

_STRICT = ConfigDict(extra="forbid")
Parameters = dict[str, float | int | str | bool]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class DataOptions:
    """What is learned from."""

    corpora: list[str]
    noise_copies_before_split: Annotated[int, Field(ge=0, le=9)] = 0
    """Copies of each clip with a little noise, made before the split: a leak, kept to show what it is worth."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """Which features are taken."""

    set: str
    parameters: Parameters = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which learner, with which parameters."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


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


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Recipe:
    """A training recipe."""

    name: str
    version: str
    title: str
    seed: int
    data: DataOptions
    features: FeatureOptions
    model: ModelOptions
    evaluation: EvaluationOptions
    calibration: CalibrationOptions = field(default_factory=CalibrationOptions)
    search: dict[str, Annotated[list[Any], Field(min_length=1)]] = field(default_factory=dict)
    """Values to choose from for parameters of the model, on held-out speakers of each training side."""

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The model's parameters, once for each combination of the values searched."""
        combinations = product(*self.search.values())
        return [self.model.parameters | dict(zip(self.search, values, strict=True)) for values in combinations]


def read_recipe(path: Path) -> Recipe:
    """Read and validate a recipe.

    Raises
    ------
    RecipeError
        When the file is missing, is not TOML, or a field is missing, unknown or of the wrong type.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(Recipe).validate_python(document)
    except FileNotFoundError:
        raise RecipeError(
            f"there is no recipe {str(path)!r}; the folder recipes/ has those of the published models"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path.name} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise RecipeError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
