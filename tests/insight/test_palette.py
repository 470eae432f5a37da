"""The palette stays apart for every eye: distances in CIELAB as people with each kind of colour blindness see it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sentisound.emotions import EMOTIONS
from sentisound.errors import UnknownChart
from sentisound.insight.palette import HATCHES, THEMES, text_on, theme_called

SEEN = {  # Machado, Oliveira & Fernandes (2009), severity 1.0: linear sRGB as it is seen
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
LEAST_DISTANCE = 20.0
"""CIE76; 2.3 is just noticeable side by side, and 10 is another colour at a glance."""
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    ratio = XYZ @ np.clip(rgb, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("eye", SEEN)
def test_any_two_emotions_are_told_apart_by_colour(eye: str):
    seen = {name: lab(np.array(SEEN[eye]) @ linear(emotion.colour)) for name, emotion in EMOTIONS.items()}
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(seen, 2)}
    assert min(distances.values()) > LEAST_DISTANCE, min(distances, key=distances.__getitem__)


def test_and_by_hatch_without_any_colour():
    assert set(HATCHES) == set(EMOTIONS)
    assert len(set(HATCHES.values())) == len(HATCHES)


@pytest.mark.parametrize("name", THEMES)
def test_text_reads_well_on_its_paper(name: str):
    theme = THEMES[name]
    assert contrast(theme.ink, theme.paper) > 7  # WCAG AAA
    assert contrast(theme.muted, theme.paper) > 4.5  # WCAG AA
    assert contrast(theme.sound, theme.paper) > 4.5


@pytest.mark.parametrize("emotion", EMOTIONS.values(), ids=lambda emotion: emotion.name)
def test_a_name_reads_well_on_its_colour(emotion):
    assert contrast(text_on(emotion.colour), emotion.colour) > 4.5


@pytest.mark.parametrize("emotion", EMOTIONS.values(), ids=lambda emotion: emotion.name)
def test_an_outline_marks_a_colour_on_either_paper(emotion):
    assert all(contrast(emotion.colour, theme.paper) > 1.9 for theme in THEMES.values())
    assert all(contrast(theme.ink, theme.paper) > 7 for theme in THEMES.values())


def test_an_unknown_theme_lists_the_themes():
    with pytest.raises(UnknownChart, match="light, dark"):
        theme_called("sepia")
