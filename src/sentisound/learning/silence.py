"""Clips that are silent: a model learns nothing from them, and a test counts what it guesses.

Published corpora have some (CREMA-D's ``1076_MTI_SAD_XX``), and their protocols list them, so that they are told and
not taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.sounds import is_silent
from sentisound.learning.cache import Array, Form
from sentisound.learning.copies import copy_number
from sentisound.learning.extraction import Extraction, Progress, clip_key, recording_of

STORE = "silent-1.sqlite"
"""Kept apart from other versions by its number, which goes up when another clip counts as silent."""
SHOWN = 5


def silent_clips(clips: Sequence[Utterance], jobs: int, progress: Progress, cache: Path | None) -> tuple[str, ...]:
    """Return the names, ``corpus/name``, of the clips in which nothing can be heard; each is decoded once."""
    originals = [clip for clip in clips if not copy_number(clip)]
    keys = [clip_key(clip) for clip in originals]
    store = cache / "features" / STORE if cache else None
    heard = Extraction("listening for silence", _silent, Form(1), store)
    found = heard.run(dict(zip(keys, originals, strict=True)), jobs, progress)
    return tuple(f"{clip.corpus}/{clip.name}" for clip, key in zip(originals, keys, strict=True) if found[key][0])


def in_words(silent: Sequence[str]) -> str:
    """Say in a sentence which clips are silent."""
    named = ", ".join(silent[:SHOWN]) + (f" and {len(silent) - SHOWN} more" if len(silent) > SHOWN else "")
    clips = "clip is" if len(silent) == 1 else "clips are"
    return f"{len(silent)} {clips} silent (no sample above -60 dB) and counted all the same: {named}"


def _silent(clip: Utterance, key: bytes) -> Array:
    return np.array([is_silent(recording_of(clip, key))], dtype=np.float32)
