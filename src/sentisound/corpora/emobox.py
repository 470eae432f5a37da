"""The published folds of the EmoBox benchmark (Ma et al. 2024, arXiv 2406.07162): speakers or clips to test.

They are kept as published, in ``data/emobox.json``. RAVDESS, SAVEE and ESD are cut by speaker; EmoDB, TESS and CREMA-D
by clip, which leaves the same voices on both sides: figures under those say "speaker-dependent".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from sentisound.corpora.corpus import Names


@cache
def _published() -> dict[str, dict[str, list[str]]]:
    text = (files("sentisound.corpora") / "data" / "emobox.json").read_text(encoding="utf-8")
    document: dict[str, dict[str, list[str]]] = json.loads(text)
    return document


def speaker_folds(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the test speakers of each fold of a corpus that was cut by speaker."""
    return tuple(map(tuple, _published()[name].values()))


def listed_clips(name: str) -> Mapping[str, Names]:
    """Return by fold the names of the clips to test, of a corpus that was cut by clip."""
    return {fold: frozenset(clips) for fold, clips in _published()[name].items()}
