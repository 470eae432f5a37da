"""TESS: two women say "Say the word ..." with 200 words in seven emotions (Pichora-Fuller and Dupuis 2020)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

# "OA" is in one file of some copies of the original download, OA_bite_neutral
_NAME = re.compile(r"(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE | re.ASCII)
_EMOTIONS = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fear": "fearful",
    "disgust": "disgust",
    "ps": "surprised",
}
_WORD_LIST = """
back bar base bath bean beg bite boat bone book bought burn cab calm came cause chain chair chalk chat check cheek
chief choice cool dab date dead death deep dime dip ditch dodge dog doll door fail fall far fat fit five food gap gas
gaze germ get gin goal good goose gun half hall hash hate have haze hire hit hole home hurl hush jail jar join judge
jug juice keen keep keg kick kill king kite knock late laud lean learn lease lid life limb live loaf long lore lose
lot love luck make match merge mess met mill mob mode mood moon mop mouse nag name near neat nice note numb pad page
pain pass pearl peg perch phone pick pike pole pool puff rag raid rain raise rat reach read red ring ripe road room
rose rot rough rush said sail search seize sell shack shall shawl sheep shirt should shout size soap soup sour south
sub such sure take talk tape team tell thin third thought thumb time tip tire ton tool tough turn vine voice void vote
wag walk wash week wheat when which whip white wife wire witch yearn yes young youth
"""
_WORDS = frozenset(_WORD_LIST.split())


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``OAF_angry/OAF_bite_angry.wav``."""
    match = _NAME.fullmatch(path.stem)
    if match is None or match[2].lower() not in _WORDS:
        raise BadUtteranceName(f"{path.name!r} is not SPEAKER_word_emotion as TESS names its files")
    word, emotion = match[2].lower(), match[3].lower()
    speaker = "OAF" if match[1].upper().startswith("OA") else "YAF"
    name = f"{speaker}_{word}_{emotion}"
    return Utterance(Path(path), "tess", speaker, _EMOTIONS[emotion], word, "female", "en", name)


def expected_names(_: Path) -> Names:
    """Return the 2800 names: each speaker says each word in each emotion."""
    grid = product(("OAF", "YAF"), _WORDS, _EMOTIONS)
    return frozenset("_".join(parts) for parts in grid)


TESS = Corpus(
    name="tess",
    title="TESS",
    languages=("en",),
    licence="CC BY-NC-ND 4.0",
    citation="Pichora-Fuller MK, Dupuis K (2020). Toronto emotional speech set (TESS). Borealis. "
    "https://doi.org/10.5683/SP2/E8H2MF",
    url="https://doi.org/10.5683/SP2/E8H2MF",
    layout="OAF_angry/OAF_bite_angry.wav: speaker (OAF aged 64, YAF aged 26), word, emotion; ps = pleasant surprise",
    labels=("neutral", "happy", "sad", "angry", "fearful", "disgust", "surprised"),
    expected_clips=2800,
    expected_speakers=2,
    parse=parse,
    expected_names=expected_names,
)
