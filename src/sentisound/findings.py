"""What was found out about a model beyond its score: calibration, robustness, fairness, each with its verdict.

The form in which a run and a bundle's card keep it. All figures are shares, 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, with_config

_STRICT = ConfigDict(extra="forbid", strict=True)

Verdict = Literal["pass", "fail", "not judged"]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    confidence: float
    """Their mean."""
    accuracy: float
    """Share of them that is right."""
    clips: int


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Risk:
    """What is wrong among the surest answers."""

    coverage: float
    """Share of the clips that is answered, the surest first."""
    risk: float
    """Share of those answers that is wrong."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Robustness:
    """How a model does under a condition."""

    condition: str
    words: str
    """What the condition is, for people."""
    uar: float
    """Under the condition; mean over folds and seeds."""
    fall: float
    """Of the UAR, against the clips as they are; negative where it rose."""
    unchanged: float
    """Share of the predictions that are as they were."""
    max_fall: float | None
    """Threshold of ``fall``; None for none."""
    min_unchanged: float
    """Threshold of ``unchanged``."""
    verdict: Verdict


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Group:
    """How a model does for a group of speakers."""

    name: str
    speakers: int
    clips: int
    judged: bool
    """Whether it is large enough to be compared."""
    uar: float
    recalls: dict[str, float]
    """Of each emotion that the group speaks."""
    precisions: dict[str, float]
    """Of each emotion that was answered."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Check:
    """The largest difference between groups in one measure."""

    measure: str
    difference: float | None
    """None where it is not judged."""
    threshold: float
    verdict: Verdict


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Fairness:
    """How a model does for the groups of one attribute."""

    attribute: str
    groups: list[Group]
    checks: list[Check]
    note: str = ""
    """Where the groups part, or why there is no verdict."""
