"""Text of any alphabet on paper: ReportLab sets characters from left to right, one shape each; the rest is done here.

Arabic letters get the shape that fits their neighbours, right-to-left runs are put in the order of the eye (the
Unicode bidirectional algorithm, UAX 9), and each run names a font that has its characters. Lines are broken before
that: a line of the eye's order cannot be broken any more.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from sentisound.errors import MissingExtra
from sentisound.insight.fonts import CJK, drawable, runs

if TYPE_CHECKING:
    from arabic_reshaper import ArabicReshaper

BREAK_AFTER = " -_.,;:"
_BASES = {"L": "L", "R": "R", "AL": "R"}
"""Direction of a text by the class of its first strong character (rules P2 and P3)."""


def markup(text: str, most: int) -> str:
    """Return a text as ReportLab's paragraph markup, broken into lines of at most ``most`` letters.

    Raises
    ------
    MissingExtra
        When what shapes Arabic and orders right-to-left text is not installed.
    """
    clean = drawable(text)
    base = next((_BASES[side] for c in clean if (side := unicodedata.bidirectional(c)) in _BASES), "L")
    return "<br/>".join(_marked(visual(line, base)) for line in lines(clean, most))


def visual(text: str, base: str = "L") -> str:
    """Return one line in the order and the shapes of the eye, all of them drawable.

    Parameters
    ----------
    text
        A line, in the order in which it is read.
    base
        Direction of the whole text, ``L`` or ``R``: that of its first letter, even where this line starts otherwise.

    Raises
    ------
    MissingExtra
        When the packages for that are not installed; text that needs none of it does not ask for them.
    """
    if base == "L" and not any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text):
        return text
    try:
        from bidi import get_display
    except ImportError as error:
        raise _missing(error) from None
    return drawable(str(get_display(_reshaper().reshape(text), base_dir=base)))


def lines(text: str, most: int) -> list[str]:
    """Break a text into lines of at most ``most`` letters, after a blank or a mark where one is near the end."""
    found = []
    while _width(text) > most:
        end = _fitting(text, most)
        near = max((text.rfind(mark, end * 2 // 3, end) for mark in BREAK_AFTER), default=-1)
        end = near + 1 if near > 0 else end
        found.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*found, text]


def characters_of(text: str) -> frozenset[str]:
    """Return the characters of a text that need the font for Chinese, Japanese and Korean."""
    return frozenset(c for name, part in runs(drawable(text)) if name == CJK for c in part)


def _marked(line: str) -> str:
    return "".join(
        f'<font name="{CJK}">{escape(part)}</font>' if name == CJK else escape(part) for name, part in runs(line)
    )


def _width(text: str) -> int:
    """Return the width in letters; a wide character (of Chinese, say) takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fitting(text: str, most: int) -> int:
    """Return how many characters from the start fit in a line."""
    width = 0
    for count, character in enumerate(text):
        width += _width(character)
        if width > most:
            return max(1, count)
    return len(text)


@cache
def _reshaper() -> ArabicReshaper:
    """Return a reshaper that keeps vowel marks and joins lam and alef only: fonts rarely have the other ligatures."""
    try:
        from arabic_reshaper import ArabicReshaper
    except ImportError as error:
        raise _missing(error) from None
    return ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})


def _missing(error: ImportError) -> MissingExtra:
    return MissingExtra(f"right-to-left names in reports need {error.name}: pip install '.[reports]' in a clone")
