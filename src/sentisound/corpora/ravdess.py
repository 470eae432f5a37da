"""RAVDESS, the speech part: 24 actors, two sentences, eight emotions (Livingstone and Russo 2018)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

# modality-channel-emotion-intensity-statement-repetition-actor
_NAME = re.compile(r"(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)", re.ASCII)
_EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
_AUDIO_ONLY, _SPEECH = "03", "01"


def parse(path: PurePath) -> Utterance | None:
    """Return the utterance of a path like ``Actor_07/03-01-05-02-01-02-07.wav``; None for song and video."""
    match = _NAME.fullmatch(path.stem)
    if match is None or not 1 <= int(match[7]) <= 24:
        raise BadUtteranceName(f"{path.name!r} is not MM-CC-EE-II-SS-RR-AA as RAVDESS names its files")
    modality, channel, emotion, _, statement, _, actor = match.groups()
    if (modality, channel) != (_AUDIO_ONLY, _SPEECH):
        return None
    sex = "male" if int(actor) % 2 else "female"
    return Utterance(Path(path), "ravdess", actor, _EMOTIONS[int(emotion) - 1], statement, sex, "en", path.stem)


def expected_names(_: Path) -> Names:
    """Return the 1440 names: every combination, save that neutral has no strong intensity."""
    grid = product(range(1, 9), (1, 2), (1, 2), (1, 2), range(1, 25))
    return frozenset(
        f"03-01-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}"
        for emotion, intensity, statement, repetition, actor in grid
        if (emotion, intensity) != (1, 2)
    )


RAVDESS = Corpus(
    name="ravdess",
    title="RAVDESS",
    languages=("en",),
    licence="CC BY-NC-SA 4.0",
    citation="Livingstone SR, Russo FA (2018). The Ryerson Audio-Visual Database of Emotional Speech and Song. "
    "PLoS ONE 13(5): e0196391. https://doi.org/10.1371/journal.pone.0196391",
    url="https://zenodo.org/records/1188976",
    layout="Actor_07/03-01-05-02-01-02-07.wav: modality, channel, emotion, intensity, statement, repetition, actor",
    labels=_EMOTIONS,
    expected_clips=1440,
    expected_speakers=24,
    parse=parse,
    expected_names=expected_names,
)
