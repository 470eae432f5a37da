"""``rules``: sentences by fixed rules from scores, timeline, quality and transcript; no language model, no network.

The same analysis gives the same sentences. What is said of the words is how many there are and where they stand, never
what they mean: that is for whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sentisound.results import Analysis, Reason, Segment
from sentisound.words import Interpretation, Statement

ENGINE = "rules"
CLOSE = 0.15
"""Two emotions whose probabilities differ by less are named together."""
MIXED = 0.2
"""Away from 0 by less than this, valence and arousal are not worth a word."""
SLOW, FAST = 2.0, 4.0
"""Words a second; English is read aloud at about 2.5."""
MIN_WORDS = 5
MAX_TURNS = 4
MAX_QUOTE = 120
WHY: dict[Reason, str] = {
    "low_confidence": "no emotion stands out",
    "too_short": "there is too little speech",
    "no_speech": "no speech was found",
    "poor_quality": "the recording is too poor",
}
UNCERTAINTY = (
    "This says how the voice sounds to a model that learned from acted speech, not what the person feels, and it is "
    "no diagnosis. Written by fixed rules, not by a language model."
)


class Rules:
    """An interpreter that needs nothing."""

    def interpret(self, analysis: Analysis) -> Interpretation:
        """Say what an analysis may mean; see ``Interpreter``."""
        return Interpretation(tuple(_statements(analysis)), UNCERTAINTY, ENGINE, language_model=False)


def _statements(analysis: Analysis) -> Iterator[Statement]:
    everywhere = tuple(range(len(analysis.segments)))
    yield Statement(_verdict(analysis), everywhere)
    if colouring := _colouring(analysis):
        yield Statement(colouring, everywhere)
    yield from _course(analysis.segments)
    if len(everywhere) > 1:
        yield _clearest(analysis)
    if tempo := _tempo(analysis):
        yield Statement(tempo, everywhere)
    yield from (Statement(_sentence(warning), everywhere) for warning in _cautions(analysis))


def _verdict(analysis: Analysis) -> str:
    (first, share), *others = analysis.scores.ranked()
    named = f"{first} ({share:.0%})"
    if others and share - others[0][1] < CLOSE:
        named += f", close to {others[0][0]} ({others[0][1]:.0%})"
    if analysis.reason is not None:
        return f"No verdict: {WHY[analysis.reason]}. The likeliest would be {named}."
    return f"Over the whole sound the voice is heard as {named}."


def _colouring(analysis: Analysis) -> str:
    if analysis.abstained:
        return ""
    valence, arousal = analysis.scores.valence, analysis.scores.arousal
    said = []
    if abs(arousal) >= MIXED:
        said.append("excited" if arousal > 0 else "subdued")
    if abs(valence) >= MIXED:
        said.append("rather pleasant" if valence > 0 else "rather unpleasant")
    return f"It sounds {' and '.join(said)}." if said else ""


def _course(segments: tuple[Segment, ...]) -> Iterator[Statement]:
    """Say where the likeliest emotion changes from one segment to the next."""
    if len(segments) < 2:
        return
    turns = [(number, a, b) for number, (a, b) in enumerate(pairwise(segments)) if a.scores.emotion != b.scores.emotion]
    if not turns:
        yield Statement(f"It stays {segments[0].scores.emotion} throughout.", tuple(range(len(segments))))
    elif len(turns) > MAX_TURNS:
        cited = tuple(sorted({place for number, *_ in turns for place in (number, number + 1)}))
        yield Statement(f"It changes {len(turns)} times between {len(segments)} stretches of speech.", cited)
    else:
        for number, before, after in turns:
            moment = clock(after.start_s)
            yield Statement(
                f"At {moment} it turns from {before.scores.emotion} to {after.scores.emotion}.", (number, number + 1)
            )


def _clearest(analysis: Analysis) -> Statement:
    number, segment = max(enumerate(analysis.segments), key=lambda one: one[1].scores.confidence)
    times = f"{clock(segment.start_s)} to {clock(segment.end_s)}"
    words = analysis.spoken[number]
    quoted = f', where "{_shortened(words)}" was heard' if words else ""
    return Statement(
        f"It is clearest from {times}: {segment.scores.emotion}, {segment.scores.confidence:.0%}{quoted}.", (number,)
    )


def _tempo(analysis: Analysis) -> str:
    words = analysis.transcript.words if analysis.transcript else ()
    spoken_s = sum(segment.duration_s for segment in analysis.segments)
    if len(words) < MIN_WORDS or not spoken_s:
        return ""
    rate = len(words) / spoken_s
    pace = "slow" if rate < SLOW else "fast" if rate > FAST else "of ordinary pace"
    return f"The speech is {pace}: {len(words)} words, {rate:.1f} a second."


def _cautions(analysis: Analysis) -> Iterator[str]:
    yield from analysis.quality.warnings
    found = analysis.transcript
    if found and found.text and found.draft:
        doubt = ", and mean nothing if it was not English that was spoken" if found.language_source == "assumed" else ""
        yield f"the words are a draft that has many mistakes{doubt}"


def clock(seconds: float) -> str:
    """Return a time in a sound as ``1:05``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE].rsplit(' ', 1)[0]} ..."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
