"""Java-SED: ten Javanese actors, four sentences, six emotions, seven repetitions (2black0 2022)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

_NAME = re.compile(r"(0[1-9]|10)-(0[1-4])-(0[1-6])_(0[1-7])", re.ASCII)  # actor-sentence-emotion_repetition
_EMOTIONS = ("neutral", "sad", "happy", "surprised", "fearful", "angry")


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``dataset/03-02-06_05.wav``; the actors' sex is not stated."""
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise BadUtteranceName(f"{path.name!r} is not AA-BB-CC_DD as Java-SED names its files")
    actor, sentence, emotion, _ = match.groups()
    return Utterance(Path(path), "javanese", actor, _EMOTIONS[int(emotion) - 1], sentence, "", "jv", path.stem)


def expected_names(_: Path) -> Names:
    """Return the 1680 names: every combination."""
    grid = product(range(1, 11), range(1, 5), range(1, 7), range(1, 8))
    return frozenset(f"{a:02d}-{s:02d}-{e:02d}_{r:02d}" for a, s, e, r in grid)


JAVANESE = Corpus(
    name="javanese",
    title="Java-SED",
    languages=("jv",),
    licence="MIT",
    citation="2black0 (2022). Javanese Speech Emotion Database (Java-SED).",
    url="https://github.com/2black0",
    layout="dataset/03-02-06_05.wav: actor, sentence, emotion (01 neutral 02 sad 03 happy 04 surprised 05 fearful "
    "06 angry), repetition",
    labels=("neutral", "happy", "sad", "angry", "fearful", "surprised"),
    expected_clips=1680,
    expected_speakers=10,
    parse=parse,
    expected_names=expected_names,
)
