"""What an analysis says, in words that a client reads; the page has the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentisound.results import Analysis, Reason

SURENESS: tuple[tuple[float, str], ...] = (
    (0.85, "very sure"),
    (0.6, "fairly sure"),
    (0.4, "not very sure"),
    (0.0, "hardly more than guessing"),
)
"""Least probability and what it is called."""

ABSTENTIONS: Mapping[Reason, tuple[str, str]] = {
    "low_confidence": ("No clear emotion", "The model is not sure enough to name one."),
    "no_speech": ("No speech found", "The model only knows voices, so the figures below mean little."),
    "too_short": ("Too little speech", "There is less than half a second of it; a sentence gives a basis to judge."),
    "poor_quality": ("Too poor a recording", "It is very noisy or overdriven; the figures below may come from that."),
}
"""Heading and explanation of each reason not to answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer as three pieces of text."""

    kicker: str
    heading: str
    trust: str
    """One or two sentences on how far to trust it."""


def verdict(analysis: Analysis) -> Verdict:
    """Say what was found and how sure that is; where the model abstains, why."""
    share = percent(analysis.confidence)
    if analysis.reason is None:
        trust = f"The model is {sureness(analysis.confidence)}: it gives {analysis.emotion} a probability of {share}."
        return Verdict("Likeliest emotion", analysis.emotion.capitalize(), trust)
    heading, why = ABSTENTIONS[analysis.reason]
    trust = f"{why} The likeliest emotion would be {analysis.emotion}, with a probability of {share}."
    return Verdict("Not sure: no verdict", heading, trust)


def sureness(probability: float) -> str:
    """Say how sure a calibrated probability is."""
    return next(words for least, words in SURENESS if probability >= least)


def percent(probability: float) -> str:
    """Return a probability as a percentage that does not round to 0 or 100; its blank does not break."""
    if 0 < probability < 0.005:
        return "< 1\u00a0%"
    if 0.995 <= probability < 1:
        return "> 99\u00a0%"
    return f"{100 * probability:.0f}\u00a0%"


def clock(seconds: float) -> str:
    """Return a duration as ``3.42 s``, ``4:07 min`` or ``1:02:05 h``."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
