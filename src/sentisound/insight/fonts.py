"""The fonts of pictures and reports, and which of them has a character.

DejaVu Sans comes with matplotlib and has Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian and many symbols.
Chinese, Japanese and Korean come from Noto Sans CJK where the extra ``cjk`` is installed. A character that no font has
is shown as an empty box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

SANS, CJK = "DejaVu Sans", "Noto Sans CJK JP"
BOX = "\u25a1"
SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""They choose a variant of the character before, an emoji's colours say; fonts have none to choose from."""
CJK_PACKAGE = "noto_cjk_sans_jp_regular"


def drawable(text: str) -> str:
    """Return a text in one line of which every character can be drawn.

    Marks without a shape of their own (joiners, variation selectors, directions) are left out, blanks of all kinds
    become one, and a character that no font has becomes a box.
    """
    visible = (c for c in text if unicodedata.category(c) not in {"Cf", "Cs"} and c not in SELECTORS)
    return "".join(c if font_with(c) else BOX for c in " ".join("".join(visible).split()))


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Cut a drawable text where its font changes; yield (name of the font, part)."""
    for name, part in groupby(text, key=lambda c: font_with(c) or SANS):
        yield name, "".join(part)


@cache
def font_with(character: str) -> str | None:
    """Return the name of the first font that has a character, or None."""
    if unicodedata.category(character) in {"Cf", "Cc", "Cs"}:
        return None
    return next((name for name, font in _faces().items() if font.get_char_index(ord(character))), None)


@cache
def font_files() -> dict[str, Path]:
    """Return the files of the fonts by name, the first to be asked first.

    Raises
    ------
    MissingExtra
        When matplotlib, which brings the first, is not installed.
    """
    files = {SANS: dejavu("DejaVuSans.ttf")}
    if find_spec(CJK_PACKAGE) is not None:
        files[CJK] = Path(str(import_module(CJK_PACKAGE).FONT_PATH))
    return files


def dejavu(name: str) -> Path:
    """Return the path of one of the fonts that matplotlib brings.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    try:
        from sentisound.plotting import get_data_path
    except ImportError:
        raise MissingExtra("pictures and reports need matplotlib: pip install '.[reports]' in a clone") from None
    return Path(get_data_path(), "fonts", "ttf", name)


@cache
def families() -> list[str]:
    """Return the names under which matplotlib finds the fonts, the first to be asked first."""
    from sentisound.plotting import fontManager

    for path in list(font_files().values())[1:]:
        fontManager.addfont(str(path))
    return list(font_files())


@cache
def _faces() -> dict[str, FT2Font]:
    from sentisound.plotting import FT2Font

    return {name: FT2Font(str(path)) for name, path in font_files().items()}
