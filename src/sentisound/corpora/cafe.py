"""CaFE: twelve actors of Québec, six sentences, six emotions in two intensities and neutral (Gournay et al. 2018).

The layout is that of the archives on Zenodo, ``CaFE_48k.zip`` (WAV) and ``CaFE_192k_1.zip`` and following (AIFF):
``Colère/Fort/01-C-2-1.wav``. The folders' names are not read: archivers spell their accents in many ways.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

# French initials: neutre, joie, tristesse, colère, peur, dégoût, surprise
_EMOTIONS = {
    "N": "neutral",
    "J": "happy",
    "T": "sad",
    "C": "angry",
    "P": "fearful",
    "D": "disgust",
    "S": "surprised",
}
_NAME = re.compile(rf"(0[1-9]|1[0-2])-([{''.join(_EMOTIONS)}])-([12])-([1-6])", re.ASCII)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``Joie/Faible/02-J-1-6.wav``: actor, emotion, intensity, sentence.

    Actors with odd numbers are men, those with even ones women; neutral has one intensity.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or (match[2], match[3]) == ("N", "2"):
        raise BadUtteranceName(f"{path.name!r} is not ACTOR-EMOTION-INTENSITY-SENTENCE as CaFE names its files")
    actor, emotion, _, sentence = match.groups()
    sex = "male" if int(actor) % 2 else "female"
    return Utterance(Path(path), "cafe", actor, _EMOTIONS[emotion], sentence, sex, "fr", path.stem)


def expected_names(_: Path) -> Names:
    """Return the 936 names: every combination, save that neutral has no strong intensity."""
    grid = product(range(1, 13), _EMOTIONS, (1, 2), range(1, 7))
    return frozenset(f"{a:02d}-{e}-{i}-{s}" for a, e, i, s in grid if (e, i) != ("N", 2))


CAFE = Corpus(
    name="cafe",
    title="CaFE",
    languages=("fr",),
    licence="CC BY-NC-SA 4.0",
    citation="Gournay P, Lahaie O, Lefebvre R (2018). A Canadian French Emotional Speech Dataset. ACM Multimedia "
    "Systems Conference 2018, pp. 399-402. https://doi.org/10.1145/3204949.3208121",
    url="https://zenodo.org/records/1478765",
    layout="Colère/Fort/01-C-2-1.wav: actor, emotion (C angry, D disgust, J happy, N neutral, P fearful, S surprised, "
    "T sad), intensity, sentence",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=936,
    expected_speakers=12,
    parse=parse,
    expected_names=expected_names,
)
