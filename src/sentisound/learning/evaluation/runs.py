"""The run folder: what was run, the predictions of each finished fold, and the reports.

::

    runs/NAME/config.json                     recipe, protocols, seeds, versions, commit
    runs/NAME/folds/PROTOCOL/01-seed0.json    one prediction, written whole or not at all
    runs/NAME/training/PROTOCOL/01-seed0/     of a network: checkpoint while it trains, and the log of its epochs
    runs/NAME/results.json                    the figures; there once the run is finished
    runs/NAME/report.md, report.html, *.png

A fold that was finished is not run again as long as all that it depends on is the same: each prediction carries the
checksum of its data, its recipe, its split, its seed and the versions of what computed it.
"""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sentisound.errors import BadRun, MissingExtra
from sentisound.findings import Bin, Fairness, Risk, Robustness
from sentisound.learning.evaluation.files import slug as slug, write_whole as write_whole
from sentisound.learning.evaluation.folds import Prediction

PACKAGES = ("sentisound", "numpy", "scipy", "scikit-learn", "imbalanced-learn", "soundfile", "soxr")


@dataclass(frozen=True, slots=True)
class Config:
    """What was run."""

    name: str
    title: str
    protocols: list[str]
    seeds: list[int]
    adaptive: bool
    """Whether features are standardised per speaker, test speakers too, from their own unlabelled clips."""
    features: str
    model: str
    recipe: dict[str, Any]
    created: str
    environment: dict[str, str]
    commit: str
    """Of the working copy that ran it, ``-dirty`` where it held changes of its own; empty where there is none."""
    notes: list[str] = field(default_factory=list)
    """What must be known to read the figures rightly."""


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a recipe under one protocol, for programs; shares 0..1."""

    protocol: str
    speaker_independent: bool
    adaptive: bool
    audit: str
    folds: int
    seeds: list[int]
    clips: int
    speakers: int
    uar: float
    uar_std: float
    wa: float
    wa_std: float
    macro_f1: float
    ece: float
    coverage: float
    selective_wa: float
    pooled_uar: float
    low: float
    """Lower bound of the 95 % interval of ``pooled_uar``, over speakers."""
    high: float
    wa_at_80: float | None = None
    """Accuracy on the surest 80 % of the clips, mean over folds; None in runs from before it was measured."""
    aurc: float | None = None
    """Area under the risk-coverage curve, mean over folds."""
    pooled_wa: float | None = None
    pooled_ece: float | None = None
    """Of the clips of all folds together, as all that is called pooled."""
    pooled_wa_at_80: float | None = None
    pooled_aurc: float | None = None
    reliability: list[Bin] = field(default_factory=list)
    """The reliability diagram, pooled."""
    risks: list[Risk] = field(default_factory=list)
    """The risk-coverage curve, pooled."""
    robustness: list[Robustness] = field(default_factory=list)
    fairness: list[Fairness] = field(default_factory=list)


@lru_cache(maxsize=3)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk."""

    path: Path

    def write_config(self, config: Config) -> None:
        """Keep what is run."""
        write_whole(self.path / "config.json", json.dumps(asdict(config), indent=1) + "\n")

    def config(self) -> Config:
        """Return what was run.

        Raises
        ------
        BadRun
            When the folder holds no run.
        """
        config: Config = self._read("config.json", Config)
        return config

    def write_results(self, results: Sequence[Result]) -> None:
        """Keep the figures: the run is finished."""
        write_whole(self.path / "results.json", json.dumps([asdict(result) for result in results], indent=1) + "\n")

    def results(self) -> list[Result]:
        """Return the figures.

        Raises
        ------
        BadRun
            When the folder holds no finished run.
        """
        results: list[Result] = self._read("results.json", list[Result])
        return results

    def _read(self, name: str, kind: Any) -> Any:
        path = self.path / name
        if not path.is_file():
            raise BadRun(f"{str(self.path)!r} holds no {name}: it is no run of `sentisound evaluate`, or not finished")
        try:
            return _adapter(kind).validate_json(path.read_bytes())
        except ValidationError as error:
            raise BadRun(f"{str(path)!r} is not a run's: {error.errors()[0]['msg']}") from None

    def keep(self, protocol: str, number: int, prediction: Prediction) -> None:
        """Keep the prediction of a fold; ``number`` is that of its split, from 0."""
        write_whole(self._fold(protocol, number, prediction.seed), json.dumps(asdict(prediction)) + "\n")

    def kept(
        self, protocol: str, number: int, seed: int, key: str, conditions: Sequence[str] = ()
    ) -> Prediction | None:
        """Return the prediction of a fold.

        None where there is none, one of other data or another recipe, or one not asked under all these conditions.
        """
        path = self._fold(protocol, number, seed)
        found = _prediction(path) if path.is_file() else None
        return found if found is not None and found.key == key and found.conditions.keys() >= {*conditions} else None

    def predictions(self, result: Result) -> list[Prediction]:
        """Return the predictions that a result was computed from.

        Raises
        ------
        BadRun
            When one is missing or damaged.
        """
        places = [(seed, number) for seed in result.seeds for number in range(result.folds)]
        paths = [self._fold(result.protocol, number, seed) for seed, number in places]
        found = [prediction for path in paths if path.is_file() and (prediction := _prediction(path)) is not None]
        if len(found) < len(paths):
            raise BadRun(f"{str(self.path)!r} lacks folds of {result.protocol}; the command that made it mends it")
        return found

    def training(self, protocol: str, number: int, seed: int) -> Path:
        """Return the folder where the training of a fold keeps its checkpoint and its log."""
        return self.path / "training" / slug(protocol) / f"{number + 1:02d}-seed{seed}"

    def _fold(self, protocol: str, number: int, seed: int) -> Path:
        return self.path / "folds" / slug(protocol) / f"{number + 1:02d}-seed{seed}.json"


def environment(*, networks: bool = False) -> dict[str, str]:
    """Return the versions that figures can depend on.

    Raises
    ------
    MissingExtra
        When torch is asked for and not installed.
    """
    own = {"python": platform.python_version(), "machine": platform.machine()}
    try:
        return own | {name: version(name) for name in (*PACKAGES, *(("torch",) if networks else ()))}
    except PackageNotFoundError as error:
        raise MissingExtra(f"networks need {error.name}: pip install '.[networks]' in a clone") from None


def today() -> str:
    """Return the date, UTC."""
    return datetime.now(UTC).date().isoformat()


def commit(start: Path = Path(__file__)) -> str:
    """Return the commit that is checked out around a file, ``-dirty`` where it was changed; empty without git."""
    command = ["git", "-C", str(start.parent), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, no input
    except FileNotFoundError:
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


def _prediction(path: Path) -> Prediction | None:
    read: Callable[[bytes], Prediction] = _adapter(Prediction).validate_json
    try:
        return read(path.read_bytes())
    except ValidationError:
        return None  # of an older version, or damaged: it is run again
