"""nEMO: nine Polish actors, ninety sentences, six emotions (Christop 2024)."""

from __future__ import annotations

import csv
import re
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName

_SEX = {
    "EB0": "female",
    "IC0": "female",
    "KD0": "female",
    "KS0": "male",
    "MK0": "female",
    "MP0": "male",
    "SM0": "male",
    "TP0": "male",
    "WR0": "male",
}
_EMOTIONS = {
    "neutral": "neutral",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "surprised": "surprised",
}
_NAME = re.compile(rf"({'|'.join(_SEX)})_({'|'.join(_EMOTIONS)})_([1-9]\d?)", re.ASCII)
_SENTENCES = 90


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``samples/WR0_surprised_64.wav``: speaker, emotion, sentence.

    The sentence's number is the same for all speakers and emotions.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or int(match[3]) > _SENTENCES:
        raise BadUtteranceName(f"{path.name!r} is not SPEAKER_emotion_sentence as nEMO names its files")
    speaker, emotion, sentence = match.groups()
    return Utterance(Path(path), "nemo", speaker, _EMOTIONS[emotion], sentence, _SEX[speaker], "pl", path.stem)


def expected_names(root: Path) -> Names:
    """Return the names in the corpus's own table, ``data.tsv``; none where it is missing or damaged.

    A row whose name is none of nEMO's is passed over: the table may be damaged as well as the clips.
    """
    try:
        with (root / "data.tsv").open(encoding="utf-8", errors="replace", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t")
            names = {PurePath(row["file_id"]).stem for row in rows if row.get("file_id")}
    except (OSError, csv.Error):
        return frozenset()
    return frozenset(name for name in names if _NAME.fullmatch(name) and int(name.rpartition("_")[2]) <= _SENTENCES)


NEMO = Corpus(
    name="nemo",
    title="nEMO",
    languages=("pl",),
    licence="CC BY-NC-SA 4.0",
    citation="Christop I (2024). nEMO: Dataset of Emotional Speech in Polish. LREC-COLING 2024. "
    "https://arxiv.org/abs/2404.06292",
    url="https://github.com/amu-cai/nEMO",
    layout="samples/WR0_surprised_64.wav: speaker, emotion, sentence; the table is data.tsv",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=4481,
    expected_speakers=9,
    parse=parse,
    expected_names=expected_names,
)
