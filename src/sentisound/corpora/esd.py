"""ESD: ten Mandarin and ten English speakers, 350 sentences each in five emotions (Zhou et al. 2022)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

_EMOTIONS = {"Neutral": "neutral", "Angry": "angry", "Happy": "happy", "Sad": "sad", "Surprise": "surprised"}
"""Folder to label, in the order in which the clips are numbered: 350 neutral ones, then 350 angry ones ..."""

_SENTENCES = 350
_NAME = re.compile(r"(00\d\d)_(\d{6})", re.ASCII)
_MEN = frozenset({"0004", "0005", "0006", "0008", "0010", "0011", "0012", "0013", "0014", "0020"})
_FIRST_ENGLISH = 11


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``0011/Angry/0011_000351.wav``: speaker, emotion, number of the clip.

    The number tells the emotion and the sentence; a folder that names another emotion is told.
    """
    match = _NAME.fullmatch(path.stem)
    number = int(match[2]) - 1 if match else -1
    if match is None or not 1 <= int(match[1]) <= 20 or not 0 <= number < _SENTENCES * len(_EMOTIONS):
        raise BadUtteranceName(f"{path.name!r} is not SPEAKER_NUMBER as ESD names its files")
    folder = tuple(_EMOTIONS)[number // _SENTENCES]
    wrong = set(path.parent.parts) & set(_EMOTIONS) - {folder}
    if wrong:
        raise BadUtteranceName(
            f"{path.name!r} is one of ESD's {folder} clips by its number, and lies in the folder {wrong.pop()}"
        )
    speaker, language = match[1], "en" if int(match[1]) >= _FIRST_ENGLISH else "zh"
    text = f"{language}-{number % _SENTENCES + 1:03d}"
    sex = "male" if speaker in _MEN else "female"
    return Utterance(Path(path), "esd", speaker, _EMOTIONS[folder], text, sex, language, path.stem)


def expected_names(_: Path) -> Names:
    """Return the 35000 names: 1750 clips of each speaker."""
    grid = product(range(1, 21), range(1, _SENTENCES * len(_EMOTIONS) + 1))
    return frozenset(f"{speaker:04d}_{number:06d}" for speaker, number in grid)


ESD = Corpus(
    name="esd",
    title="ESD",
    languages=("zh", "en"),
    licence="research use only",
    citation="Zhou K, Sisman B, Liu R, Li H (2022). Emotional voice conversion: Theory, databases and ESD. "
    "Speech Communication 137: 1-18. https://doi.org/10.1016/j.specom.2021.11.006",
    url="https://github.com/HLTSingapore/Emotional-Speech-Data",
    layout="0011/Angry/0011_000351.wav: speaker (0001-0010 Mandarin, 0011-0020 English), emotion, number",
    labels=("neutral", "happy", "sad", "angry", "surprised"),
    expected_clips=35000,
    expected_speakers=20,
    parse=parse,
    expected_names=expected_names,
)
