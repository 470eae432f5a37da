"""EmoDB, the Berlin database: ten German speakers, ten sentences, seven emotions (Burkhardt et al. 2005)."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.corpora.emobox import listed_clips
from sentisound.errors import BadUtteranceName

_SEX = {
    "03": "male",
    "08": "female",
    "09": "female",
    "10": "male",
    "11": "male",
    "12": "male",
    "13": "female",
    "14": "female",
    "15": "male",
    "16": "female",
}
# German initials: neutral, Freude, Trauer, Wut, Angst, Ekel, Langeweile
_EMOTIONS = {
    "N": "neutral",
    "F": "happy",
    "T": "sad",
    "W": "angry",
    "A": "fearful",
    "E": "disgust",
    "L": "bored",
}
_NAME = re.compile(r"(\d\d)(a0[12457]|b0[1239]|b10)([WLEAFTN])([a-f])", re.ASCII)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``wav/03a01Fa.wav``: speaker, sentence, emotion, version."""
    match = _NAME.fullmatch(path.stem)
    if match is None or match[1] not in _SEX:
        raise BadUtteranceName(f"{path.name!r} is not SStttEv as EmoDB names its files")
    speaker, text, emotion, _ = match.groups()
    return Utterance(Path(path), "emodb", speaker, _EMOTIONS[emotion], text, _SEX[speaker], "de", path.stem)


def expected_names(_: Path) -> Names:
    """Return the 535 names; the folds published for EmoBox list them all."""
    return frozenset().union(*listed_clips("emodb").values())


EMODB = Corpus(
    name="emodb",
    title="EmoDB",
    languages=("de",),
    licence="CC0 1.0",
    citation="Burkhardt F, Paeschke A, Rolfes M, Sendlmeier W, Weiss B (2005). A database of German emotional speech. "
    "Interspeech 2005, pp. 1517-1520.",
    url="http://emodb.bilderbar.info/",
    layout="wav/03a01Fa.wav: speaker, sentence, emotion (W angry, L bored, E disgust, A fearful, F happy, T sad, "
    "N neutral), version",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=535,
    expected_speakers=10,
    parse=parse,
    expected_names=expected_names,
)
