"""Pictures: all are drawn, show what was counted, are the same each time, and leave no state behind."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from sentisound.corpora import pictures
from sentisound.corpora.stats import CorpusStats, Group, Spread
from sentisound.emotions import EMOTIONS
from sentisound.errors import MissingExtra

LABELS = {"neutral": 30, "happy": 20, "angry": 50}


def _group(by: str, name: str, clips: int) -> Group:
    return Group(by, name, clips, 2.0 * clips, Spread(2.0, 1.0, 3.0), Spread(-20.0, -30.0, -10.0))


@pytest.fixture
def counted() -> CorpusStats:
    """Return statistics of a hundred clips of two speakers."""
    rng = np.random.default_rng(0)
    groups = [_group("label", name, clips) for name, clips in LABELS.items()]
    groups += [_group("speaker", name, 50) for name in ("001", "002")]
    spreads = Spread(2.0, 1.0, 3.0), Spread(-20.0, -30.0, -10.0)
    durations, levels = tuple(rng.uniform(1, 3, 100)), tuple(rng.normal(-20, 3, 100))
    return CorpusStats("own", "My voices", 100, 5, 200.0, *spreads, tuple(groups), 0, durations, levels)


def test_every_picture_is_written_in_both_formats(counted: CorpusStats, tmp_path: Path):
    paths = pictures.draw(counted, tmp_path / "new" / "folder")
    assert {path.name for path in paths} == {
        f"{name}.{suffix}" for name in ("labels", "speakers", "durations", "levels") for suffix in ("png", "svg")
    }
    for path in paths:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG" if path.suffix == ".png" else b"<?xml")
        assert len(content) > 3_000


def test_the_same_corpus_gives_the_same_picture(counted: CorpusStats, tmp_path: Path):
    first, second = (pictures.draw(counted, tmp_path / name, ("png",)) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_bars_are_as_long_as_the_counts_in_the_emotions_colours(counted: CorpusStats):
    axes = pictures.labels(counted).axes[0]
    assert [bar.get_width() for bar in axes.patches] == list(LABELS.values())
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [EMOTIONS[name].colour for name in LABELS]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(LABELS)
    assert [note.get_text() for note in axes.texts] == ["30  (1.0 min)", "20  (0.7 min)", "50  (1.7 min)"]


def test_histograms_hold_every_clip_and_name_their_unit(counted: CorpusStats):
    for picture, unit in ((pictures.durations, "seconds"), (pictures.levels, "dB")):
        axes = picture(counted).axes[0]
        assert sum(bar.get_height() for bar in axes.patches) == 100
        assert unit in axes.get_xlabel()
        assert axes.texts[0].get_text().startswith("median ")


def test_the_title_names_the_corpus_and_keeps_to_the_left(counted: CorpusStats):
    for picture in pictures.PICTURES.values():
        assert picture(counted).axes[0].get_title(loc="left").startswith("My voices: ")


def test_many_speakers_still_fit_on_a_page(counted: CorpusStats):
    many = tuple(_group("speaker", f"{number:04d}", 80 + number % 3) for number in range(91))
    figure = pictures.speakers(replace(counted, groups=(*counted.groups[:3], *many)))
    assert figure.get_size_inches()[1] <= pictures.MAX_HEIGHT_IN
    sizes = {tick.get_fontsize() for tick in figure.axes[0].get_yticklabels()}
    assert max(sizes) * 91 < pictures.POINTS_PER_IN * pictures.MAX_HEIGHT_IN


def test_one_clip_and_no_speaker_are_drawn(counted: CorpusStats, tmp_path: Path):
    one = (_group("label", "sad", 1), _group("speaker", "", 1))
    alone = replace(counted, clips=1, groups=one, durations_s=(2.0,), levels_db=(-20.0,))
    assert len(pictures.draw(alone, tmp_path, ("png",))) == 4
    assert [tick.get_text() for tick in pictures.speakers(alone).axes[0].get_yticklabels()] == ["not told"]


def test_pyplot_is_not_touched(counted: CorpusStats, tmp_path: Path):
    pictures.draw(counted, tmp_path, ("png",))
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_extra_is_named(counted: CorpusStats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sentisound.plotting", None)
    with pytest.raises(MissingExtra, match="reports"):
        pictures.draw(counted, tmp_path)
