"""ShEMO: Persian radio plays, 87 speakers, five emotions and neutral (Mohamad Nezami et al. 2019).

The layout is that of the authors' archives ``female.zip`` and ``male.zip``: ``male/M01A01.wav``.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.errors import BadUtteranceName

_EMOTIONS = {"N": "neutral", "H": "happy", "S": "sad", "A": "angry", "F": "fearful", "W": "surprised"}
_NAME = re.compile(rf"([FM])(\d\d)([{''.join(_EMOTIONS)}])(\d\d)", re.ASCII)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``female/F03S02.wav``: sex and number of the speaker, emotion, number.

    Letters mean two things here: the first F is female, a later one fear; W is surprise.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise BadUtteranceName(f"{path.name!r} is not SEX SPEAKER EMOTION NUMBER (F03S02) as ShEMO names its files")
    letter, number, emotion, _ = match.groups()
    sex = "female" if letter == "F" else "male"
    return Utterance(Path(path), "shemo", f"{letter}{number}", _EMOTIONS[emotion], "", sex, "fa", path.stem)


SHEMO = Corpus(
    name="shemo",
    title="ShEMO",
    languages=("fa",),
    licence="research use only",
    citation="Mohamad Nezami O, Jamshid Lou P, Karami M (2019). ShEMO: a large-scale validated database for Persian "
    "speech emotion detection. Language Resources and Evaluation 53(1): 1-16. "
    "https://doi.org/10.1007/s10579-018-9427-x",
    url="https://github.com/mansourehk/ShEMO",
    layout="male/M01A01.wav: sex and number of the speaker, emotion (A angry, F fearful, H happy, N neutral, S sad, "
    "W surprised), number",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=3000,
    expected_speakers=87,
    parse=parse,
)
