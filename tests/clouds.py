"""A small data set whose answer is plain to see: each class is a cloud around a point of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sentisound.corpora.corpus import Utterance
from sentisound.learning.dataset import Dataset

CLASSES = ("neutral", "happy", "sad")
CENTRES = np.array([[0, 0], [10, 0], [0, 10]])
SPEAKERS = ("ann", "bob", "cat", "dan")


def clouds(classes: tuple[str, ...] = CLASSES, spread: float = 0.5) -> Dataset:
    """Return four speakers who say each class in three texts, each class around a point of its own."""
    rows = [(speaker, label, text) for speaker in SPEAKERS for label in range(3) for text in range(3)]
    rng = np.random.default_rng(0)
    clips = [
        Utterance(Path(f"{n}.wav"), "savee", s, CLASSES[label], f"t{t}", "", "en", f"clip{n}")
        for n, (s, label, t) in enumerate(rows)
    ]
    truth = np.array([label for _, label, _ in rows])
    features = CENTRES[truth] + spread * rng.standard_normal((len(rows), 2))
    return Dataset(
        features.astype(np.float32), truth, np.array([f"savee/{s}" for s, *_ in rows]), classes, tuple(clips)
    )
