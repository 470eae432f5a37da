"""ASED: 65 Amharic speakers, five emotions, each clip accepted by five of eight judges (Retta et al. 2023)."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.errors import BadUtteranceName

# emotion with the number of its folder - sentence - repetition - sex - speaker; one published name begins with "S4"
_NAME = re.compile(r"(n1|f2|h3|s4|a5)-(0[1-7])-(\d\d)-(0[12])-(\d\d)", re.ASCII | re.IGNORECASE)
_EMOTIONS = {"n1": "neutral", "f2": "fearful", "h3": "happy", "s4": "sad", "a5": "angry"}
_SEX = {"01": "female", "02": "male"}
_SPEAKERS = 65


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``02Fearful/f2-06-02-02-63.wav``.

    Whether a number stands for the same sentence in every emotion is not stated: a text is known by both.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or not 1 <= int(match[5]) <= _SPEAKERS:
        raise BadUtteranceName(f"{path.name!r} is not EN-SS-RR-GG-BB as ASED names its files")
    emotion, sentence, _, sex, speaker = match.groups()
    label = _EMOTIONS[emotion.lower()]
    name = path.stem.lower()
    return Utterance(Path(path), "ased", speaker, label, f"{emotion.lower()}-{sentence}", _SEX[sex], "am", name)


ASED = Corpus(
    name="ased",
    title="ASED",
    languages=("am",),
    licence="not stated: research use only",
    citation="Retta EA, Almekhlafi E, Sutcliffe R, Mhamed M, Ali H, Feng J (2023). A New Amharic Speech Emotion "
    "Dataset and Classification Benchmark. ACM TALLIP 22(1). https://doi.org/10.1145/3529759",
    url="https://github.com/Ethio2021/ASED_V1",
    layout="02Fearful/f2-06-02-02-63.wav: emotion (n1 f2 h3 s4 a5), sentence, repetition, sex (01 female), speaker",
    labels=tuple(_EMOTIONS[key] for key in ("n1", "h3", "s4", "a5", "f2")),
    expected_clips=2474,
    expected_speakers=_SPEAKERS,
    parse=parse,
)
