"""Small corpora in the documented layouts, with generated sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.testing import speech_like

RATE_HZ = 16_000


def write_sound(path: Path, seed: int = 0, duration_s: float = 0.6, level_db: float = -20.0) -> None:
    """Write a speech-like clip; another seed gives another sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    soundfile.write(path, speech_like(duration_s, RATE_HZ, rng, level_db=level_db), RATE_HZ)


@pytest.fixture
def sound() -> Callable[..., None]:
    """Return the writer of one clip."""
    return write_sound


@pytest.fixture
def download(tmp_path: Path) -> Callable[[Iterable[str]], Path]:
    """Write a folder of clips, each with a sound of its own; return the folder."""

    def write(names: Iterable[str]) -> Path:
        root = tmp_path / "download"
        root.mkdir(exist_ok=True)
        for seed, name in enumerate(names):
            write_sound(root / name, seed)
        return root

    return write


@pytest.fixture
def touched(tmp_path: Path) -> Callable[[Iterable[str]], Path]:
    """Make a folder of empty files, for what looks at names only; return the folder."""

    def touch(names: Iterable[str]) -> Path:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return touch
