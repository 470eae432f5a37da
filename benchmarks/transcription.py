"""Word error rate of a transcriber on RAVDESS, whose actors say one of two sentences in eight emotions.

Run: ``python benchmarks/transcription.py --corpora CORPORA [--transcriber sphinx] [--every 7]``. Every seventh clip
goes the whole way, as it does in the server: decoding, speech detection, utterances, words. Nothing is tuned on these
clips. The real-time factor is seconds of transcription by seconds of sound, pauses included, on one core.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import sentisound
from sentisound.corpora.ravdess import RAVDESS

SENTENCES = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}
"""By the fifth part of a file's name."""


def errors(reference: list[str], heard: list[str]) -> int:
    """Return how many words have to be put in, left out or exchanged (Levenshtein's distance)."""
    row = list(range(len(heard) + 1))
    for left, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], left
        for right, word in enumerate(heard, 1):
            change = diagonal + (expected != word)
            diagonal, row[right] = row[right], min(change, row[right] + 1, row[right - 1] + 1)
    return row[-1]


def words_of(text: str) -> list[str]:
    """Return the words of a text, without case and marks."""
    return "".join(c if c.isalnum() or c in "' " else " " for c in text.lower()).split()


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--transcriber", default="sphinx")
    parser.add_argument("--every", type=int, default=7)
    arguments = parser.parse_args()

    analyzer = sentisound.load(transcriber=arguments.transcriber)
    clips = RAVDESS.read(arguments.corpora / "ravdess")[:: arguments.every]
    wrong: dict[str, list[float]] = defaultdict(list)
    by_speaker: dict[str, list[float]] = defaultdict(list)
    exact, spent_s, sound_s, engine = 0, 0.0, 0.0, ""
    for clip in clips:
        analysis = analyzer.analyze(clip.path, transcribe=True, language="en")
        if analysis.transcript is None:
            print(f"{clip.path.name}: {analysis.missing[0].detail}")
            return 1
        reference = words_of(SENTENCES[clip.path.stem.split("-")[4]])
        rate = errors(reference, words_of(analysis.transcript.text)) / len(reference)
        wrong[clip.label].append(rate)
        by_speaker[clip.speaker].append(rate)
        exact += rate == 0
        spent_s += analysis.timings_s["transcription"]
        sound_s += analysis.duration_s
        engine = analysis.transcript.engine

    rates = [rate for some in wrong.values() for rate in some]  # the sentences are equally long
    speakers = [statistics.mean(some) for some in by_speaker.values()]
    print(f"{engine}, {len(clips)} clips of {len(speakers)} speakers")
    print(
        f"WER {100 * statistics.mean(rates):.1f} % (between speakers ± {100 * statistics.stdev(speakers):.1f}), "
        f"{100 * exact / len(clips):.0f} % of the sentences without error, real-time factor {spent_s / sound_s:.2f}"
    )
    print(", ".join(f"{label} {100 * statistics.mean(some):.0f}" for label, some in wrong.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
