"""Whether a model does as well for one group of speakers as for another: sex, pitch, corpus, language.

The thresholds are those of public behavioural tests (Derington et al. 2023) for sex and pitch. "Recall" is that of the
emotion in which the groups differ most, "precision" the mean over the emotions. For corpora and languages no public
threshold is known to us; that of the pitch groups is applied. Corpora also differ in difficulty, not only in how the
model treats them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.findings import Check, Fairness, Group
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.metrics import Indices, confusion, precisions, recalls
from sentisound.learning.evaluation.robustness import DIGITS
from sentisound.learning.evaluation.voices import PITCH_GROUPS, Voice, Voices

MIN_SPEAKERS = 2
MIN_CLIPS = 50
THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    "sex": {"UAR": 0.075, "recall": 0.175, "precision": 0.075},
    "pitch": {"UAR": 0.075},
    "corpus": {"UAR": 0.075},
    "language": {"UAR": 0.075},
}
"""By attribute and measure: how far groups may lie apart."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of a run; one row an answer."""

    clips: NDArray[np.str_]
    truth: Indices
    predicted: Indices
    voices: tuple[Voice, ...]
    classes: tuple[str, ...]

    def within(self, attribute: str, group: str) -> NDArray[np.bool_]:
        """Return which answers are to speakers of a group."""
        return np.array([getattr(voice, attribute) == group for voice in self.voices])

    def groups(self, attribute: str) -> list[str]:
        """Return the names of an attribute's groups; who is in none is left out."""
        names = {getattr(voice, attribute) for voice in self.voices} - {""}
        return [name for name in PITCH_GROUPS if name in names] if attribute == "pitch" else sorted(names)


def fairness_of(predictions: Sequence[Prediction], voices: Voices) -> list[Fairness]:
    """Return one finding for each attribute of which anything is known.

    Parameters
    ----------
    predictions
        Of all folds and seeds, taken together.
    voices
        Who speaks each clip; a clip that it does not name is left out.
    """
    answers = _answers(predictions, voices)
    return [_fairness(attribute, answers) for attribute in THRESHOLDS if answers.groups(attribute)]


def _answers(predictions: Sequence[Prediction], voices: Voices) -> Answers:
    rows = [
        (clip, truth, predicted)
        for one in predictions
        for clip, truth, predicted in zip(one.clips, one.truth_indices(), one.predicted(), strict=True)
        if clip in voices
    ]
    return Answers(
        np.array([clip for clip, _, _ in rows]),
        np.array([truth for _, truth, _ in rows], dtype=np.int64),
        np.array([predicted for _, _, predicted in rows], dtype=np.int64),
        tuple(voices[clip] for clip, _, _ in rows),
        tuple(predictions[0].classes),
    )


def _fairness(attribute: str, answers: Answers) -> Fairness:
    names = answers.groups(attribute)
    inside = {name: answers.within(attribute, name) for name in names}
    large = [name for name in names if _is_large(answers, inside[name])]
    common = _common(answers, [inside[name] for name in large or names])
    groups = [_group(name, answers, inside[name], common, judged=name in large) for name in names]
    judged = [group for group in groups if group.judged]
    checks = [_check(measure, most, judged) for measure, most in THRESHOLDS[attribute].items()]
    return Fairness(attribute, groups, checks, _note(attribute, answers, inside, judged))


def _is_large(answers: Answers, inside: NDArray[np.bool_]) -> bool:
    return len(_speakers(answers, inside)) >= MIN_SPEAKERS and len(np.unique(answers.clips[inside])) >= MIN_CLIPS


def _speakers(answers: Answers, inside: NDArray[np.bool_]) -> set[str]:
    return {answers.voices[row].speaker for row in np.flatnonzero(inside)}


def _common(answers: Answers, groups: Sequence[NDArray[np.bool_]]) -> list[int]:
    """Return the classes that every group speaks: a group is not worse for an emotion that another was spared."""
    spoken = [set(answers.truth[inside].tolist()) for inside in groups]
    return sorted(set.intersection(*spoken))


def _group(name: str, answers: Answers, inside: NDArray[np.bool_], common: Sequence[int], *, judged: bool) -> Group:
    counts = confusion(answers.truth[inside], answers.predicted[inside], len(answers.classes))
    recall, precision = recalls(counts), precisions(counts)
    return Group(
        name=name,
        speakers=len(_speakers(answers, inside)),
        clips=len(np.unique(answers.clips[inside])),
        judged=judged,
        uar=_mean([float(recall[index]) for index in common]),
        recalls=_by_name(answers.classes, recall, common),
        precisions=_by_name(answers.classes, precision, common),
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return round(float(np.mean(known)), DIGITS) if known else 0.0


def _by_name(classes: Sequence[str], shares: NDArray[np.float64], common: Sequence[int]) -> dict[str, float]:
    return {classes[index]: round(float(shares[index]), DIGITS) for index in common if not np.isnan(shares[index])}


def _check(measure: str, most: float, groups: Sequence[Group]) -> Check:
    if len(groups) < 2 or not groups[0].recalls:
        return Check(measure, None, most, "not judged")
    named, difference = _difference(measure, groups)
    return Check(named, difference, most, "pass" if difference <= most else "fail")


def _difference(measure: str, groups: Sequence[Group]) -> tuple[str, float]:
    """Return the measure, with the emotion where it is of one, and how far the groups lie apart."""
    if measure == "UAR":
        return measure, _range([group.uar for group in groups])
    if measure == "precision":
        return measure, _range([_mean([*group.precisions.values()]) for group in groups])
    apart = {name: _range([group.recalls[name] for group in groups]) for name in groups[0].recalls}
    widest = max(apart, key=lambda name: apart[name])
    return f"recall of {widest}", apart[widest]


def _range(values: Sequence[float]) -> float:
    return round(max(values) - min(values), DIGITS)


def _note(attribute: str, answers: Answers, inside: Mapping[str, NDArray[np.bool_]], judged: Sequence[Group]) -> str:
    few = f"Fewer than two groups of {MIN_SPEAKERS} speakers and {MIN_CLIPS} clips: not judged."
    unjudged = few if len(judged) < 2 else ""
    if attribute != "pitch":
        return unjudged
    pitches = {name: [answers.voices[row].pitch_hz for row in np.flatnonzero(rows)] for name, rows in inside.items()}
    ranges = ", ".join(f"{name} {min(values):.0f} to {max(values):.0f} Hz" for name, values in pitches.items())
    return " ".join(part for part in (f"Median F0 of the speakers: {ranges}.", unjudged) if part)
