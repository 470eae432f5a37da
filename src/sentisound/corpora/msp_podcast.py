"""MSP-Podcast: turns of podcasts, as raters heard them (Lotfian and Busso 2019); it grows with each version.

The layout is that of the releases 1.6 to 2.0: ``Audios/MSP-PODCAST_0001_0008.wav``, and ``Labels/labels_consensus.csv``
(``labels_concensus.csv`` before 1.10) with the columns FileName, EmoClass, SpkrID, Gender and Split_Set. Where only the
text files of old releases are left, labels are read from ``labels.txt`` and parts from ``Partitions.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath

from sentisound.corpora.annotations import find_table, rows_of, text_of
from sentisound.corpora.corpus import Corpus, Names, Parse, Utterance
from sentisound.errors import BadUtteranceName, CorpusNotFound

_EMOTIONS = {
    "N": "neutral",
    "H": "happy",
    "S": "sad",
    "A": "angry",
    "F": "fearful",
    "D": "disgust",
    "U": "surprised",
}
_UNUSED = frozenset({"C", "O", "X"})
"""Contempt, other, and turns on which the raters did not agree."""
_PARTS = {
    "train": "train",
    "development": "development",
    "validation": "development",
    "test1": "test1",
    "test2": "test2",
    "test3": "test3",
}
_SEXES = {"female": "female", "male": "male"}
_NAME = re.compile(r"MSP-PODCAST_\d{4}_\d{4}(?:_\d{4})?", re.ASCII)
_CONSENSUS = ("labels_consensus.csv", "labels_concensus.csv")
_OLD_LABELS = ("labels.txt", "Labels.txt")
_OLD_PARTS = ("Partitions.txt", "partitions.txt")
_OLD_LABEL = re.compile(r"^(MSP-PODCAST_\w+)\.wav;\s*([A-Z]);", re.MULTILINE)
_OLD_PART = re.compile(r"^(\w+);\s*(MSP-PODCAST_\w+)\.wav", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the tables tell of a turn."""

    letter: str
    speaker: str = ""
    sex: str = ""
    part: str = ""


def parse(path: PurePath) -> Utterance:
    """Return what a path like ``Audios/MSP-PODCAST_0001_0008.wav`` tells: podcast and turn, no label and no speaker."""
    if not _NAME.fullmatch(path.stem):
        raise BadUtteranceName(f"{path.name!r} is not MSP-PODCAST_podcast_turn as MSP-Podcast names its files")
    return Utterance(Path(path), "msp-podcast", "", "", "", "", "en", path.stem)


def annotated(root: Path) -> Parse:
    """Return the parser of a release in a folder, with the labels, speakers and parts of its tables.

    Raises
    ------
    CorpusNotFound
        When there are no tables, or not their columns.
    """
    told = _told(root)
    if not told:
        raise CorpusNotFound(
            f"{str(root)!r} has no Labels/{_CONSENSUS[0]}, where MSP-Podcast's labels are; see {MSP_PODCAST.url}"
        )
    return partial(_labelled, told)


def expected_names(root: Path) -> Names:
    """Return the turns that have one of our labels; none where there are no tables that tell."""
    return frozenset(name for name, told in _told(root).items() if told.letter in _EMOTIONS)


def _labelled(told: Mapping[str, _Told], path: PurePath) -> Utterance | None:
    clip = parse(path)
    row = told.get(clip.name)
    if row is None:  # test set 3 is published without labels
        return None
    if row.letter in _UNUSED:
        return None
    if row.letter not in _EMOTIONS:
        raise BadUtteranceName(f"{path.name!r} has the label {row.letter!r}, which is none of MSP-Podcast's")
    return replace(clip, label=_EMOTIONS[row.letter], speaker=row.speaker, sex=row.sex, part=row.part)


def _told(root: Path) -> Mapping[str, _Told]:
    if (table := find_table(root, *_CONSENSUS)) is not None:
        return {
            PurePath(row["FileName"]).stem: _Told(
                row["EmoClass"],
                "" if row.get("SpkrID", "").lower() == "unknown" else row.get("SpkrID", ""),
                _SEXES.get(row.get("Gender", "").lower(), ""),
                _PARTS.get(row.get("Split_Set", "").lower(), ""),
            )
            for row in rows_of(table, "FileName", "EmoClass")
        }
    labels, parts = (find_table(root, *names) for names in (_OLD_LABELS, _OLD_PARTS))
    part = {name: _PARTS.get(one.lower(), "") for one, name in _OLD_PART.findall(text_of(parts))} if parts else {}
    letters = _OLD_LABEL.findall(text_of(labels)) if labels else []
    return {name: _Told(letter, part=part.get(name, "")) for name, letter in letters}


MSP_PODCAST = Corpus(
    name="msp-podcast",
    title="MSP-Podcast",
    languages=("en",),
    licence="research use only, after a signed licence",
    citation="Lotfian R, Busso C (2019). Building Naturalistic Emotionally Balanced Speech Corpus by Retrieving "
    "Emotional Speech From Existing Podcast Recordings. IEEE Transactions on Affective Computing 10(4): 471-483. "
    "https://doi.org/10.1109/TAFFC.2017.2736999",
    url="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html",
    layout="Audios/MSP-PODCAST_0001_0008.wav: podcast, turn; labels in Labels/labels_consensus.csv",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=None,
    expected_speakers=None,
    parse=parse,
    annotated=annotated,
    expected_names=expected_names,
)
