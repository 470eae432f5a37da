"""IEMOCAP: ten actors in pairs, five sessions, improvised and scripted dialogues (Busso et al. 2008).

The layout is that of ``IEMOCAP_full_release``: each turn is a file below ``SessionN/sentences/wav``, and its label is
in ``SessionN/dialog/EmoEvaluation``, a text file a dialogue with lines such as
``[6.2901 - 8.2357]	Ses01F_impro01_F000	neu	[2.5000, 2.5000, 2.5000]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from sentisound.corpora.annotations import text_of
from sentisound.corpora.corpus import Corpus, Names, Parse, Utterance
from sentisound.errors import BadUtteranceName, CorpusNotFound

_EMOTIONS = {
    "neu": "neutral",
    "hap": "happy",
    "exc": "happy",
    "sad": "sad",
    "ang": "angry",
    "fea": "fearful",
    "dis": "disgust",
    "sur": "surprised",
}
"""Excitement counts as happiness, as in most published figures (5531 clips of four classes)."""
_UNUSED = frozenset({"fru", "oth", "xxx"})
"""Frustration, other, and turns on which the raters did not agree."""

_DIALOGUE = r"Ses0([1-5])[FM]_(?:impro\d\d|script\d\d_\d)[a-z]?"
_TURN = re.compile(rf"{_DIALOGUE}_([FM])\d{{3}}", re.ASCII)
_WHOLE = re.compile(_DIALOGUE, re.ASCII)
_LINE = re.compile(r"^\[[\d. -]+\]\s+(Ses\S+)\s+([a-z]{3})\s", re.MULTILINE)

SESSIONS = tuple((f"Ses0{session}F", f"Ses0{session}M") for session in range(1, 6))
"""The two speakers of each session."""


def parse(path: PurePath) -> Utterance | None:
    """Return what a path like ``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav`` tells: who speaks.

    The letter in the dialogue's name says who wears the markers; who speaks is in the turn. None for whole dialogues.
    """
    match = _TURN.fullmatch(path.stem)
    if match is None:
        if _WHOLE.fullmatch(path.stem):
            return None
        raise BadUtteranceName(f"{path.name!r} is not SESSION_DIALOGUE_TURN as IEMOCAP names its files")
    session, letter = match.groups()
    sex = "female" if letter == "F" else "male"
    return Utterance(Path(path), "iemocap", f"Ses0{session}{letter}", "", "", sex, "en", path.stem)


def annotated(root: Path) -> Parse:
    """Return the parser of a release in a folder, with the labels of its ``EmoEvaluation`` files.

    Raises
    ------
    CorpusNotFound
        When there are none.
    """
    codes = _codes(root)
    if not codes:
        raise CorpusNotFound(
            f"{str(root)!r} has no SessionN/dialog/EmoEvaluation/Ses*.txt with IEMOCAP's labels; see {IEMOCAP.url}"
        )
    return partial(_labelled, codes)


def expected_names(root: Path) -> Names:
    """Return the turns that have one of our labels; none where there are no files that tell."""
    return frozenset(turn for turn, code in _codes(root).items() if code in _EMOTIONS)


def _labelled(codes: Mapping[str, str], path: PurePath) -> Utterance | None:
    clip = parse(path)
    if clip is None or codes.get(clip.name) in _UNUSED:
        return None
    if codes.get(clip.name) not in _EMOTIONS:
        raise BadUtteranceName(f"{path.name!r} has no line with a label in IEMOCAP's EmoEvaluation files")
    return replace(clip, label=_EMOTIONS[codes[clip.name]])


def _codes(root: Path) -> Mapping[str, str]:
    """Return the three letters that each turn is labelled with."""
    texts = (text_of(path) for path in sorted(root.glob("**/EmoEvaluation/Ses*.txt")))
    return {turn: code for text in texts for turn, code in _LINE.findall(text)}


IEMOCAP = Corpus(
    name="iemocap",
    title="IEMOCAP",
    languages=("en",),
    licence="research use only, after a signed licence",
    citation="Busso C, Bulut M, Lee C-C, Kazemzadeh A, Mower E, Kim S, Chang JN, Lee S, Narayanan SS (2008). IEMOCAP: "
    "Interactive emotional dyadic motion capture database. Language Resources and Evaluation 42(4): 335-359. "
    "https://doi.org/10.1007/s10579-008-9076-6",
    url="https://sail.usc.edu/iemocap/",
    layout="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav: session, dialogue, turn; labels in "
    "Session1/dialog/EmoEvaluation",
    labels=("neutral", "happy", "sad", "angry", "fearful", "disgust", "surprised"),
    expected_clips=5680,
    expected_speakers=10,
    parse=parse,
    annotated=annotated,
    expected_names=expected_names,
)
