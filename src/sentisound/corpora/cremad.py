"""CREMA-D: 91 actors of many origins, twelve sentences, six emotions (Cao et al. 2014)."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.errors import BadUtteranceName

_EMOTIONS = {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "ANG": "angry", "FEA": "fearful", "DIS": "disgust"}
_SENTENCES = "IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI"
# one clip of the original ends in a single X: 1040_ITH_SAD_X
_NAME = re.compile(rf"(1\d\d\d)_({_SENTENCES})_({'|'.join(_EMOTIONS)})_(LO|MD|HI|XX?)", re.ASCII)
_ACTORS = range(1001, 1092)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``AudioWAV/1001_DFA_ANG_XX.wav``: actor, sentence, emotion, level.

    An actor's sex is in a table that is not part of the audio; it is left empty.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or int(match[1]) not in _ACTORS:
        raise BadUtteranceName(f"{path.name!r} is not ACTOR_SENTENCE_EMOTION_LEVEL as CREMA-D names its files")
    actor, sentence, emotion, _ = match.groups()
    return Utterance(Path(path), "cremad", actor, _EMOTIONS[emotion], sentence, "", "en", path.stem)


CREMAD = Corpus(
    name="cremad",
    title="CREMA-D",
    languages=("en",),
    licence="ODbL 1.0",
    citation="Cao H, Cooper DG, Keutmann MK, Gur RC, Nenkova A, Verma R (2014). CREMA-D: Crowd-sourced Emotional "
    "Multimodal Actors Dataset. IEEE Transactions on Affective Computing 5(4): 377-390. "
    "https://doi.org/10.1109/TAFFC.2014.2336244",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    layout="AudioWAV/1001_DFA_ANG_XX.wav: actor, sentence, emotion, level",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=7442,
    expected_speakers=91,
    parse=parse,
)
