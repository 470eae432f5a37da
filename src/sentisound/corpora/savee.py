"""SAVEE: four British men, seven emotions, 15 sentences each and 30 in neutral (Haq and Jackson 2010)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

_SPEAKERS = ("DC", "JE", "JK", "KL")
_CLIP = re.compile(r"(?:(DC|JE|JK|KL)_)?(sa|su|a|d|f|h|n)(\d\d)", re.ASCII)  # flat copies carry the speaker: DC_a01
_EMOTIONS = {
    "n": "neutral",
    "h": "happy",
    "sa": "sad",
    "a": "angry",
    "f": "fearful",
    "d": "disgust",
    "su": "surprised",
}


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``AudioData/DC/sa01.wav`` or, in flat copies, ``DC_sa01.wav``.

    The sentences of an emotion are the same for all four speakers; the text is known by its emotion and number.
    """
    match = _CLIP.fullmatch(path.stem)
    speaker = (match[1] if match else None) or path.parent.name
    if match is None or speaker not in _SPEAKERS or not 1 <= int(match[3]) <= _sentences(match[2]):
        raise BadUtteranceName(f"'{path.parent.name}/{path.name}' is not SPEAKER/eNN as SAVEE names its files")
    text = f"{match[2]}{match[3]}"
    return Utterance(Path(path), "savee", speaker, _EMOTIONS[match[2]], text, "male", "en", f"{speaker}_{text}")


def expected_names(_: Path) -> Names:
    """Return the 480 names: each speaker says each emotion's sentences."""
    grid = product(_SPEAKERS, _EMOTIONS)
    return frozenset(f"{s}_{e}{number:02d}" for s, e in grid for number in range(1, _sentences(e) + 1))


def _sentences(emotion: str) -> int:
    return 30 if emotion == "n" else 15


SAVEE = Corpus(
    name="savee",
    title="SAVEE",
    languages=("en",),
    licence="research use only",
    citation="Haq S, Jackson PJB (2010). Multimodal Emotion Recognition. In: Machine Audition: Principles, Algorithms "
    "and Systems, IGI Global, pp. 398-423.",
    url="http://kahlan.eps.surrey.ac.uk/savee/",
    layout="AudioData/DC/sa01.wav: folder of the speaker, letters of the emotion, number of its sentence",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=480,
    expected_speakers=4,
    parse=parse,
    expected_names=expected_names,
)
