"""MELD: utterances of the series "Friends", as raters heard them in pictures, sound and text (Poria et al. 2019).

The layout is that of ``MELD.Raw``: ``train_splits/dia0_utt0.mp4``, ``dev_splits_complete`` and
``output_repeated_splits_test``, with the labels in ``train_sent_emo.csv``, ``dev_sent_emo.csv`` and
``test_sent_emo.csv``. Names repeat between the parts, so that a clip is known by its part too. Reading MP4 needs the
extra ``codecs``; sounds that were taken out of the clips and kept their names are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from sentisound.corpora.annotations import find_table, rows_of
from sentisound.corpora.corpus import MEDIA_SUFFIXES, Corpus, Names, Parse, Utterance, audio_files
from sentisound.errors import BadUtteranceName, CorpusNotFound

_EMOTIONS = {
    "neutral": "neutral",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "disgust": "disgust",
    "surprise": "surprised",
}
_FOLDERS = {
    "train_splits": "train",
    "dev_splits_complete": "dev",
    "output_repeated_splits_test": "test",
    "train": "train",
    "dev": "dev",
    "test": "test",
}
_PARTS = {"train": "train", "dev": "development", "test": "test"}
_NAME = re.compile(r"(?:(train|dev|test)_)?dia(\d{1,4})_utt(\d{1,3})", re.ASCII)
_NOT_LABELLED = re.compile(r"final_videos_testdia\d+_utt\d+", re.ASCII)
_DAMAGED = frozenset({"train_dia125_utt3", "dev_dia110_utt7"})
"""The first cannot be decoded in the published archive, the second is not in it."""


def parse(path: PurePath) -> Utterance | None:
    """Return what a path like ``train_splits/dia0_utt0.mp4`` tells: the part, the dialogue, the utterance.

    A name that tells its part itself, ``train_dia0_utt0.wav``, needs no folder. None for the unlabelled copies among
    the test clips, and for the two clips that the archive lacks or holds damaged.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        if _NOT_LABELLED.fullmatch(path.stem):
            return None
        raise BadUtteranceName(f"{path.name!r} is not diaN_uttN as MELD names its files")
    part = match[1] or _part_of_folder(path)
    if part is None:
        raise BadUtteranceName(f"{path.name!r} lies in none of MELD's folders: {', '.join(_FOLDERS)}")
    name = f"{part}_dia{int(match[2])}_utt{int(match[3])}"
    if name in _DAMAGED:
        return None
    return Utterance(Path(path), "meld", "", "", "", "", "en", name, part=_PARTS[part])


def annotated(root: Path) -> Parse:
    """Return the parser of a download in a folder, with the labels and speakers of its three tables.

    Raises
    ------
    CorpusNotFound
        When there are none, or not their columns.
    """
    told = _told(root)
    if not told:
        raise CorpusNotFound(f"{str(root)!r} has no train_sent_emo.csv with MELD's labels; get it from {MELD.url}")
    return partial(_labelled, told)


def expected_names(root: Path) -> Names:
    """Return the clips in the tables; none where there are no tables."""
    return frozenset(_told(root)) - _DAMAGED


def _labelled(told: Mapping[str, tuple[str, str]], path: PurePath) -> Utterance | None:
    clip = parse(path)
    if clip is None:
        return None
    speaker, emotion = told.get(clip.name, ("", ""))
    if emotion not in _EMOTIONS:
        raise BadUtteranceName(f"{path.name!r} has no row with a label in MELD's tables")
    return replace(clip, label=_EMOTIONS[emotion], speaker=speaker)


def _told(root: Path) -> Mapping[str, tuple[str, str]]:
    """Return speaker and emotion of each clip."""
    told = {}
    for part in _PARTS:
        if (table := find_table(root, f"{part}_sent_emo.csv")) is not None:
            for row in rows_of(table, "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"):
                name = f"{part}_dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"
                told[name] = row["Speaker"], row["Emotion"].lower()
    return told


def _part_of_folder(path: PurePath) -> str | None:
    """Return the part that the nearest folder names; those of sounds often end in ``_wav``."""
    names = (parent.name.lower().removesuffix("_wav") for parent in path.parents)
    return next((_FOLDERS[name] for name in names if name in _FOLDERS), None)


MELD = Corpus(
    name="meld",
    title="MELD",
    languages=("en",),
    licence="GPL 3.0 for the annotations; the sound is a broadcaster's: research use only",
    citation="Poria S, Hazarika D, Majumder N, Naik G, Cambria E, Mihalcea R (2019). MELD: A Multimodal Multi-Party "
    "Dataset for Emotion Recognition in Conversations. ACL 2019, pp. 527-536. https://doi.org/10.18653/v1/P19-1050",
    url="https://affective-meld.github.io/",
    layout="train_splits/dia0_utt0.mp4: part, dialogue, utterance; labels in train_sent_emo.csv",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=13706,
    expected_speakers=None,
    parse=parse,
    annotated=annotated,
    expected_names=expected_names,
    files=partial(audio_files, suffixes=MEDIA_SUFFIXES),
)
