"""The emotions: canonical labels, every alias we have met, colours, the 7-class view, valence and arousal anchors.

The canonical labels are RAVDESS's eight, then boredom, which EmoDB and EmoTale have. A corpus or a client may call
them otherwise; ``canonical`` takes any known alias. A single letter is none: A is anger in SAVEE and fear in EmoDB, S
is surprise in CaFE and sadness in AESDD, W is anger in EmoDB and surprise in ShEMO.

Anchors place each emotion on the valence/arousal plane (both -1..1); they follow the circumplex of Russell (1980, "A
circumplex model of affect") with the positions of the NRC VAD lexicon (Mohammad 2018) rounded to 0.05, and serve to
*derive* the two dimensions from scores where a model has no head for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentisound.errors import UnknownEmotion


@dataclass(frozen=True, slots=True)
class Emotion:
    """One emotion: how it is named, drawn and placed."""

    name: str
    colour: str
    """Hex colour of a palette that stays apart for colour-blind readers (``tests/insight`` measures how far)."""
    valence: float
    """Unpleasant -1 to pleasant 1."""
    arousal: float
    """Calm -1 to excited 1."""
    aliases: tuple[str, ...]


_ALL = (
    Emotion("neutral", "#45525d", 0.0, -0.1, ("neu", "neutrality")),
    Emotion("calm", "#6dc3fd", 0.45, -0.6, ("relaxed", "peaceful")),
    Emotion("happy", "#f0a916", 0.8, 0.5, ("hap", "happiness", "joy", "joyful", "freude")),
    Emotion("sad", "#0363a8", -0.65, -0.45, ("sa", "sadness", "trauer")),
    Emotion("angry", "#ca5300", -0.6, 0.7, ("ang", "anger", "aerger", "wut", "mad")),
    Emotion("fearful", "#8786ff", -0.65, 0.6, ("fea", "fear", "afraid", "angst", "scared")),
    Emotion("disgust", "#62a963", -0.6, 0.25, ("dis", "disgusted", "ekel")),
    Emotion(
        "surprised", "#f074a8", 0.3, 0.7, ("su", "sur", "ps", "surprise", "pleasant_surprise", "pleasant_surprised")
    ),
    Emotion("bored", "#714726", -0.55, -0.75, ("bor", "boredom", "langeweile")),
)

EMOTIONS: Mapping[str, Emotion] = {emotion.name: emotion for emotion in _ALL}
"""The canonical emotions by name, in the order in which they are listed to people."""

_BY_ALIAS = {alias: emotion.name for emotion in _ALL for alias in (emotion.name, *emotion.aliases)}


def canonical(label: str) -> str:
    """Return the canonical name of an emotion.

    Parameters
    ----------
    label : str
        A canonical name or an alias; case, surrounding blanks, and ``-`` or blank for ``_`` do not matter.

    Raises
    ------
    UnknownEmotion
        When no emotion is known by that name; the message lists the canonical names.
    """
    key = label.strip().lower().replace("-", "_").replace(" ", "_")
    if len(key) == 1 and key.isalpha():
        raise UnknownEmotion(f"{label!r} is one letter, which means different emotions in different corpora")
    if key not in _BY_ALIAS:
        raise UnknownEmotion(f"{label!r} is not an emotion known here; the names are {', '.join(EMOTIONS)}")
    return _BY_ALIAS[key]


def seven_class(scores: Mapping[str, float]) -> dict[str, float]:
    """Fold calm into neutral: the view in which most corpora have the same labels.

    Scores that have no ``calm`` come back as they are; a ``calm`` without ``neutral`` becomes ``neutral``.
    """
    folded = {label: value for label, value in scores.items() if label != "calm"}
    if "calm" in scores:
        folded["neutral"] = folded.get("neutral", 0.0) + scores["calm"]
    return folded


def derived_valence(scores: Mapping[str, float]) -> float:
    """Return the expected valence (-1..1) of emotion probabilities that sum to 1."""
    return sum(EMOTIONS[label].valence * value for label, value in scores.items())


def derived_arousal(scores: Mapping[str, float]) -> float:
    """Return the expected arousal (-1..1) of emotion probabilities that sum to 1."""
    return sum(EMOTIONS[label].arousal * value for label, value in scores.items())
