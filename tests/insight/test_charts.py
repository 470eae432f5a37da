"""Every picture in every theme and format; hostile titles; sounds of any length; memory that stays where it is."""

from __future__ import annotations

import dataclasses
import io
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from PIL import Image

from sentisound.errors import UnknownChart
from sentisound.insight.charts import CHARTS, draw, headline
from sentisound.insight.palette import THEMES
from sentisound.memory import resident_bytes

NAMES = [
    "تسجيل صوتي.wav",
    "录音 テスト 한국어.wav",
    "😀👩‍👩‍👧.wav",
    "<script>alert(1)<script>.wav",
    "$x^2_{$ \\frac.wav",
    "x" * 300,
    "हिन्दी ไทย.wav",
    "\udcff\x00\n.wav",
]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", CHARTS)
def test_every_picture_is_drawn_on_its_paper(exhibit, kind, theme):
    image = pixels(draw(kind, exhibit, theme=theme))
    assert image.shape[1] > 500
    paper = tuple(int(THEMES[theme].paper[at : at + 2], 16) for at in (1, 3, 5))
    assert tuple(image[0, 0]) == paper
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 20


@pytest.mark.parametrize("kind", CHARTS)
def test_every_picture_is_also_drawn_as_svg(exhibit, kind):
    root = ET.fromstring(draw(kind, exhibit, form="svg"))  # noqa: S314 - our own
    assert root.tag.endswith("svg")


def test_the_same_exhibit_gives_the_same_picture(exhibit):
    assert draw("analysis", exhibit) == draw("analysis", exhibit)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["png", "svg"])
def test_any_name_can_be_in_a_title(changed, name, form):
    assert draw("bars", changed(file=name), form=form)  # a glyph that is missing warns, and warnings are errors here


def test_the_headline_says_the_verdict_or_that_there_is_none(exhibit, changed):
    assert headline(exhibit).startswith("happy, 64\u00a0%")
    assert headline(changed(reason="low_confidence")).startswith("No clear emotion")


@pytest.mark.parametrize("duration_s", [0.001, 0.1, 3.0, 200.0])
def test_sounds_of_any_length_are_drawn(exhibit, duration_s):
    samples = np.resize(exhibit.waveform.samples, max(1, round(16_000 * duration_s)))
    waveform = dataclasses.replace(exhibit.waveform, samples=samples)
    analysis = dataclasses.replace(exhibit.analysis, segments=(), duration_s=duration_s)
    short = dataclasses.replace(exhibit, waveform=waveform, analysis=analysis)
    for kind in ("analysis", "timeline"):
        assert draw(kind, short)


def test_silence_is_drawn(exhibit):
    silent = dataclasses.replace(exhibit.waveform, samples=np.zeros(16_000, dtype=np.float32))
    assert draw("analysis", dataclasses.replace(exhibit, waveform=silent))


def test_many_segments_are_drawn(exhibit, changed):
    many = [
        dataclasses.replace(exhibit.analysis.segments[i % 3], start_s=i / 100, end_s=i / 100 + 0.008)
        for i in range(120)
    ]
    assert draw("timeline", changed(segments=tuple(many)))


def test_a_segment_has_the_colour_of_its_emotion(exhibit):
    image = pixels(draw("waveform", exhibit))
    for colour in ("#f0a916", "#ca5300", "#714726"):  # happy, angry, bored
        rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert np.all(np.abs(image.astype(int) - rgb) <= 2, axis=2).sum() > 100, colour


@pytest.mark.parametrize("wrong", [{"kind": "radar"}, {"theme": "sepia"}, {"form": "gif"}])
def test_what_does_not_exist_is_refused_with_what_does(exhibit, wrong):
    options = {"kind": "bars", **wrong}
    with pytest.raises(UnknownChart, match=r"there are \w+, \w+"):
        draw(options.pop("kind"), exhibit, **options)


def test_threads_draw_beside_each_other(exhibit):
    expected, found = draw("analysis", exhibit), []
    threads = [threading.Thread(target=lambda: found.append(draw("analysis", exhibit))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_two_hundred_pictures_leave_nothing_behind(exhibit):
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # what other tests free is not part of the sum
        assert alone.submit(growth_mb, exhibit).result() < 20  # a picture left behind would be 2 MB: 400 in all


def growth_mb(exhibit) -> float:
    """Return by how much a process grows in two hundred pictures, after a first twenty."""
    for _ in range(20):
        draw("pie", exhibit, dpi=40)
    before = resident_bytes()
    for _ in range(200):
        draw("pie", exhibit, dpi=40)
    return (resident_bytes() - before) / 1e6
