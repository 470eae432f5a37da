"""AESDD: Greek actors, twenty utterances in each of five emotions, no neutral one (Vryzas et al. 2018).

The layout is that of the read-me of version 1.0: a folder an emotion, ``anger/a03 (4).wav``. Where two takes were kept
the second one has a letter, ``disgust/d04 (5)b.wav``. The corpus grows: six speakers are in the published archive.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.errors import BadUtteranceName

_EMOTIONS = {"h": "happy", "s": "sad", "a": "angry", "f": "fearful", "d": "disgust"}
_NAME = re.compile(r"([adfhs])(0[1-9]|1\d|20) ?\(0?([1-9])\)([b-e]?)", re.ASCII)
_IMPROVISED = "20"


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``anger/a03 (4).wav``: emotion, utterance, speaker.

    An utterance is the same in all emotions, save the last, which each actor improvised. Sexes are not told.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise BadUtteranceName(f"{path.name!r} is not eNN (speaker) as AESDD names its files")
    emotion, text, speaker, take = match.groups()
    name = f"{emotion}{text} ({speaker}){take}"
    text = "" if text == _IMPROVISED else text
    return Utterance(Path(path), "aesdd", speaker, _EMOTIONS[emotion], text, "", "el", name)


AESDD = Corpus(
    name="aesdd",
    title="AESDD",
    languages=("el",),
    licence="not stated: research use only",
    citation="Vryzas N, Kotsakis R, Liatsou A, Dimoulas CA, Kalliris G (2018). Speech Emotion Recognition for "
    "Performance Interaction. Journal of the Audio Engineering Society 66(6): 457-467. "
    "https://doi.org/10.17743/jaes.2018.0036",
    url="http://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition/",
    layout="anger/a03 (4).wav: emotion (a d f h s), utterance, speaker",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=604,
    expected_speakers=6,
    parse=parse,
)
