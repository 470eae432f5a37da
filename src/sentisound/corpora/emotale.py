"""EmoTale: eighteen Danes in Danish and English, five emotions, rated by three people (Hjuler et al. 2025)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePath
from statistics import mean

from sentisound.corpora.corpus import Corpus, Names, Utterance
from sentisound.errors import BadUtteranceName, CorpusNotFound

_EMOTIONS = {"N": "neutral", "H": "happy", "S": "sad", "A": "angry", "B": "bored"}
_LANGUAGES = {"DK": "da", "EN": "en"}
_MEN = frozenset({"004", "005", "006", "015", "018", "019"})
_SPEAKERS = ("001", *(f"{number:03d}" for number in range(3, 20)))
_DANISH_ONLY = frozenset({"014", "015", "018", "019"})
_NAME = re.compile(r"(DK|EN)_(\d{3})_([NHSAB])_([1-5])", re.ASCII)
_TABLE = "annotations.csv"
_RATERS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Rating:
    """What the raters heard in a clip, the mean of the three; from 1 (low) to 5 (high)."""

    arousal: float
    valence: float
    dominance: float


def parse(path: PurePath) -> Utterance:
    """Return the utterance of a path like ``wav/EN_007_N_4.wav``: language, speaker, emotion, sentence.

    A speaker has the same number in both languages, and is one speaker here.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or match[2] not in _SPEAKERS:
        raise BadUtteranceName(f"{path.name!r} is not LANGUAGE_SPEAKER_EMOTION_SENTENCE as EmoTale names its files")
    language, speaker, emotion, sentence = match.groups()
    sex = "male" if speaker in _MEN else "female"
    text = f"{_LANGUAGES[language]}-{sentence}"
    return Utterance(Path(path), "emotale", speaker, _EMOTIONS[emotion], text, sex, _LANGUAGES[language], path.stem)


def expected_names(_: Path) -> Names:
    """Return the 800 names: everyone in Danish, fourteen also in English."""
    grid = product(_LANGUAGES, _SPEAKERS, _EMOTIONS, range(1, 6))
    return frozenset(f"{la}_{sp}_{em}_{text}" for la, sp, em, text in grid if la == "DK" or sp not in _DANISH_ONLY)


def ratings(root: Path) -> Mapping[str, Rating]:
    """Return the raters' arousal, valence and dominance by the clip's name, from ``annotations.csv``.

    Raises
    ------
    CorpusNotFound
        When the table is missing or does not have its columns.
    """
    try:
        with (root / _TABLE).open(encoding="utf-8-sig", newline="") as lines:
            return {PurePath(row["file"]).stem: _rating(row) for row in csv.DictReader(lines)}
    except OSError:
        raise CorpusNotFound(f"{str(root)!r} has no {_TABLE} that can be read; get it from {EMOTALE.url}") from None
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise CorpusNotFound(f"{_TABLE} in {str(root)!r} is not EmoTale's table: {error}") from None


def _rating(row: Mapping[str, str]) -> Rating:
    arousal, valence, dominance = (mean(float(row[f"a{rater}_{axis}"]) for rater in _RATERS) for axis in "AVD")
    return Rating(arousal, valence, dominance)


EMOTALE = Corpus(
    name="emotale",
    title="EmoTale",
    languages=("da", "en"),
    licence="not stated: research use only",
    citation="Hjuler MJ, Skat-Roerdam HV, Clemmensen LH, Das S (2025). EmoTale: An Enacted Speech-emotion Dataset in "
    "Danish. https://arxiv.org/abs/2508.14548",
    url="https://github.com/snehadas/EmoTale",
    layout="wav/EN_007_N_4.wav: language (DK, EN), speaker, emotion (A H S B N), sentence; ratings in annotations.csv",
    labels=tuple(_EMOTIONS.values()),
    expected_clips=800,
    expected_speakers=18,
    parse=parse,
    expected_names=expected_names,
)
