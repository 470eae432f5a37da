"""EMOVO: six Italian actors, fourteen sentences, six emotions and neutral (Costantini et al. 2014).

The layout is that of the paper and of the archive ``emovo.zip``: a folder a speaker, ``EMOVO/f1/dis-f1-b1.wav``.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

# neutrale, gioia, tristezza, rabbia, paura, disgusto, sorpresa
_EMOTIONS = {
    "neu": "neutral",
    "gio": "happy",
    "tri": "sad",
    "rab": "angry",
    "pau": "fearful",
    "dis": "disgust",
    "sor": "surprised",
}
_SPEAKERS = ("f1", "f2", "f3", "m1", "m2", "m3")
_SENTENCES = ("b1", "b2", "b3", "l1", "l2", "l3", "l4", "n1", "n2", "n3", "n4", "n5", "d1", "d2")
"""Short, long, nonsense sentences and questions."""
_NAME = re.compile(rf"({'|'.join(_EMOTIONS)})-({'|'.join(_SPEAKERS)})-({'|'.join(_SENTENCES)})", re.ASCII)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``f1/dis-f1-b1.wav``: emotion, speaker, sentence."""
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise BadUtteranceName(f"{path.name!r} is not emotion-speaker-sentence as EMOVO names its files")
    emotion, speaker, sentence = match.groups()
    sex = "female" if speaker.startswith("f") else "male"
    return Utterance(Path(path), "emovo", speaker, _EMOTIONS[emotion], sentence, sex, "it", path.stem)


def expected_names(_: Path) -> Names:
    """Return the 588 names: every speaker says every sentence in every emotion."""
    return frozenset("-".join(parts) for parts in product(_EMOTIONS, _SPEAKERS, _SENTENCES))


EMOVO = Corpus(
    name="emovo",
    title="EMOVO",
    languages=("it",),
    licence="non-commercial use, with acknowledgement",
    citation="Costantini G, Iaderola I, Paoloni A, Todisco M (2014). EMOVO Corpus: an Italian Emotional Speech "
    "Database. LREC 2014, pp. 3501-3504.",
    url="http://voice.fub.it/activities/corpora/emovo/index.html",
    layout="f1/dis-f1-b1.wav: folder of the speaker; emotion (neu gio tri rab pau dis sor), speaker, sentence",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=588,
    expected_speakers=6,
    parse=parse,
    expected_names=expected_names,
)
