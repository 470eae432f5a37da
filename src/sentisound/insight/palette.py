"""How pictures look: a light and a dark theme, and for each emotion a colour and a hatch.

Colours alone never tell emotions apart: a bar, a wedge and a segment carry the emotion's name too, and a hatch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentisound.emotions import EMOTIONS
from sentisound.errors import UnknownChart


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of everything but the emotions; hex."""

    name: str
    paper: str
    ink: str
    """Text and outlines; at least 7:1 on the paper."""
    muted: str
    """Second-rank text; at least 4.5:1 on the paper."""
    line: str
    sound: str
    """The waveform."""


THEMES: Mapping[str, Theme] = {
    "light": Theme("light", paper="#ffffff", ink="#1b1f24", muted="#57606a", line="#d0d7de", sound="#2f5d7c"),
    "dark": Theme("dark", paper="#14181d", ink="#f0f3f6", muted="#a5afba", line="#3a424c", sound="#8cc4e8"),
}

HATCHES: Mapping[str, str] = {
    "neutral": "",
    "calm": "--",
    "happy": "..",
    "sad": "\\\\\\",
    "angry": "xx",
    "fearful": "///",
    "disgust": "++",
    "surprised": "oo",
    "bored": "||",
}
"""matplotlib's hatches: no two emotions share one."""


def theme_called(name: str) -> Theme:
    """Return the theme of that name.

    Raises
    ------
    UnknownChart
        When there is none; the message lists the names.
    """
    if name not in THEMES:
        raise UnknownChart(f"{name!r} is not a theme; there are {', '.join(THEMES)}")
    return THEMES[name]


def colour_of(emotion: str) -> str:
    """Return the colour of a canonical emotion, hex."""
    return EMOTIONS[emotion].colour


def text_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour (relative luminance of WCAG 2)."""
    linear = [_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"  # where the contrast with both is the same


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
