"""A small corpus in RAVDESS's layout, of nobody's voice: emotions differ in pitch and tempo, speakers in pitch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from threadpoolctl import threadpool_limits

from sentisound.learning.evaluation.protocols import Places
from sentisound.learning.recipe import Recipe, read_recipe
from sentisound.testing import speech_like
from small_recipe import RECIPE

EMOTIONS = 8
RATE_HZ = 16_000


@pytest.fixture(scope="session")
def small_corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``ravdess``: 24 actors, each emotion once."""
    root = tmp_path_factory.mktemp("corpora")
    for actor in range(1, 25):
        folder = root / "ravdess" / f"Actor_{actor:02d}"
        folder.mkdir(parents=True)
        for emotion in range(1, EMOTIONS + 1):
            rng = np.random.default_rng([actor, emotion])
            sound = speech_like(
                0.5, RATE_HZ, rng, f0_hz=90 + 15 * emotion + 2 * actor, syllables_per_s=4 + emotion, pause_share=0
            )
            soundfile.write(folder / f"03-01-{emotion:02d}-01-01-01-{actor:02d}.wav", sound, RATE_HZ)
    return root


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep algebra to one thread, as the command line does."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def places(small_corpora: Path, tmp_path: Path) -> Places:
    """Return the small corpora with a cache of their own, and two processes."""
    return Places(small_corpora, tmp_path / "cache", jobs=2)


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., Recipe]:
    """Return a maker of recipes: pairs of text replaced in a valid one, and text added."""

    def make(*changes: tuple[str, str], more: str = "") -> Recipe:
        text = RECIPE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "small.toml"
        path.write_text(text + more)
        return read_recipe(path)

    return make
