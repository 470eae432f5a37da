"""CREMA-D: 91 actors of many origins, twelve sentences, six emotions (Cao et al. 2014).

The layout is that of the repository: ``AudioWAV`` and ``AudioMP3`` hold the same clips, of which the WAV files are
taken; some of the MP3 files are blank. ``VideoDemographics.csv``, where it is, tells the actors' sexes. A clone without
Git LFS holds pointers in place of sounds, which are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from sentisound.corpora.annotations import find_table, rows_of
from sentisound.corpora.corpus import Corpus, Parse, Utterance
from sentisound.errors import BadUtteranceName, CorpusNotFound

_EMOTIONS = {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "ANG": "angry", "FEA": "fearful", "DIS": "disgust"}
_SENTENCES = "IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI"
# one clip of the original ends in a single X: 1040_ITH_SAD_X
_NAME = re.compile(rf"(1\d\d\d)_({_SENTENCES})_({'|'.join(_EMOTIONS)})_(LO|MD|HI|XX?)", re.ASCII)
_ACTORS = range(1001, 1092)


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``AudioWAV/1001_DFA_ANG_XX.wav``: actor, sentence, emotion, level.

    An actor's sex is in a table beside the audio.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or int(match[1]) not in _ACTORS:
        raise BadUtteranceName(f"{path.name!r} is not ACTOR_SENTENCE_EMOTION_LEVEL as CREMA-D names its files")
    actor, sentence, emotion, _ = match.groups()
    return Utterance(Path(path), "cremad", actor, _EMOTIONS[emotion], sentence, "", "en", path.stem)


def annotated(root: Path) -> Parse:
    """Return the parser of a download in a folder, with the actors' sexes where it has their table."""
    sexes: dict[str, str] = {}
    if (table := find_table(root, "VideoDemographics.csv")) is not None:
        with suppress(CorpusNotFound):  # the corpus is whole without it
            sexes = {row["ActorID"]: row["Sex"].lower() for row in rows_of(table, "ActorID", "Sex")}
    return partial(_with_sex, sexes)


def _with_sex(sexes: Mapping[str, str], path: PurePath) -> Utterance:
    clip = parse(path)
    sex = sexes.get(clip.speaker, "")
    return replace(clip, sex=sex if sex in {"female", "male"} else "")


CREMAD = Corpus(
    name="cremad",
    title="CREMA-D",
    languages=("en",),
    licence="ODbL 1.0",
    citation="Cao H, Cooper DG, Keutmann MK, Gur RC, Nenkova A, Verma R (2014). CREMA-D: Crowd-sourced Emotional "
    "Multimodal Actors Dataset. IEEE Transactions on Affective Computing 5(4): 377-390. "
    "https://doi.org/10.1109/TAFFC.2014.2336244",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    layout="AudioWAV/1001_DFA_ANG_XX.wav: actor, sentence, emotion, level",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=7442,
    expected_speakers=91,
    parse=parse,
    annotated=annotated,
)
